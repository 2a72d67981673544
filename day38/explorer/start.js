"use strict";
// Unpacks the program of the page and runs it. DecompressionStream would do the same, but only
// after the page counts as loaded. The packing is raw deflate, RFC 1951.
{
  const packed = atob(document.getElementById("program").textContent);
  const source = Uint8Array.from(packed, character => character.charCodeAt(0)), target = [];
  let at = 0; // in bits

  const bits = count => {
    let value = 0;
    for (let i = 0; i < count; i += 1, at += 1) value |= (source[at >> 3] >> (at & 7) & 1) << i;
    return value;
  };
  // A Huffman code, from the length of each symbol's code.
  const codeOf = lengths => ({
    counts: Array.from({ length: 16 }, (_, length) => lengths.filter(own => own == length).length),
    symbols: [...lengths.keys()].filter(symbol => lengths[symbol])
      .sort((one, other) => lengths[one] - lengths[other] || one - other),
  });
  const symbolOf = ({ counts, symbols }) => {
    for (let length = 1, code = 0, first = 0, index = 0; ; length += 1) {
      code |= bits(1);
      if (code - first < counts[length]) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
  };
  // What a symbol stands for: a base and so many bits more.
  const bases = (first, extras) => extras.map(extra => [(first += 2 ** extra) - 2 ** extra, extra]);
  const lengths = [...bases(3, [...Array(28).keys()].map(i => i < 8 ? 0 : (i >> 2) - 1)), [258, 0]];
  const distances = bases(1, [...Array(30).keys()].map(i => i < 4 ? 0 : (i >> 1) - 1));
  const valueOf = ([base, extra]) => base + bits(extra);

  const readCodes = () => {
    const counts = [bits(5) + 257, bits(5) + 1], small = Array(19).fill(0), all = [];
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    for (let i = 0, count = bits(4) + 4; i < count; i += 1) small[order[i]] = bits(3);
    const code = codeOf(small);
    while (all.length < counts[0] + counts[1]) {
      const symbol = symbolOf(code);
      if (symbol < 16) all.push(symbol);
      else if (symbol == 16) all.push(...Array(3 + bits(2)).fill(all.at(-1)));
      else all.push(...Array(symbol == 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    return [codeOf(all.slice(0, counts[0])), codeOf(all.slice(counts[0]))];
  };
  const fixedCodes = () => [codeOf([144, 112, 24, 8].flatMap((count, i) =>
    Array(count).fill([8, 9, 7, 8][i]))), codeOf(Array(30).fill(5))];

  for (let last = 0; !last;) {
    last = bits(1);
    const [literals, backwards] = bits(2) == 2 ? readCodes() : fixedCodes(); // texts are never stored
    for (let symbol = symbolOf(literals); symbol != 256; symbol = symbolOf(literals)) {
      if (symbol < 256) { target.push(symbol); continue; }
      const length = valueOf(lengths[symbol - 257]), back = valueOf(distances[symbolOf(backwards)]);
      for (let i = 0; i < length; i += 1) target.push(target[target.length - back]);
    }
  }
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(Uint8Array.from(target));
  document.body.append(script);
}
