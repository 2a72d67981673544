// Training in this page: full-batch SGD in slices of time, so that the page never freezes.

const SLICE = 10; // milliseconds of computing before the page may do other things
const MOST_FRAMES = 300; // that are kept of a run; beyond, every second one is dropped
const EXPLODED = 100; // times the loss of the beginning, as in day38.train
let job = null; // the training that is going on: its run and its last frame

// Lets the page handle what has happened meanwhile, without the 4 ms that a timer waits.
const channel = new MessageChannel();
const turns = [];
channel.port1.onmessage = () => turns.shift()();
const nextTurn = () => new Promise(done => { turns.push(done); channel.port2.postMessage(0); });
const nextFrame = () => new Promise(requestAnimationFrame);

// Go on from the frame on the screen. `growth`: how much longer each slice is than all before it
// together; small ones show the beginning slowly. Resolves when the last state is drawn.
async function trainOn({ steps = 1, rate = 0.01, growth = Infinity }) {
  if (data.frozen) return;
  stopTraining();
  const run = branched(), { plan } = run, { epoch, numbers } = run.frames.at(-1);
  const live = { epoch, numbers: numbers.slice() };
  const work = { room: makeRoom(plan, kinds.train.length), gradient: new Float64Array(plan.count) };
  const limit = EXPLODED * Math.max(1, judge(run, numbers, state.off).loss.train);
  run.exploded = null;
  run.frames.push(live);
  const own = job = { run, live };
  change({ run, time: run.frames.length - 1 });
  let done = 0, drawn = performance.now(), pause = 100;
  while (done < steps && job == own && state.run == run) {
    const most = Math.min(steps - done, growth == Infinity ? steps : Math.max(1, done * growth));
    const count = slice(run, live, work, { most, rate, limit });
    done += Math.abs(count);
    run.trained += Math.abs(count);
    if (count > 0) keepFrame(run, live, limit);
    if (run.exploded) { run.frames.pop(); break; } // the frame before has numbers that are good
    if (growth < Infinity) { change({ time: run.frames.length - 1 }); await nextFrame(); }
    else if (performance.now() - drawn > pause) {
      const before = performance.now();
      state.time = run.frames.length - 1;
      redraw();
      await nextFrame();
      drawn = performance.now();
      pause = Math.max(100, 8 * (drawn - before)); // drawing gets a small share of the time
    } else await nextTurn();
  }
  if (job == own) stopTraining();
  redraw();
}

// Ends the training that is going on, with its last state on the screen.
function stopTraining() {
  if (!job) return;
  const { run, live } = job, { frames } = run;
  job = null;
  if (frames.at(-1) == live && frames.at(-2).epoch == live.epoch) frames.splice(-2, 1);
  if (state.run == run) state.time = frames.length - 1;
}

// Some steps, as many as a slice of time allows. Returns how many; negative if the loss exploded.
function slice(run, live, { room, gradient }, { most, rate, limit }) {
  const begun = performance.now();
  let count = 0, now = begun;
  while (count < most) {
    const loss = sgdStep(run.plan, live.numbers, run.inputs.train, kinds.train, state.off, room,
      gradient, rate);
    count += 1;
    live.epoch += 1;
    now = performance.now();
    if (!(loss <= limit)) { run.exploded = { epoch: live.epoch, loss }; return -count; }
    if (now > begun + SLICE) break;
  }
  run.seconds += (now - begun) / 1000; // of computing, without the drawing
  return count;
}

// The live frame is the last one; once in an interval it stays behind as a copy.
function keepFrame(run, live, limit) {
  const { frames } = run, previous = frames.at(-2);
  live.loss = null;
  const { train, test } = measured(run, live, state.off).loss;
  if (!(train <= limit) || !Number.isFinite(test))
    run.exploded = { epoch: live.epoch, loss: train };
  if (run.exploded || live.epoch - previous.epoch < run.interval) return;
  frames.splice(-1, 0, { ...live, numbers: live.numbers.slice() });
  if (frames.length - run.kept <= MOST_FRAMES) return;
  const last = frames.length - 1;
  run.frames = frames.filter((_, time) => time < run.kept || time == last || (last - time) % 2);
  run.interval *= 2;
}
