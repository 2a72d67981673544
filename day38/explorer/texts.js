// Everything that is written: numbers at the units, scores, the row, and one sum in full.

const percent = share => (100 * share).toFixed(1) + "%";
const bothNames = ({ name, english }) => english ? `${name} ${english}` : name;
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 });

// A number in a few characters: −0.53, 12.1, 4.2e6.
function shown(value) {
  const size = Math.abs(value);
  if (size >= 1e5) return value.toExponential(1).replace("+", "").replace("-", "−");
  if (size < 0.005) return "0.00";
  return (size >= 100 ? value.toFixed(0) : short.format(value)).replace("-", "−");
}

// Texts are only touched where they change: that costs the least.
function writeTo(element, text) {
  if (element.shownText === text) return;
  element.shownText = text;
  element.textContent = text;
}
const write = (id, text) => writeTo(find(id), text ?? "");

const unitName = (layer, place) =>
  state.run.plan.widths.length > 1 ? `h${layer + 1}-${place + 1}` : `h${place + 1}`;
const busy = () => Boolean(playing || job);

function writeNetwork(answer, judged) {
  inputs.forEach(({ feature, field, slider }) => {
    slider.value = state.row[feature];
    if (field == document.activeElement) return; // someone is writing there
    field.value = Number(state.row[feature].toFixed(Math.max(0, decimals[feature] - 3)));
    field.ariaInvalid = false;
  });
  units.forEach((layer, at) => layer.forEach(({ box, value }, unit) => {
    const off = state.off[at].has(unit), dead = judged.dead[at].has(unit);
    const number = answer.hidden[at][unit];
    writeTo(value, off ? "关" : dead && number == 0 ? "死亡" : shown(number));
    box.classList.toggle("dead", dead);
    box.classList.toggle("off", off);
    if (busy()) return; // a screen reader would be told every change
    box.ariaPressed = String(off);
    box.ariaLabel = `关掉隐藏单元 ${unitName(at, unit)}，激活值 ${shown(number)}`
      + (dead ? "，死亡单元" : "");
  }));
  answers.forEach(({ share, bar, logit }, kind) => {
    const text = percent(answer.probabilities[kind]);
    writeTo(share, text);
    if (bar.style.width != text) bar.style.width = text;
    writeTo(logit, "logit " + shown(answer.logits[kind]));
  });
}

function writeScores(judged) {
  const { run, time } = state, { epoch } = frameNow(), anyOff = state.off.some(units => units.size);
  write("loss", judged.loss.train < 1e4 ? judged.loss.train.toFixed(4) : shown(judged.loss.train));
  for (const set of SETS)
    write(set, `${judged.right[set]}/${kinds[set].length} = ${percent(judged.right[set] / kinds[set].length)}`);
  write("next-wrong", `答错的（${judged.wrong.length}）▸`);
  find("next-wrong").disabled = judged.wrong.length == 0;
  write("epoch-text", `第 ${epoch.toLocaleString("en")} 轮`);
  find("epoch").ariaValueText = `第 ${epoch} 轮`;
  find("forth").disabled = time == run.frames.length - 1;
  find("back").disabled = time == 0;
  write("whole", "看全部类别");
  find("whole").disabled = !state.pointed;
  writeChallenge(judged, anyOff);
  writeTraining(run);
  if (!busy()) write("said", state.said ?? `第 ${epoch} 轮，测试集答对 ${judged.right.test}，共 ${kinds.test.length}。`);
  find("said").classList.toggle("seen", Boolean(state.said));
}

function writeTraining(run) {
  if (data.frozen) return;
  write("go", job ? "⏸ 暂停" : "▶ 训练");
  const speed = run.seconds ? Math.round(run.trained / run.seconds).toLocaleString("en") : 0;
  const { exploded } = run;
  const counted = `这里训练了 ${run.trained.toLocaleString("en")} 轮，计算用 ${run.seconds.toFixed(1)} 秒，`
    + `每秒 ${speed} 轮`;
  find("counters").classList.toggle("note", Boolean(exploded));
  write("counters", exploded
    ? `第 ${exploded.epoch.toLocaleString("en")} 轮的损失是 ${shown(exploded.loss)}，训练已经发散，停在这之前。请把学习率调小。`
    : run.trained ? counted : "从左边这一轮的权重接着训练，数和 PyTorch 算的一样。");
}

let mostOff = 0; // the best so far at the challenge

function writeChallenge(judged) {
  const goal = film.right, now = state.off.reduce((sum, units) => sum + units.size, 0);
  const reached = judged.right.test >= goal;
  if (reached && state.run.plan == film.plan) mostOff = Math.max(mostOff, now);
  write("challenge", `挑战：关掉尽量多的单元，测试集仍答对 ${goal} ${words.count}。`
    + `现在关 ${now} 个，答对 ${judged.right.test} ${words.count}${now ? (reached ? " ✓" : " ✗") : ""}；`
    + `最好 ${mostOff} 个。`);
}

function writeRow(answer) {
  const { chosen, row } = state, problem = rangeProblem(row);
  const best = largestPlace(answer.probabilities);
  find("choice").value = chosen ? rows.indexOf(chosen) : -1;
  write("answer", bothNames(classes[best]));
  const changed = chosen && row.some((value, i) => value != chosen.values[i]);
  write("truth", !chosen ? "" : changed ? "数已改动，不再是表里的那一行。"
    : `真实的类别：${bothNames(classes[chosen.kind])}`
      + (best == chosen.kind ? " ✓ 答对" : " ✗ 答错"));
  if (!busy()) write("warning", problem && "这个答案不可信：" + problem);
  document.documentElement.classList.toggle("doubtful", Boolean(problem));
}

// ---- The sum of one neuron, in numbers that can be changed

const MOST_TERMS = 10; // more are added up in one line

function writeSum(answer) {
  const { run, node: { layer, place } } = state, { plan } = run, { numbers } = frameNow();
  const at = plan.linear[layer], { inputs: count, weights, biases } = plan.steps[at];
  const given = answer.room.given[at], weightAt = i => weights + place * count + i;
  const terms = Array.from({ length: count }, (_, i) => i);
  const size = i => Math.abs(numbers[weightAt(i)] * given[i]);
  if (count > MOST_TERMS) terms.sort((one, other) => size(other) - size(one));
  const told = terms.slice(0, count > MOST_TERMS ? MOST_TERMS - 1 : count);
  const rest = terms.slice(told.length);
  const lines = told.map(i => ({ at: weightAt(i), cells:
    [layer ? unitName(layer - 1, i) : features[i].name, shown(given[i]), "", shown(numbers[weightAt(i)] * given[i])] }));
  if (rest.length) lines.push({ cells: [`其余 ${rest.length} 项`, "", "",
    shown(rest.reduce((sum, i) => sum + numbers[weightAt(i)] * given[i], 0))] });
  lines.push({ at: biases + place, cells: ["偏置 bias", "", "", shown(numbers[biases + place])] });
  lines.push(...resultLines(answer, layer, place));
  fillTable(lines, numbers);
  write("sum-title", `${layer < plan.widths.length ? unitName(layer, place) : bothNames(classes[place])} 怎样算出来`);
  write("source", layer ? "来自" : "归一化后");
  write("note", layer < plan.widths.length ? noteOn(answer, layer, place) : "");
}

const RESULTS = { relu: "ReLU", leaky_relu: "LeakyReLU", tanh: "tanh", sigmoid: "sigmoid",
  affine: "BatchNorm" };

// What comes after the sum: each step up to the next Linear, or the probability.
function resultLines({ room, probabilities }, layer, place) {
  const { plan } = state.run, ends = plan.linear[layer + 1] ?? plan.steps.length, lines = [];
  for (let at = plan.linear[layer]; at < ends; at += 1) {
    const name = RESULTS[plan.steps[at].kind];
    lines.push({ result: true, cells: [name ? `→ ${name}` : "合计", "", "", shown(room.values[at + 1][place])] });
  }
  if (layer == plan.widths.length)
    lines.push({ result: true, cells: ["softmax 概率", "", "", percent(probabilities[place])] });
  else if (state.off[layer].has(place))
    lines.push({ result: true, cells: ["已关掉，传出", "", "", "0"] });
  return lines;
}

// Lines are kept, so that a field in which someone writes stays where it is.
function fillTable(lines, numbers) {
  const body = find("rows");
  while (body.rows.length > lines.length) body.deleteRow(-1);
  lines.forEach(({ at, cells, result }, place) => {
    const line = body.rows[place] ?? newLine(body);
    line.className = result ? "result" : "";
    cells.forEach((text, i) => { if (i != 2) writeTo(line.cells[i], text); });
    const { field } = line;
    field.hidden = at === undefined;
    if (field == document.activeElement) return;
    field.at = at;
    field.ariaLabel = `${cells[0]}的权重`.replace("偏置 bias的权重", "偏置 bias");
    field.ariaInvalid = false;
    const text = at === undefined ? "" : shown(numbers[at]);
    if (field.value != text) field.value = text;
  });
}

function newLine(body) {
  const line = body.insertRow();
  for (let i = 0; i < 4; i += 1) line.insertCell();
  line.field = make(line.cells[2], "input", { className: "field", inputMode: "decimal" });
  line.field.addEventListener("change", ({ target }) => {
    const value = readNumber(target.value), good = Math.abs(value) <= LARGEST_WEIGHT;
    target.ariaInvalid = String(!good);
    if (good && target.value != shown(frameNow().numbers[target.at])) editWeight(target.at, value);
  });
  line.field.addEventListener("blur", () => change({}));
  return line;
}

function noteOn(answer, layer, place) {
  const fires = answer.hidden[layer][place] != 0;
  if (judgedNow.dead[layer].has(place)) {
    const known = `死亡单元（dead unit）：对训练集的这 ${kinds.train.length} ${words.count}，合计都不大于 0，`
      + "ReLU 之后全是 0，关掉它，这些答案都不会变。";
    return fires ? `${known}但${words.this}的数不一样，它在这里不是 0。` : known;
  }
  return state.off[layer].has(place) ? "它已关掉，传给下一层的是 0。再点一下就打开。" : "";
}
