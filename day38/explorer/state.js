// What is on the screen: a run and one of its frames, a row, what is switched off. And its link.

// A run is a training: a plan, a scaling, and frames, each with an epoch and its numbers. The film
// came from PyTorch; others begin in this page, from a frame of it or with new weights.
const film = (() => {
  const plan = planOf(data.layers), all = floatsOf(data.weights);
  const frames = data.epochs.map((epoch, time) =>
    ({ epoch, numbers: all.slice(time * plan.count, (time + 1) * plan.count) }));
  return { plan, frames, own: false, scaling: "own", ...scales("own"), kept: frames.length,
    interval: 1, trained: 0, seconds: 0 };
})();

function scales(scaling) {
  const { offset, span } = SCALINGS[scaling]();
  return { offset, span, inputs: scaledRows({ offset, span }) };
}

const extras = []; // pictures of the row that only some tables have
const noneOff = plan => plan.widths.map(() => new Set());
const atStart = () => ({ run: film, time: film.frames.length - 1, row: typical, chosen: null,
  axes: [...data.axes], off: noneOff(film.plan), node: { layer: film.plan.widths.length, place: 0 },
  pinned: false, pointed: false, carried: false, page: 0 });
const state = atStart();

// Whatever draws and writes is called once a frame, however much has changed. `redraw` is in page.js.
let waiting = 0;
function change(part) {
  Object.assign(state, part);
  if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; redraw(); });
}

const frameNow = () => state.run.frames[state.time];
const scale = (row, { offset, span }) => row.map((value, i) => (value - offset[i]) / span[i]);

// All rows through a network: losses, who is wrong, how many are right, which units are dead.
function judge(run, numbers, off) {
  const { plan } = run, result = { loss: {}, right: {}, wrong: [], strongest: 0 };
  run.rooms ??= Object.fromEntries(SETS.map(set => [set, makeRoom(plan, kinds[set].length)]));
  let from = rows.length;
  for (const set of ["test", "train"]) { // so that the wrong ones of the test set come first
    const room = run.rooms[set], own = kinds[set];
    const logits = forward(plan, numbers, run.inputs[set], off, room);
    result.loss[set] = crossEntropy(logits, own, plan.classes);
    from -= own.length;
    const wrong = Array.from(own.keys()).filter(row =>
      largestPlace(logits, row * plan.classes, plan.classes) != own[row]);
    result.wrong.push(...wrong.map(row => rows[from + row]));
    result.right[set] = own.length - wrong.length;
  }
  result.dead = plan.widths.map((_, layer) => deadUnits(run, layer));
  for (const values of hiddenValues(plan, run.rooms.train))
    for (let i = 0; i < values.length; i += 1)
      result.strongest = Math.max(result.strongest, Math.abs(values[i]));
  return result;
}

// What the units of each hidden layer have computed, before some were switched off.
const hiddenValues = (plan, room) => plan.linear.slice(1).map(place => room.values[place]);

// Units behind a ReLU that pass on 0 for every training row.
function deadUnits({ plan, rooms }, layer) {
  const [from, to] = plan.linear.slice(layer, layer + 2), dead = new Set();
  if (!plan.steps.slice(from, to).some(({ kind }) => kind == "relu")) return dead;
  const values = rooms.train.values[to], size = plan.widths[layer];
  for (let unit = 0; unit < size; unit += 1) {
    let row = unit;
    while (row < values.length && values[row] == 0) row += size;
    if (row >= values.length) dead.add(unit);
  }
  return dead;
}

// One row through what is on the screen, with every value on its way.
function answerNow() {
  const { run, off } = state, { plan } = run, { numbers } = frameNow();
  const room = run.single ??= makeRoom(plan, 1);
  const inputs = Float64Array.from(scale(state.row, run));
  const logits = forward(plan, numbers, inputs, off, room);
  return { room, logits, probabilities: softmax(logits, plan.classes, room),
    hidden: hiddenValues(plan, room),
    passed: plan.linear.slice(1).map(place => room.given[place]) };
}

// What a curve needs to know of a frame: losses, and sizes for the colours and lines.
function measured(run, frame, off) {
  if (frame.loss) return frame;
  const { loss, strongest } = judge(run, frame.numbers, off);
  let heaviest = 0;
  for (const place of run.plan.linear) {
    const { weights, biases } = run.plan.steps[place];
    for (let i = weights; i < biases; i += 1)
      heaviest = Math.max(heaviest, Math.abs(frame.numbers[i]));
  }
  return Object.assign(frame, { loss, strongest, heaviest });
}

// A run that goes on from the frame on the screen; what came before it stays on the curve.
function branched() {
  const { run, time } = state;
  if (run.own && time == run.frames.length - 1) return run;
  const frames = run.frames.slice(0, time + 1);
  return { ...run, own: true, frames, kept: Math.min(run.kept, frames.length), rooms: null,
    trained: run.own ? run.trained : 0, seconds: run.own ? run.seconds : 0 };
}

function restarted({ seed = 1, widths = film.plan.widths, scaling = film.scaling }) {
  const plan = withWidths(film.plan, widths);
  return { plan, own: true, scaling, ...scales(scaling), kept: 1, interval: 1, trained: 0,
    seconds: 0, frames: [{ epoch: 0, numbers: newNumbers(plan, seed) }] };
}

// The changed weights of the frame on the screen, as the last frame of a run of one's own.
function edited(at, value) {
  const run = branched(), { epoch, numbers } = run.frames.at(-1), copy = numbers.slice();
  copy[at] = value;
  return { ...run, frames: [...run.frames.slice(0, -1), { epoch, numbers: copy }], edited: true };
}

// ---- The link: all of the state as text behind "#", with a checksum. Numbers are float64.

function stateNow() {
  const { run, row, axes, off, chosen } = state, { epoch, numbers } = frameNow();
  const own = run.own ? { widths: run.plan.widths, scaling: run.scaling, trained: run.trained,
    numbers: btoa(String.fromCharCode(...new Uint8Array(numbers.slice().buffer))) } : {};
  return { page: data.page, epoch, row: [...row], chosen: chosen ? rows.indexOf(chosen) : -1,
    axes: [...axes], off: off.map(units => [...units]), ...own };
}

function checksum(text) {
  let sum = 0x811c9dc5; // FNV-1a
  for (const character of text) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return sum.toString(36);
}

const linkText = () => {
  const text = btoa(JSON.stringify(stateNow())).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${text}.${checksum(text)}`;
};

// The parts of `state` that a link holds; an error if it is not whole, or of another page.
function stateFrom(link) {
  const [text, sum] = link.split(".");
  if (sum != checksum(text)) throw new RangeError("the link is not whole");
  const given = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  if (given.page != data.page) throw new RangeError("the link is of another page");
  let run = film, time = film.frames.findIndex(({ epoch }) => epoch == given.epoch);
  if (given.numbers) {
    const plan = withWidths(film.plan, given.widths);
    const numbers = new Float64Array(bytesOf(given.numbers).buffer);
    run = { plan, own: true, scaling: given.scaling, ...scales(given.scaling), kept: 1,
      interval: 1, trained: given.trained, seconds: 0, frames: [{ epoch: given.epoch, numbers }] };
    time = 0;
    if (numbers.length != plan.count || !numbers.every(Number.isFinite))
      throw new RangeError("the link holds other weights");
  }
  return { run, time, ...checkedParts(given, run.plan), chosen: rows[given.chosen] ?? null };
}

// A row, axes and units off, as programs give them; an error if they do not fit.
function checkedParts({ row, axes, off }, plan) {
  if (row.length != features.length || !row.every(Number.isFinite) || !isMeasurement(row))
    throw new RangeError("row");
  if (axes.length != 2 || axes[0] == axes[1] || !axes.every(axis => features[axis]))
    throw new RangeError("axes");
  if (off.length != plan.widths.length
    || !off.every((units, layer) => units.every(unit => unit >= 0 && unit < plan.widths[layer])))
    throw new RangeError("off");
  return { row: [...row], axes: [...axes], off: off.map(units => new Set(units)) };
}
