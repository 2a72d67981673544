// The lines between the units: signed by colour, sized by weight, or by what they carry.

const LEVELS = 12; // of thickness; lines of one level are drawn together
const spots = { left: [], right: [], size: null }; // where the lines begin and end, in the network

// Where everything is; asked only when the layout may have changed, because asking is slow.
function measureNetwork() {
  const box = find("network").getBoundingClientRect();
  const spot = (element, side) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return [(side == "left" ? left : right) - box.left, (top + bottom) / 2 - box.top];
  };
  const layers = [...units, answers];
  spots.left = layers.map(layer => layer.map(({ map }) => spot(map, "left")));
  spots.right = [inputs, ...units].map((layer, at) => layer.map(({ box, map }) =>
    at ? [spot(box, "right")[0], spot(map)[1]] : spot(box, "right")));
  spots.size = { width: box.width, height: box.height };
  spots.side = find("marks").getBoundingClientRect().width;
}

// Every line: from where to where, how large, and whether it is pointed at.
function listEdges(answer) {
  const { run, node, pointed, carried, off } = state, { plan } = run, { numbers } = frameNow();
  const edges = [];
  plan.linear.forEach((at, layer) => {
    const { inputs: count, outputs, weights } = plan.steps[at];
    const sources = layer ? [...Array(count).keys()] : inputs.map(({ feature }) => feature);
    for (let target = 0; target < outputs; target += 1)
      sources.forEach((source, place) => {
        const weight = numbers[weights + target * count + source];
        const into = node.layer == layer && node.place == target;
        const outOf = layer > 0 && node.layer == layer - 1 && node.place == source;
        edges.push({
          from: spots.right[layer][place], to: spots.left[layer][target],
          value: carried ? weight * answer.room.given[at][source] : weight,
          into: pointed && into, outOf: pointed && outOf,
          off: off[layer]?.has(target) || off[layer - 1]?.has(source),
        });
      });
  });
  return edges;
}

function addCurve(path, [x1, y1], [x2, y2]) {
  const middle = (x1 + x2) / 2;
  path.moveTo(x1, y1);
  path.bezierCurveTo(middle, y1, middle, y2, x2, y2);
}

// Returns how much the thickest line stands for.
function drawEdges(answer, heaviest) {
  const context = prepare(find("edges"), spots.size), edges = listEdges(answer);
  let limit = heaviest;
  if (state.carried) limit = edges.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0) || 1;
  const groups = Array.from({ length: 2 * LEVELS }, () => ({ plain: null, faint: null }));
  for (const { from, to, value, into, outOf, off } of edges) {
    const size = Math.min(1, Math.abs(value) / limit), level = Math.ceil(size * LEVELS) - 1;
    if (level < 0 || !from || !to) continue;
    const kind = off || (state.pointed && !into && !outOf) ? "faint" : "plain";
    addCurve(groups[2 * level + (value < 0)][kind] ??= new Path2D(), from, to);
  }
  const crowd = Math.min(1, Math.sqrt(400 / edges.length)); // many lines are drawn thinner
  groups.forEach(({ plain, faint }, at) => { // the thinnest first
    const size = (Math.floor(at / 2) + 0.6) / LEVELS;
    context.strokeStyle = color(at % 2 ? "negative" : "positive");
    context.lineWidth = 6.5 * size * crowd;
    context.globalAlpha = 0.07;
    if (faint) context.stroke(faint);
    context.globalAlpha = (0.25 + 0.6 * size) * crowd;
    if (plain) context.stroke(plain);
  });
  context.globalAlpha = 1;
  const told = edges.filter(({ into, outOf }) => into || outOf);
  if (told.length <= 24) for (const edge of told) labelEdge(context, edge);
  return limit;
}

// The number stands where the fan of lines is open.
function labelEdge(context, { from, to, value, into }) {
  if (!from || !to || to[0] - from[0] < 60) return; // no room on a phone; the table has them, too
  const t = into ? 0.3 : 0.72; // a place along the Bézier curve
  const x = from[0] + (to[0] - from[0]) * (1.5 * t * (1 - t) + t ** 3);
  const y = from[1] + (to[1] - from[1]) * (3 * t ** 2 - 2 * t ** 3);
  Object.assign(context, { font: `12px ${style.fontFamily}`, textAlign: "center",
    textBaseline: "middle", lineWidth: 4, lineJoin: "round", strokeStyle: color("paper"),
    fillStyle: color("ink") });
  context.strokeText(shown(value), x, y);
  context.fillText(shown(value), x, y);
}
