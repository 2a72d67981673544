// The iris of Iris: three sepals and three petals, as long and as wide as the row says.

extras.push(([sepalLength, sepalWidth, petalLength, petalWidth]) => {
  const leaf = (length, width) => `M0 0C${width} ${-length * 0.35} ${width} ${-length} 0 ${-length}`
    + `C${-width} ${-length} ${-width} ${-length * 0.35} 0 0Z`;
  const size = (value, most) => Math.min(Math.max(value, 0.1), most);
  const draw = (id, d, angles) => {
    const part = find(id);
    while (part.children.length < 3)
      svgPart(part, "path", { transform: `rotate(${angles[part.children.length]})` });
    for (const path of part.children) path.setAttribute("d", d);
  };
  draw("sepals", leaf(7 * size(sepalLength, 8), 7 * size(sepalWidth, 5)), [180, 60, 300]);
  draw("petals", leaf(7 * size(petalLength, 8), 7 * size(petalWidth, 5)), [0, 120, 240]);
});
