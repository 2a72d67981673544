"use strict";
// Python hands over numbers and names. All mathematics is here, once.
const find = id => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
const { features, classes, minimum, span, low, high, epochs } = data;
const PETAL_LENGTH = 2, PETAL_WIDTH = 3; // the features along the axes of every map
const GRID = 48; // points of a map, across and up
const LARGEST = 1e6; // cm; beyond it nothing is a measurement
const ALL_ON = new Set();

// ---- The network

function readSnapshots() {
  const bytes = Uint8Array.from(atob(data.weights), character => character.charCodeAt(0));
  const numbers = new Float32Array(bytes.buffer).values();
  const take = count => Array.from({ length: count }, () => numbers.next().value);
  const readLayer = (neurons, inputs) =>
    Array.from({ length: neurons }, () => ({ weights: take(inputs), bias: take(1)[0] }));
  return epochs.map(() => ({ hidden: readLayer(data.units, 4), output: readLayer(3, data.units) }));
}

const snapshots = readSnapshots();
const flowers = ["train", "test"].flatMap(set =>
  data[set].map((numbers, place) => ({ set, place, row: numbers.slice(0, 4), kind: numbers[4] })));
const scale = row => row.map((value, i) => (value - minimum[i]) / span[i]);
const largestPlace = values => values.indexOf(Math.max(...values));

const weightedSum = ({ weights, bias }, inputs) =>
  weights.reduce((sum, weight, i) => sum + weight * inputs[i], bias);

function softmax(logits) {
  const highest = Math.max(...logits);
  const powers = logits.map(logit => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map(power => power / total);
}

// Centimetres in, probabilities out: scaling, Linear, ReLU, Linear, softmax; some units are off.
function forward(network, row, off) {
  const scaled = scale(row);
  const sums = network.hidden.map(unit => weightedSum(unit, scaled));
  const fired = sums.map(sum => Math.max(0, sum));
  const activations = fired.map((value, unit) => off.has(unit) ? 0 : value);
  const logits = network.output.map(neuron => weightedSum(neuron, activations));
  return { scaled, sums, fired, activations, logits, probabilities: softmax(logits) };
}

// All 150 flowers: who is misjudged, how many are right, the training loss, which units are dead.
function judge(network, off) {
  const result = { wrong: [], train: 0, test: 0, loss: 0, dead: new Set(network.hidden.keys()) };
  for (const flower of flowers) {
    const { fired, probabilities } = forward(network, flower.row, off);
    if (largestPlace(probabilities) == flower.kind) result[flower.set] += 1;
    else result.wrong.unshift(flower); // those of the test set come first
    if (flower.set == "test") continue;
    result.loss -= Math.log(probabilities[flower.kind]) / data.train.length;
    fired.forEach((value, unit) => { if (value > 0) result.dead.delete(unit); });
  }
  return result;
}

// What every neuron answers over petal length and width, with the sepals of `row`.
function computeMaps(network, row, off) {
  const results = Array.from({ length: GRID * GRID }, (_, place) => forward(network,
    onMap(row, (place % GRID) / (GRID - 1), Math.floor(place / GRID) / (GRID - 1)), off));
  return {
    hidden: network.hidden.map((_, unit) => results.map(result => result.fired[unit])),
    output: network.output.map((_, kind) => results.map(result => result.probabilities[kind])),
  };
}

// The flower `row`, moved to a place on a map: shares of its width and, from above, of its height.
function onMap(row, across, down) {
  const point = [...row];
  point[PETAL_LENGTH] = low[PETAL_LENGTH] + (high[PETAL_LENGTH] - low[PETAL_LENGTH]) * across;
  point[PETAL_WIDTH] = high[PETAL_WIDTH] - (high[PETAL_WIDTH] - low[PETAL_WIDTH]) * down;
  return point;
}

function placeOnMap(row, { clientWidth, clientHeight }) {
  const share = i => (row[i] - low[i]) / (high[i] - low[i]);
  return [clientWidth * share(PETAL_LENGTH), clientHeight * (1 - share(PETAL_WIDTH))];
}

// ---- What Predictor says of a row far outside what the network was trained on

const near = values => values.every(value => value >= data.lowest && value <= data.highest);
const fits = row => near(scale(row));

function rangeProblem(row) {
  if (fits(row)) return "";
  const worst = largestPlace(scale(row).map(value => Math.abs(value - 0.5)));
  const short = value => Number(value.toPrecision(4));
  const [from, to] = [minimum[worst], minimum[worst] + span[worst]].map(short);
  const { name, english } = features[worst];
  return `${name}${english ? "" : " "}是 ${short(row[worst])}，训练时见过的是 ${from} 到 ${to}。`
    + likelyCause(row);
}

function likelyCause(row) {
  for (const [unit, factor] of Object.entries(data.factors))
    if (fits(row.map(value => value * factor)))
      return `单位像是${unit}：都乘以 ${factor} 就在范围里。请换算成厘米。`;
  if (near(row)) return "各个数都在 0 到 1 附近，像是已经归一化过。请给原始的厘米数。";
  const order = data.orders.find(order => fits(order.map(place => row[place])));
  const names = features.map(({ name }) => name);
  const given = order?.map((_, i) => names[order.indexOf(i)]);
  if (order) return `列的顺序像是“${given.join("、")}”。请按“${names.join("、")}”的顺序给。`;
  return "请核对单位（厘米）、列的顺序和这次测量；若没有错，这朵花和训练用的花很不一样。";
}

// ---- The state, and the parts of the page

const losses = snapshots.map(network => judge(network, ALL_ON).loss);
const curve = losses.map((loss, time) =>
  `${time / (epochs.length - 1 || 1)} ${1 - loss / Math.max(...losses)}`);
const heaviest = Math.max(...snapshots.flatMap(({ hidden, output }) =>
  [...hidden, ...output].flatMap(neuron => neuron.weights.map(Math.abs)))) || 1;
// What is linear, and zero or more, is largest in a corner of the map.
const corners = [[0, 0], [0, 1], [1, 0], [1, 1]].map(corner => onMap(data.typical, ...corner));
const strongest = Math.max(...snapshots.flatMap(network =>
  corners.flatMap(row => forward(network, row, ALL_ON).fired))) || 1;
const state = { time: epochs.length - 1, row: data.typical, flower: null, off: ALL_ON,
  node: null, pointed: false, carried: false };
let judged = judge(snapshots.at(-1), ALL_ON);
let frame = 0;

const answerNow = () => forward(snapshots[state.time], state.row, state.off);

function change(part) {
  Object.assign(state, part);
  cancelAnimationFrame(frame); // however much changes, a frame is drawn once
  frame = requestAnimationFrame(draw);
}

function make(parent, tag, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function writeName(parent, { name, english }) {
  make(parent, "span", { textContent: name + " " });
  make(parent, "span", { lang: "en", textContent: english });
}

const write = (id, text) => { find(id).textContent = text; };
const bothNames = ({ name, english }) => `${name} ${english}`.trim();
const shown = value => value.toFixed(2).replace("-", "−");
const percent = value => (100 * value).toFixed(1) + "%";

const inputs = features.map((feature, i) => {
  const box = make(find("inputs"), "div", { className: "input" });
  writeName(make(box, "label", { htmlFor: "field" + i }), feature);
  const field = make(box, "input", { id: "field" + i, className: "field", inputMode: "decimal" });
  const slider = make(box, "input", { type: "range", min: low[i], max: high[i], step: 0.1 });
  slider.ariaLabel = bothNames(feature);
  box.addEventListener("input", ({ target }) => { // "4,5" and full-width digits are numbers, too
    const value = Number(target.value.normalize("NFKC").replace(",", ".").trim() || NaN);
    target.ariaInvalid = !(Math.abs(value) <= LARGEST);
    if (Math.abs(value) <= LARGEST) change({ row: state.row.with(i, value) });
  });
  field.addEventListener("blur", () => change({}));
  return { box, field, slider };
});

const units = snapshots[0].hidden.map((_, unit) => {
  const box = make(find("hidden"), "button", { type: "button", className: "unit" });
  const map = make(box, "canvas"), text = make(box, "span");
  make(text, "b", { textContent: "h" + (unit + 1) });
  box.addEventListener("click", () => {
    const off = new Set(state.off);
    if (!off.delete(unit)) off.add(unit);
    change({ off });
  });
  watch(box, "hidden", unit);
  return { box, map, value: make(text, "span") };
});

const answers = classes.map((kind, place) => {
  const box = make(find("output"), "div", { className: "answer species" + place });
  const map = make(box, "canvas"), button = make(box, "button", { type: "button" });
  for (const [side, i] of [["up", PETAL_WIDTH], ["across", PETAL_LENGTH]]) {
    const axis = make(box, "small", { className: side });
    for (const text of [low[i], features[i].name, high[i]])
      make(axis, "span", { textContent: text });
  }
  make(button, "i", { className: "mark" });
  writeName(button, kind);
  const share = make(button, "strong"), track = make(button, "span", { className: "track" });
  watch(button, "output", place);
  map.addEventListener("pointerdown", event => grab(map, event));
  return { box, map, share, bar: make(track, "span"), logit: make(button, "small") };
});

function watch(button, layer, place) {
  for (const event of ["pointerenter", "focus"])
    button.addEventListener(event, () => change({ node: { layer, place }, pointed: true }));
  for (const event of ["pointerleave", "blur"])
    button.addEventListener(event, () => change({ pointed: false }));
}

const choose = flower => change({ flower, row: flower ? flower.row : data.typical });

// A click near a flower chooses it, a ringed one first; elsewhere, and by dragging, petals change.
function grab(map, start) {
  const away = (x, y) => Math.hypot(x - start.offsetX, y - start.offsetY);
  const distances = flowers.map(flower =>
    away(...placeOnMap(flower.row, map)) + (judged.wrong.includes(flower) ? 0 : 2));
  const nearest = distances.indexOf(Math.min(...distances));
  const share = (part, whole) => Math.min(1, Math.max(0, part / whole));
  const move = ({ offsetX, offsetY }) => {
    const across = share(offsetX, map.clientWidth), down = share(offsetY, map.clientHeight);
    const row = onMap(state.row, across, down).map(value => Number(value.toFixed(1)));
    change({ row }); // one decimal, as flowers are measured
  };
  if (distances[nearest] < 9) choose(flowers[nearest]);
  else move(start);
  map.setPointerCapture(start.pointerId);
  map.onpointermove = event => {
    if (event.buttons && away(event.offsetX, event.offsetY) > 4) move(event);
  };
}

// ---- Drawing

const style = getComputedStyle(document.body); // follows light, dark and print
const color = name => style.getPropertyValue("--" + name);

// An empty canvas, as large as the page shows it, to be drawn on in CSS pixels.
function prepare(canvas) {
  const ratio = document.documentElement.className == "printing" ? 3 : devicePixelRatio;
  const context = canvas.getContext("2d");
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  context.scale(ratio, ratio);
  return context;
}

const stage = new OffscreenCanvas(GRID, GRID).getContext("2d");
stage.globalCompositeOperation = "source-in"; // what is filled takes the opacity that is there

function paintMap(canvas, values, limit, fullColor) {
  const image = stage.createImageData(GRID, GRID);
  values.forEach((value, place) => { image.data[4 * place + 3] = 255 * value / limit; });
  stage.putImageData(image, 0, 0);
  stage.fillStyle = fullColor;
  stage.fillRect(0, 0, GRID, GRID);
  const context = prepare(canvas);
  context.drawImage(stage.canvas, 0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

const CIRCLE = "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z"; // the shapes as SVG writes them
const TRIANGLE = "M0-1.2L1 1H-1Z";
const SQUARE = "M-1-1H1V1H-1Z";
const CROSSHAIR = "M-99 0H99M0-99V99";

// One shape wherever one of some flowers is on a map.
function drawMarks(context, map, some, shape, size, look) {
  const mark = new Path2D(shape), marks = new Path2D();
  for (const [x, y] of some.map(flower => placeOnMap(flower.row, map)))
    marks.addPath(mark, { a: size, d: size, e: x, f: y }); // enlarged and moved there
  Object.assign(context, look);
  if (look.fillStyle) context.fill(marks);
  context.stroke(marks);
}

function drawFlowers(context, map) {
  const ink = color("ink"), size = map.clientWidth / 55;
  [CIRCLE, TRIANGLE, SQUARE].forEach((shape, kind) => {
    const some = flowers.filter(flower => flower.kind == kind);
    const look = { fillStyle: color("species" + kind), strokeStyle: ink, lineWidth: 0.6 };
    drawMarks(context, map, some, shape, size, look);
  });
  for (const [strokeStyle, lineWidth] of [[color("paper"), 4], [ink, 1.7]])
    drawMarks(context, map, judged.wrong, CIRCLE, 2.2 * size, { strokeStyle, lineWidth });
}

function drawMaps(network) {
  const maps = computeMaps(network, state.row, state.off), ink = color("ink");
  const solid = { fillStyle: ink, strokeStyle: color("paper"), lineWidth: 1 };
  units.forEach(({ map }, unit) => {
    const context = paintMap(map, maps.hidden[unit], strongest, ink);
    drawMarks(context, map, [state], SQUARE, 2, solid);
  });
  answers.forEach(({ map }, kind) => {
    // At 100% three quarters of the colour, so that the flowers of that colour stand out.
    const context = paintMap(map, maps.output[kind], 1 / 0.75, color("species" + kind));
    drawFlowers(context, map);
    drawMarks(context, map, [state], CROSSHAIR, 9, { strokeStyle: ink, lineWidth: 0.6 });
    drawMarks(context, map, [state], SQUARE, 3.5, solid);
  });
}

const halfway = element => element.offsetTop + element.offsetHeight / 2;
const leftOf = ({ map }) => [map.offsetLeft, halfway(map)];
const rightOf = ({ box }) => [box.offsetLeft + box.offsetWidth, halfway(box)];

function listEdges(network, { scaled, activations }) {
  const { node, pointed, carried, off } = state;
  const parts = { hidden: [inputs, units], output: [units, answers] };
  return ["hidden", "output"].flatMap(layer => network[layer].flatMap((neuron, target) =>
    neuron.weights.map((weight, source) => ({
      from: rightOf(parts[layer][0][source]),
      to: leftOf(parts[layer][1][target]),
      value: carried ? weight * (layer == "hidden" ? scaled : activations)[source] : weight,
      into: pointed && node.layer == layer && node.place == target,
      outOf: pointed && node.layer == "hidden" && layer == "output" && node.place == source,
      off: off.has(layer == "hidden" ? target : source),
    })))).sort((one, other) => Math.abs(one.value) - Math.abs(other.value)); // strongest on top
}

function drawEdges(network, answer) {
  const context = prepare(find("edges")), edges = listEdges(network, answer);
  const limit = state.carried ? Math.abs(edges.at(-1).value) || 1 : heaviest;
  for (const { from, to, value, into, outOf, off } of edges) {
    const size = Math.min(1, Math.abs(value) / limit), middle = (from[0] + to[0]) / 2;
    context.globalAlpha = off || (state.pointed && !into && !outOf) ? 0.08 : 0.3 + 0.6 * size;
    context.strokeStyle = color(value > 0 ? "positive" : "negative");
    context.lineWidth = 7 * size;
    context.beginPath();
    context.moveTo(...from);
    context.bezierCurveTo(middle, from[1], middle, to[1], ...to);
    if (size > 0) context.stroke(); // a width of 0 would be ignored
  }
  context.globalAlpha = 1;
  for (const edge of edges) if (edge.into || edge.outOf) labelEdge(context, edge);
  write("thickest", shown(limit));
}

// The number stands where the fan of edges is open.
function labelEdge(context, { from, to, value, into }) {
  if (to[0] - from[0] < 60) return; // no room on a phone; the table has the numbers, too
  const t = into ? 0.33 : 0.75; // a place along the Bézier curve
  const x = from[0] + (to[0] - from[0]) * (1.5 * t * (1 - t) + t ** 3);
  const y = from[1] + (to[1] - from[1]) * (3 * t ** 2 - 2 * t ** 3);
  Object.assign(context, { font: style.font, textAlign: "center", textBaseline: "middle",
    lineWidth: 4, lineJoin: "round", strokeStyle: color("paper"), fillStyle: color("ink") });
  context.strokeText(shown(value), x, y);
  context.fillText(shown(value), x, y);
}

// ---- Writing

function writeNetwork(answer) {
  inputs.forEach(({ field, slider }, i) => {
    slider.value = state.row[i];
    if (field == document.activeElement) return; // someone is writing there
    field.value = state.row[i];
    field.ariaInvalid = false;
  });
  units.forEach(({ box, value }, unit) => {
    const off = state.off.has(unit), dead = judged.dead.has(unit);
    value.textContent = off ? "关 off" : dead ? "死亡 dead" : shown(answer.activations[unit]);
    box.classList.toggle("dead", dead);
    box.ariaPressed = off;
    box.ariaLabel = `关掉 h${unit + 1}，现在 ${value.textContent}`;
  });
  answers.forEach(({ share, bar, logit }, kind) => {
    share.textContent = bar.style.width = percent(answer.probabilities[kind]);
    logit.textContent = "原始分数 logit " + shown(answer.logits[kind]);
  });
}

function writeScores(allOn) {
  write("loss", judged.loss.toFixed(4));
  for (const set of ["train", "test"]) {
    const total = data[set].length, before = state.off.size ? `（全开 ${allOn[set]}）` : "";
    write(set, `${judged[set]}/${total} = ${percent(judged[set] / total)}${before}`);
  }
  write("next-wrong", `下一朵答错的花（${judged.wrong.length}）`);
  find("next-wrong").disabled = judged.wrong.length == 0;
  write("epoch-text", `第 ${epochs[state.time].toLocaleString("en")} 轮 epoch`);
  Object.assign(find("epoch"), { value: state.time, ariaValueText: find("epoch-text").value });
}

function writeFlower(answer) {
  const { flower, row } = state, problem = rangeProblem(row);
  const best = largestPlace(answer.probabilities);
  find("choice").value = flower ? flowers.indexOf(flower) : "";
  write("answer", bothNames(classes[best]));
  write("truth", flower && "真实的种类 true：" + bothNames(classes[flower.kind])
    + (best == flower.kind ? " ✓ 答对" : " ✗ 答错")
    + (row.some((value, i) => value != flower.row[i]) ? "（数已改动）" : ""));
  write("warning", problem && "这个答案不可信：" + problem);
}

// The sum of the neuron that was pointed at last, in numbers.
function writeSum(network, answer) {
  if (!state.node) return;
  const { layer, place } = state.node, neuron = network[layer][place], hidden = layer == "hidden";
  const sources = hidden ? answer.scaled : answer.activations;
  const name = i => hidden ? features[i].name : "h" + (i + 1);
  const rows = neuron.weights.map((weight, i) =>
    [name(i), shown(sources[i]), "× " + shown(weight), shown(weight * sources[i])]);
  rows.push(["偏置 bias", "", "", shown(neuron.bias)]);
  if (hidden) rows.push(["合计", "", "", shown(answer.sums[place])],
    ["激活值", "", "ReLU →", shown(answer.fired[place])]);
  else rows.push(["合计 = 原始分数", "", "", shown(answer.logits[place])],
    ["概率", "", "softmax →", percent(answer.probabilities[place])]);
  fillTable(rows);
  write("sum-title", `${hidden ? "h" + (place + 1) : bothNames(classes[place])} 怎样算出来`);
  write("source", hidden ? "归一化后 scaled" : "激活值");
  write("note", hidden ? noteOn(place) : "");
}

function fillTable(rows) {
  find("rows").replaceChildren();
  for (const cells of rows) {
    const line = find("rows").insertRow();
    for (const text of cells) line.insertCell().textContent = text;
  }
}

function noteOn(unit) {
  if (judged.dead.has(unit)) return `这是死亡单元（dead unit）：对 ${data.train.length} 朵训练花，`
    + "合计都不大于 0，ReLU 之后全是 0。它什么也不传给输出，所以关掉它，什么也不会变。";
  return state.off.has(unit) ? "它已关掉，传给输出的是 0。再点一下就打开。" : "";
}

function draw() {
  const network = snapshots[state.time], answer = answerNow();
  judged = judge(network, state.off);
  writeNetwork(answer);
  writeScores(judge(network, ALL_ON));
  writeFlower(answer);
  writeSum(network, answer);
  drawMaps(network);
  drawEdges(network, answer);
  find("now").setAttribute("d", `M${curve[state.time]}h0`);
}

// ---- Time

const still = matchMedia("(prefers-reduced-motion: reduce)");
let playing = null;

function stop() {
  clearInterval(playing);
  playing = null;
  write("play", still.matches ? "▶ 下一步" : "▶ 播放");
}

const step = () => state.time < epochs.length - 1 ? change({ time: state.time + 1 }) : stop();

function play() {
  if (playing) return stop();
  change({ time: (state.time + 1) % epochs.length }); // after the last, from the beginning
  if (still.matches) return; // nothing moves by itself
  playing = setInterval(step, Math.min(700, Math.max(80, 9000 / epochs.length)));
  write("play", "⏸ 暂停");
}

// ---- Start

write("size", `${7 * data.units} 个权重 weights，${data.units + 3} 个偏置 biases`);
write("strongest", shown(strongest));
find("losses").setAttribute("d", "M" + curve.join("L"));
find("time").hidden = find("timed").hidden = epochs.length == 1;
find("epoch").max = epochs.length - 1;
flowers.forEach(({ set, place, row, kind }, value) => make(find(set + "-flowers"), "option",
  { value, textContent: `${set} ${place}：${classes[kind].name} ${row.join(" ")}` }));
stop(); // it names the button

const on = (id, event, action) => find(id).addEventListener(event, action);
on("play", "click", play);
on("epoch", "input", event => change({ time: Number(event.target.value) }));
on("choice", "change", event => choose(flowers[event.target.value] ?? null));
on("next-wrong", "click", () =>
  choose(judged.wrong[(judged.wrong.indexOf(state.flower) + 1) % judged.wrong.length]));
on("reset", "click", () => change({ row: data.typical, flower: null, off: ALL_ON }));
on("carried", "change", event => change({ carried: event.target.checked }));

const drawFor = medium => { document.documentElement.className = medium; draw(); };
addEventListener("beforeprint", () => drawFor("printing"));
addEventListener("afterprint", () => drawFor(""));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new ResizeObserver(draw).observe(find("network")); // calls once at the start, too

// For programs: explorer.set({ epoch: 200, row: [6.2, 2.2, 4.5, 1.5], off: [0] }), any part.
window.explorer = {
  set({ epoch = epochs[state.time], row = state.row, off = state.off }) {
    if (!epochs.includes(epoch)) throw new RangeError(`no snapshot of epoch ${epoch}`);
    change({ time: epochs.indexOf(epoch), row: [...row], off: new Set(off) });
  },
  get probabilities() { return answerNow().probabilities; },
  get activations() { return answerNow().activations; },
  get accuracy() {
    const { train, test } = judge(snapshots[state.time], state.off);
    return { train: train / data.train.length, test: test / data.test.length };
  },
};
