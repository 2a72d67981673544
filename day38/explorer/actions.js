// What the parts do when they are touched.

const choose = row => change({ chosen: row, row: row ? row.values : typical, said: null });

// A click near a row on the large map chooses it, a ringed one first; elsewhere, and by dragging
// with a mouse, the two features change. A finger taps; dragging it scrolls the page.
function watchMap(map) {
  const shares = ({ offsetX, offsetY }) => [offsetX / map.clientWidth, offsetY / map.clientHeight]
    .map(share => Math.min(1, Math.max(0, share)));
  const moveTo = event => {
    const [x, y] = state.axes, row = moved(state.row, ...shares(event));
    change({ row: row.with(x, neat(row[x], x)).with(y, neat(row[y], y)) });
  };
  map.addEventListener("click", event => {
    if (map.dragged) { map.dragged = false; return; }
    const side = map.clientWidth, distance = row => {
      const [x, y] = placeOf(row.values);
      return Math.hypot(x * side - event.offsetX, y * side - event.offsetY)
        + (judgedNow.wrong.includes(row) ? 0 : 2);
    };
    const nearest = rows.reduce((best, row) => distance(row) < distance(best) ? row : best);
    if (distance(nearest) < 9) choose(nearest);
    else moveTo(event);
  });
  map.addEventListener("pointerdown", event => {
    map.start = event.pointerType == "touch" ? null : [event.offsetX, event.offsetY];
    if (map.start) map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", event => {
    if (!event.buttons || !map.start) return;
    const [x, y] = map.start;
    map.dragged ||= Math.hypot(event.offsetX - x, event.offsetY - y) > 4;
    if (map.dragged) moveTo(event);
  });
}

// Another run on the screen: other layers may have other units.
function show(part) {
  const before = state.run.plan.widths.join();
  Object.assign(state, part);
  if (state.run.plan.widths.join() != before) {
    if (!part.off) state.off = noneOff(state.run.plan);
    state.node = { layer: state.run.plan.widths.length, place: 0 };
    makeUnits();
    relayout();
  }
  change({});
}

function editWeight(at, value) {
  stopPlaying();
  stopTraining();
  const run = edited(at, value);
  change({ run, time: run.frames.length - 1 });
}

function restart(how) {
  if (data.frozen) return;
  stopPlaying();
  stopTraining();
  const run = restarted(how);
  show({ run, time: 0, said: null });
}

const rate = () => 10 ** Number(find("rate").value);

function goOn(steps, growth) {
  stopPlaying();
  state.said = null;
  return trainOn({ steps, rate: rate(), growth });
}

function toggleTraining() {
  if (job) return settle(stopTraining);
  const growth = { 20: 0.02, 9: 0.05, 4: 0.12, 1: Infinity }[find("speed").value];
  return goOn(Infinity, growth);
}

function reset() {
  stopPlaying();
  stopTraining();
  mostOff = 0;
  find("carried").checked = false;
  if (find("rate")) find("rate").value = -2;
  writeRate();
  find("speed").value = 9;
  show({ ...atStart(), said: null });
  state.page = 0;
  makeInputs();
  writeAxes();
  relayout();
}

function restartFromForm(event) {
  event.preventDefault();
  const seed = readNumber(find("seed").value), width = readNumber(find("width").value);
  const good = { seed: Number.isInteger(seed) && seed >= 0,
    width: !film.plan.widths.length || (Number.isInteger(width) && width >= 1 && width <= 32) };
  for (const id of ["seed", "width"]) find(id).ariaInvalid = String(!good[id]);
  if (!good.seed || !good.width) return;
  restart({ seed, widths: film.plan.widths.map(() => width), scaling: find("scaling").value });
  openRestart(false);
  find("seed").value = seed + 1; // another one the next time
}

function openRestart(open) {
  find("restart").hidden = !open;
  find("again").ariaExpanded = String(open);
}

// ---- The link

async function copyLink() {
  if (location.protocol == "about:") return change({ said: "这里是笔记本里的一个框，没有地址可以复制。"
    + "请用 explore(…).save(\"网络.html\") 存成文件，在浏览器里打开它，再复制链接。" });
  const link = `${location.href.split("#")[0]}#${linkText()}`;
  let said = "链接已复制：用同一个文件打开它，看到的就是现在这样。";
  try { history.replaceState(null, "", link); } catch { said = ""; }
  try { await navigator.clipboard.writeText(link); } catch {
    said = "浏览器不让复制，请自己复制地址栏里的地址：现在的样子都在里面。";
  }
  change({ said });
}

function openLink() {
  if (location.hash.length < 2) return;
  try {
    const part = stateFrom(location.hash.slice(1));
    show({ ...part, said: null });
    writeAxes();
  } catch {
    change({ said: "链接不完整，或者不是这个页面的：这里是页面原来的样子。" });
  }
}

// ---- The axes of all maps

function writeAxes() {
  find("across").value = state.axes[0];
  find("up").value = state.axes[1];
  const others = features.length > 2;
  write("held", words.this);
  write("others", others ? `其余特征取${words.this}的数` : "");
  const axis = (name, ends) => {
    const part = document.querySelector(name);
    part.replaceChildren();
    for (const text of ends) make(part, "span", { textContent: text });
  };
  const [x, y] = state.axes, ends = i => [low[i], high[i]].map(value => shownTick(value));
  axis(".ticks.across", ends(x));
  axis(".ticks.up", ends(y).reverse());
  find("marks").ariaLabel = `大图：横轴${features[x].name}，纵轴${features[y].name}，每个记号是表里的一行`;
}

const shownTick = value => String(Number(value.toPrecision(3))).replace("-", "−");

function chooseAxis(axis, i) {
  const axes = [...state.axes];
  if (axes[1 - axis] == i) axes[1 - axis] = axes[axis];
  axes[axis] = i;
  change({ axes });
  writeAxes();
}
