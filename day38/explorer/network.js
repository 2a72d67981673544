"use strict";
// The mathematics, without a page: what a chain of layers computes, its loss, gradients and steps.
// A plan says which layers there are; `numbers` holds all their weights and biases in one float64
// array, layer after layer, as PyTorch's parameters() gives them. Rows lie one after the other.

const ACTIVATIONS = {
  relu: { of: x => (x > 0 ? x : 0), slope: (x, y) => (y > 0 ? 1 : 0) },
  leaky_relu: { of: (x, a) => (x > 0 ? x : a * x), slope: (x, y, a) => (x > 0 ? 1 : a) },
  tanh: { of: x => Math.tanh(x), slope: (x, y) => 1 - y * y },
  sigmoid: { of: x => 1 / (1 + Math.exp(-x)), slope: (x, y) => y * (1 - y) },
};

// `layers` is what Python's describe() says: ["linear", 4, 10], ["relu"], ["linear", 10, 3].
function planOf(layers) {
  const steps = [], linear = [];
  let at = 0, outputs = 0;
  layers.forEach(([kind, ...sizes], place) => {
    const inputs = kind == "linear" || kind == "affine" ? sizes[0] : outputs;
    if (kind == "linear") linear.push(place);
    outputs = kind == "linear" ? sizes[1] : inputs;
    const count = kind == "linear" ? inputs * outputs : kind == "affine" ? inputs : 0;
    // Inputs that are units of hidden layer `hidden` (-1: of none) can be switched off.
    const hidden = kind == "linear" ? linear.length - 2 : -1;
    steps.push({ kind, inputs, outputs, hidden, slope: sizes[0], weights: at, biases: at + count });
    if (count) at += count + outputs;
  });
  const widths = linear.slice(0, -1).map(place => steps[place].outputs);
  return { layers, steps, linear, widths, count: at, features: steps[0].inputs, classes: outputs };
}

// The same kinds of layers with other widths: all hidden layers get these.
function withWidths(plan, widths) {
  let layer = -1;
  return planOf(plan.layers.map(([kind, ...sizes]) => {
    if (kind != "linear") return [kind, ...sizes];
    layer += 1;
    return [kind, widths[layer - 1] ?? plan.features, widths[layer] ?? plan.classes];
  }));
}

// Arrays to compute in, made once for so many rows.
function makeRoom(plan, rows) {
  const sizes = [plan.features, ...plan.steps.map(step => step.outputs)];
  const arrays = () => sizes.map(size => new Float64Array(rows * size));
  return { rows, values: arrays(), deltas: arrays(), passed: arrays(), given: [],
    probabilities: new Float64Array(rows * plan.classes) };
}

// Computes room.values: [place] goes into the step of that place, the last holds the logits.
// room.given is the same, but 0 where a unit is off. Returns the last.
function forward(plan, numbers, inputs, off, room) {
  const { rows, values, passed, given } = room;
  values[0] = inputs;
  plan.steps.forEach((step, place) => {
    const source = given[place] = step.hidden < 0 || !off[step.hidden].size ? values[place]
      : silence(values[place], passed[place], off[step.hidden], step.inputs);
    if (step.kind == "linear") linear(step, numbers, source, values[place + 1], rows);
    else if (step.kind == "affine") affine(step, numbers, source, values[place + 1], rows);
    else activate(step, source, values[place + 1], rows * step.outputs);
  });
  return values.at(-1);
}

function linear({ inputs, outputs, weights, biases }, numbers, source, target, rows) {
  for (let row = 0; row < rows; row += 1)
    for (let unit = 0; unit < outputs; unit += 1) {
      const first = weights + unit * inputs, from = row * inputs;
      let sum = numbers[biases + unit];
      for (let i = 0; i < inputs; i += 1) sum += numbers[first + i] * source[from + i];
      target[row * outputs + unit] = sum;
    }
}

function affine({ outputs, weights, biases }, numbers, source, target, rows) {
  for (let i = 0; i < rows * outputs; i += 1)
    target[i] = source[i] * numbers[weights + i % outputs] + numbers[biases + i % outputs];
}

function activate({ kind, slope }, source, target, count) {
  if (kind == "relu") // by far the most frequent
    for (let i = 0; i < count; i += 1) target[i] = source[i] > 0 ? source[i] : 0;
  else {
    const { of } = ACTIVATIONS[kind];
    for (let i = 0; i < count; i += 1) target[i] = of(source[i], slope);
  }
}

function silence(source, target, off, size) {
  target.set(source);
  for (const unit of off) for (let i = unit; i < target.length; i += size) target[i] = 0;
  return target;
}

// Softmax of each row of logits into room.probabilities, without overflow.
function softmax(logits, classes, room) {
  const target = room.probabilities;
  for (let from = 0; from < logits.length; from += classes) {
    const highest = highestOf(logits, from, classes);
    let total = 0;
    for (let i = from; i < from + classes; i += 1)
      total += target[i] = Math.exp(logits[i] - highest);
    for (let i = from; i < from + classes; i += 1) target[i] /= total;
  }
  return target;
}

function highestOf(values, from, count) {
  let highest = values[from];
  for (let i = from + 1; i < from + count; i += 1) if (values[i] > highest) highest = values[i];
  return highest;
}

// The mean cross-entropy, by log-sum-exp: finite however large the logits are.
function crossEntropy(logits, kinds, classes) {
  let sum = 0;
  for (let row = 0; row < kinds.length; row += 1) {
    const from = row * classes, highest = highestOf(logits, from, classes);
    let total = 0;
    for (let i = from; i < from + classes; i += 1) total += Math.exp(logits[i] - highest);
    sum += highest - logits[from + kinds[row]] + Math.log(total);
  }
  return sum / kinds.length;
}

// Fills `gradient` with the derivative of the loss by each of the numbers; returns the loss.
// A network with an affine step (BatchNorm) is shown, but never trained here.
function gradients(plan, numbers, inputs, kinds, off, room, gradient) {
  const { rows, deltas, given, values } = room, { classes, steps } = plan;
  const logits = forward(plan, numbers, inputs, off, room);
  const loss = crossEntropy(logits, kinds, classes), delta = deltas.at(-1);
  delta.set(softmax(logits, classes, room));
  for (let row = 0; row < rows; row += 1) delta[row * classes + kinds[row]] -= 1;
  for (let i = 0; i < delta.length; i += 1) delta[i] /= rows;
  gradient.fill(0);
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const step = steps[place], above = deltas[place + 1], below = deltas[place];
    if (step.kind == "linear") {
      linearBack(step, numbers, given[place], above, below, rows, gradient);
      if (step.hidden >= 0 && off[step.hidden].size)
        silence(below, below, off[step.hidden], step.inputs);
    } else activateBack(step, values[place], values[place + 1], above, below);
  }
  return loss;
}

function linearBack({ inputs, outputs, weights, biases }, numbers, given, above, below, rows, gradient) {
  below.fill(0);
  for (let row = 0; row < rows; row += 1)
    for (let unit = 0; unit < outputs; unit += 1) {
      const error = above[row * outputs + unit];
      if (error == 0) continue;
      const first = weights + unit * inputs, from = row * inputs;
      gradient[biases + unit] += error;
      for (let i = 0; i < inputs; i += 1) {
        gradient[first + i] += error * given[from + i];
        below[from + i] += error * numbers[first + i];
      }
    }
}

function activateBack({ kind, slope }, before, after, above, below) {
  if (kind == "relu")
    for (let i = 0; i < below.length; i += 1) below[i] = after[i] > 0 ? above[i] : 0;
  else {
    const derivative = ACTIVATIONS[kind].slope;
    for (let i = 0; i < below.length; i += 1)
      below[i] = above[i] * derivative(before[i], after[i], slope);
  }
}

// One step of full-batch SGD, in place. Returns the loss before it.
function sgdStep(plan, numbers, inputs, kinds, off, room, gradient, rate) {
  const loss = gradients(plan, numbers, inputs, kinds, off, room, gradient);
  for (let i = 0; i < numbers.length; i += 1) numbers[i] -= rate * gradient[i];
  return loss;
}

// Numbers between 0 and 1 that a seed decides ("mulberry32").
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// New weights and biases as nn.Linear draws them: evenly between ±1/√inputs.
function newNumbers(plan, seed) {
  const numbers = new Float64Array(plan.count), random = randomNumbers(seed);
  for (const place of plan.linear) {
    const { inputs, outputs, weights, biases } = plan.steps[place];
    for (let i = weights; i < biases + outputs; i += 1)
      numbers[i] = (2 * random() - 1) / Math.sqrt(inputs);
  }
  return numbers;
}

// Where the largest of `count` values is, counted from the first of them.
function largestPlace(values, from = 0, count = values.length) {
  let best = 0;
  for (let i = 1; i < count; i += 1) if (values[from + i] > values[from + best]) best = i;
  return best;
}
