// The table: its rows and names as Python handed them over, and what Predictor says of odd rows.

const find = id => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
const { features, classes, words } = data;
const SETS = ["train", "test"];

const bytesOf = text => Uint8Array.from(atob(text), character => character.charCodeAt(0));
const floatsOf = text => Float64Array.from(new Float32Array(bytesOf(text).buffer));

// The rows in the model's scale, exactly as PyTorch has them, and the number of each one's class.
const scaled = Object.fromEntries(SETS.map(set => [set, floatsOf(data[set].rows)]));
const kinds = Object.fromEntries(SETS.map(set => [set, bytesOf(data[set].kinds)]));

const { minimum, maximum } = data;
const width = minimum.map((low, i) => maximum[i] - low || 1);
// As many decimals as float32 can tell: 6.2, not 6.200000047683716.
const decimals = width.map(range => Math.min(20, Math.max(0, 6 - Math.floor(Math.log10(range)))));
const rounded = (value, i) => Number(value.toFixed(decimals[i]));

// Every row as it was measured.
const rows = SETS.flatMap(set => Array.from(kinds[set], (kind, place) => ({
  set, place, kind,
  values: features.map((_, i) => rounded(
    scaled[set][place * features.length + i] * data.span[i] + data.offset[i], i)),
})));

const quantile = (values, share) => {
  const sorted = [...values].sort((one, other) => one - other), at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};
const trainRows = rows.filter(({ set }) => set == "train");
const columns = features.map((_, i) => trainRows.map(({ values }) => values[i]));
const typical = columns.map((column, i) => rounded(quantile(column, 0.5), i));
// What maps and sliders span: a little more than the training rows.
const low = minimum.map((value, i) => value < 0 ? value - 0.06 * width[i]
  : Math.max(0, value - 0.06 * width[i]));
const high = maximum.map((value, i) => value + 0.06 * width[i]);

// How far the means of a column differ from class to class, in the spread within the classes.
function telling(column) {
  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
  const whole = mean(column);
  let between = 0, within = 0;
  classes.forEach((_, kind) => {
    const own = column.filter((_, row) => trainRows[row].kind == kind), center = mean(own);
    between += own.length * (center - whole) ** 2;
    for (const value of own) within += (value - center) ** 2;
  });
  return between / (within + 1e-12 * (between + within) + 1e-300) || 0;
}
// With many features: the two axes first, then the most telling ones.
const MOST_SHOWN = 10;
const ranks = columns.map((column, i) => data.axes.includes(i) ? Infinity : telling(column));
const ordered = features.length <= MOST_SHOWN ? [...features.keys()]
  : [...features.keys()].sort((one, other) => (ranks[other] - ranks[one]) || one - other);

// Shifts and stretches for each column, from the training rows: what a new network is given.
const SCALINGS = {
  own: () => ({ offset: data.offset, span: data.span }),
  unit: () => ({ offset: minimum, span: width }),
  signed: () => ({ offset: minimum.map((value, i) => value + width[i] / 2),
    span: width.map(range => range / 2) }),
  standard: () => {
    const offset = columns.map(column => column.reduce((a, b) => a + b, 0) / column.length);
    return { offset, span: columns.map((column, i) => Math.sqrt(column.reduce(
      (sum, value) => sum + (value - offset[i]) ** 2, 0) / column.length) || 1) };
  },
};

// All rows in such a scale.
function scaledRows({ offset, span }) {
  const same = offset == data.offset && span == data.span;
  return Object.fromEntries(SETS.map(set => [set, same ? scaled[set] : scaled[set].map((value, at) => {
    const i = at % features.length;
    return (value * data.span[i] + data.offset[i] - offset[i]) / span[i];
  })]));
}

// ---- What Predictor says of a row far outside what the network was trained on

const away = row => row.map((value, i) => Math.abs((value - minimum[i]) / width[i] - 0.5));
const isMeasurement = row => away(row).every(distance => distance <= data.absurd);
const possible = (value, i) => value >= minimum[i] - data.margin * width[i]
  && value <= minimum[i] + (1 + data.margin) * width[i];
const fits = row => row.every(possible);

// A number as Python writes it with ".4g", or with more digits.
function written(value, digits) {
  // Halfway between two, Python takes the even one, JavaScript the larger.
  const even = RegExp(`^(-?\\d\\.\\d{${digits - 2}}[02468])50*(e.*)$`);
  value = Number(value.toExponential(100).replace(even, "$1$2"));
  const [mantissa, power] = value.toExponential(digits - 1).split("e").map(Number);
  if (power >= -4 && power < digits) return String(Number(value.toPrecision(digits)));
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

// Numbers with four digits, or with as many as tell those that differ apart.
function toldApart(...values) {
  for (let digits = 4; ; digits += 1) {
    const texts = values.map(value => written(value, digits));
    if (digits == 17 || new Set(texts).size == new Set(values).size) return texts;
  }
}

function rangeProblem(row) {
  if (fits(row)) return "";
  const worst = largestPlace(away(row)), { name } = features[worst];
  const [value, low, high] = toldApart(row[worst], minimum[worst], maximum[worst]);
  return `“${name}”是 ${value}，训练时见过的是 ${low} 到 ${high}。` + likelyCause(row);
}

function likelyCause(row) {
  const [unit, others] = data.unit ?? ["", []];
  for (const [other, factor, text] of others)
    if (fits(row.map(value => value * factor)))
      return `单位像是${other}：都乘以 ${text} 就在范围里。请换算成${unit}。`;
  if (row.some(value => Math.abs(value) >= data.leastScaled)
    && fits(row.map((value, i) => value * data.span[i] + data.offset[i])))
    return "这些数像是已经归一化过。请给归一化之前的数。";
  const orders = fittingOrders(row), names = features.map(({ name }) => name);
  const [order] = orders, asked = `请按“${names.join("、")}”的顺序给。`;
  if (orders.length == 1) {
    const moved = names.filter((_, place) => order[place] != place);
    if (moved.length == 2) return `“${moved[0]}”和“${moved[1]}”两列像是对调了。请对调回来。`;
    return `列的顺序像是“${names.map((_, place) => names[order.indexOf(place)]).join("、")}”。${asked}`;
  }
  if (order) return `列的顺序像是不对，说得通的不止一种。${asked}`;
  return `请核对单位${unit && "（" + unit + "）"}、列的顺序和这次测量；`
    + "若没有错，这一行和训练用的数据很不一样。";
}

// Each order, which value belongs into each column, that explains all of them: swaps if there are any.
function fittingOrders(row) {
  const places = [...row.keys()], orders = [];
  const strange = places.filter(i => !possible(row[i], i));
  for (const other of strange.length == 2 ? [strange[0]] : places) {
    const pair = [...new Set([...strange, other])], [one, two] = pair;
    if (pair.length != 2 || !possible(row[one], two) || !possible(row[two], one)) continue;
    orders.push(places.map(place => place == one ? two : place == two ? one : place));
  }
  const extend = order => {
    if (order.length == row.length) return void orders.push(order);
    for (const from of places)
      if (!order.includes(from) && possible(row[from], order.length)) extend([...order, from]);
  };
  if (!orders.length && row.length <= data.mostPermuted) extend([]);
  return orders;
}
