// The maps: what every unit and class answers over two features, the others as in this row.

const GRID = 48; // points of a map, across and up
const style = getComputedStyle(document.documentElement); // follows light, dark and print
let colors = {}; // asked once for each theme, because asking makes the page compute all its styles
const color = name => colors[name] ??= style.getPropertyValue("--" + name).trim();
const rgbOf = name => [1, 3, 5].map(at => parseInt(color(name).slice(at, at + 2), 16));
// As a pixel has it: red in the lowest byte.
const pixel = ([red, green, blue], share = 1) =>
  (Math.round(255 * share) << 24 | blue << 16 | green << 8 | red) >>> 0;

const placeOf = row => {
  const [x, y] = state.axes;
  return [(row[x] - low[x]) / (high[x] - low[x]), 1 - (row[y] - low[y]) / (high[y] - low[y])];
};

// The row, moved to a place on a map: shares of its width and, from above, of its height.
function moved(row, across, down) {
  const [x, y] = state.axes;
  return row.with(x, low[x] + (high[x] - low[x]) * across).with(y, high[y] - (high[y] - low[y]) * down);
}

// Every point of a map through the network, at once.
function computeMaps() {
  const { run, row, axes, off } = state, { plan } = run, size = features.length;
  run.grid ??= { room: makeRoom(plan, GRID * GRID), inputs: new Float64Array(GRID * GRID * size) };
  const { room, inputs } = run.grid, base = scale(row, run);
  const [from, to] = [[0, 1], [1, 0]].map(corner => scale(moved(row, ...corner), run));
  for (let place = 0; place < GRID * GRID; place += 1) {
    inputs.set(base, place * size);
    const shares = [(place % GRID) / (GRID - 1), 1 - Math.floor(place / GRID) / (GRID - 1)];
    axes.forEach((i, axis) => { inputs[place * size + i] = from[i] + (to[i] - from[i]) * shares[axis]; });
  }
  const logits = forward(plan, frameNow().numbers, inputs, off, room);
  return { hidden: hiddenValues(plan, room), probabilities: softmax(logits, plan.classes, room) };
}

// A canvas of one pixel for each point; the page stretches and smooths it.
function pixelsOf(canvas) {
  if (!canvas.pixels) {
    canvas.width = canvas.height = GRID;
    canvas.image = new ImageData(GRID, GRID);
    canvas.pixels = new Uint32Array(canvas.image.data.buffer);
  }
  return canvas.pixels;
}

// One of several values at each point: its size is the opacity, its sign the colour.
function paintValues(canvas, values, count, which, limit, [positive, negative]) {
  const pixels = pixelsOf(canvas);
  for (let place = 0; place < pixels.length; place += 1) {
    const share = values[place * count + which] / limit, size = Math.min(1, Math.abs(share));
    pixels[place] = ((share > 0 ? positive : negative) & 0xffffff | Math.round(255 * size) << 24) >>> 0;
  }
}

// All classes in one map: their colours, mixed by probability.
function paintAnswers(canvas, probabilities) {
  const pixels = pixelsOf(canvas), paper = rgbOf("paper"), mixed = [0, 0, 0];
  const own = classes.map((_, kind) => rgbOf("class" + kind));
  for (let place = 0; place < pixels.length; place += 1) {
    mixed.fill(0);
    for (let kind = 0; kind < own.length; kind += 1) {
      const share = FULL * probabilities[place * own.length + kind];
      for (let i = 0; i < 3; i += 1) mixed[i] += share * own[kind][i];
    }
    for (let i = 0; i < 3; i += 1) mixed[i] = Math.round(mixed[i] + (1 - FULL) * paper[i]);
    pixels[place] = pixel(mixed);
  }
}
const FULL = 0.7; // of its colour at 100%, so that the marks of that colour stand out

// This row on a small map: a dark square with a light edge.
function paintHere(canvas) {
  const [x, y] = placeOf(state.row).map(share =>
    Math.round(Math.min(1, Math.max(0, share)) * (GRID - 1)));
  const ink = pixel(rgbOf("ink")), paper = pixel(rgbOf("paper"));
  for (let up = -3; up <= 3; up += 1)
    for (let right = -3; right <= 3; right += 1) {
      if (x + right < 0 || x + right >= GRID || y + up < 0 || y + up >= GRID) continue;
      const edge = Math.max(Math.abs(up), Math.abs(right)) == 3;
      canvas.pixels[(y + up) * GRID + x + right] = edge ? paper : ink;
    }
}

const putPixels = canvas => canvas.getContext("2d").putImageData(canvas.image, 0, 0);

// Which map is the large one: that of what is pointed at, else all classes in one.
function drawMaps(limit) {
  const maps = computeMaps(), { plan } = state.run, { node, pointed } = state;
  const signed = ["positive", "negative"].map(name => pixel(rgbOf(name)));
  const ofClass = kind => [pixel(rgbOf("class" + kind)), 0];
  const large = find("heat"), outputs = plan.widths.length;
  const paint = (canvas, layer, place) => layer < outputs
    ? paintValues(canvas, maps.hidden[layer], plan.widths[layer], place, limit, signed)
    : paintValues(canvas, maps.probabilities, plan.classes, place, 1 / FULL, ofClass(place));
  [...units, answers].forEach((layer, at) => layer.forEach(({ map }, place) => {
    paint(map, at, place);
    paintHere(map);
    putPixels(map);
  }));
  if (pointed) paint(large, node.layer, node.place);
  else paintAnswers(large, maps.probabilities);
  putPixels(large);
}

// ---- The rows on the large map

const SHAPES = [ // of the classes, as SVG writes them
  "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z", "M0-1.2L1 .9H-1Z", "M-.9-.9H.9V.9H-.9Z",
  "M0-1.3L1.1 0L0 1.3L-1.1 0Z", "M0 1.2L1-.9H-1Z", "M-.4-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1V-.4H-.4Z",
  "M0-1.2L1.1-.3L.7 1.1H-.7L-1.1-.3Z", "M-1.2-.5H1.2V.5H-1.2Z",
];

// An empty canvas, as large as the page shows it, to be drawn on in CSS pixels.
function prepare(canvas, { width, height }) {
  const ratio = document.documentElement.classList.contains("printing") ? 3 : devicePixelRatio;
  const context = canvas.getContext("2d");
  const sides = [width, height].map(side => Math.round(side * ratio));
  if (canvas.width == sides[0] && canvas.height == sides[1]) {
    context.clearRect(0, 0, width, height); // the scale is still there
    return context;
  }
  [canvas.width, canvas.height] = sides;
  context.scale(ratio, ratio);
  return context;
}

// One path with a shape wherever one of some rows is.
function marksOf(some, shape, size, side) {
  const mark = new Path2D(shape), marks = new Path2D();
  for (const { values } of some) {
    const [x, y] = placeOf(values);
    marks.addPath(mark, { a: size, d: size, e: x * side, f: y * side });
  }
  return marks;
}

let marksKept = {}; // the paths of all rows, as long as axes and size stay

function drawMarks(wrong, side) {
  const canvas = find("marks"), context = prepare(canvas, { width: side, height: side });
  const size = Math.max(2.2, Math.min(4.5, side / 60, side / 5 / Math.sqrt(rows.length) * 3));
  const key = [state.axes, side].join();
  if (marksKept.key != key) marksKept = { key, paths: classes.map((_, kind) =>
    marksOf(rows.filter(row => row.kind == kind), SHAPES[kind], size, side)) };
  const ink = color("ink");
  // Rings lie under the marks, so that many of them hide nothing.
  Object.assign(context, { strokeStyle: ink, lineWidth: wrong.length > 60 ? 0.5 : 1.4 });
  context.stroke(marksOf(wrong, SHAPES[0], size + 2.6, side));
  marksKept.paths.forEach((path, kind) => {
    Object.assign(context, { fillStyle: color("class" + kind), strokeStyle: ink, lineWidth: 0.7 });
    context.fill(path);
    context.stroke(path);
  });
  const [x, y] = placeOf(state.row).map(share => share * side);
  Object.assign(context, { strokeStyle: ink, lineWidth: 1, fillStyle: ink });
  context.stroke(new Path2D(`M${x - 12} ${y}h24M${x} ${y - 12}v24`));
  Object.assign(context, { strokeStyle: color("paper"), lineWidth: 1.5 });
  context.fillRect(x - 4, y - 4, 8, 8);
  context.strokeRect(x - 4, y - 4, 8, 8);
}
