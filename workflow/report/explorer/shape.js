// Feature directions of one model, and of many models on one another.

const ROOM = 1.12; // half the side of a square over the longest direction

/** Return the convex hull of directions, the first corner repeated: Andrew's monotone chain. */
function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (ordered) => {
    const chain = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const corners = [...half(sorted), ...half([...sorted].reverse())];
  return corners.length ? [...corners, corners[0]] : sorted.slice(0, 1);
}

/** Return directions turned so that feature 0 points up. */
function upright(W) {
  const [x, y] = W[0];
  const length = Math.hypot(x, y);
  return length ? W.map(([a, b]) => [(y * a - x * b) / length, (x * a + y * b) / length]) : W;
}

const reach = (W) => Math.max(...W.map(([x, y]) => Math.hypot(x, y))) || 1;

/** Return an empty drawing of directions, whose square has sides of length 2. */
function square(label) {
  return svg("svg", { class: "shape", viewBox: "-1 -1 2 2", role: "img", "aria-label": label });
}

/**
 * Draw directions into a square: the polygon of what is recovered filled, its directions as full lines, the rest dashed.
 * `half` is half the side of the square in the units of the directions, `nInitial` the features drawn in ink, `radius` that
 * of a circle for the scale; if `isTitled`, a pointer on an end shows its length.
 */
function drawShape(root, W, isCounted, { half, nInitial = 0, radius = 0, isTitled = false }) {
  const at = ([x, y]) => [x / half, -y / half].map((value) => Number(value.toFixed(4)));
  root.replaceChildren();
  if (radius) root.append(svg("circle", { r: radius / half, class: "reference" }));
  const shown = W.filter((_, i) => isCounted[i]);
  const path = (points) => points.map((point, i) => `${i ? "L" : "M"}${at(point).join(" ")}`).join("");
  root.append(svg("path", { d: path(hull(shown)), class: "hull" }));
  W.forEach((end, i) => {
    const kind = !isCounted[i] ? "uncounted" : i < nInitial ? "initial" : "other";
    const [x, y] = at(end);
    const ray = svg("path", { d: `M0 0L${x} ${y}`, class: `ray ${kind}` });
    const dot = svg("path", { d: `M${x} ${y}h0`, class: `dot ${kind}`, "data-feature": i });
    if (isTitled) dot.append(svg("title", {}, `feature ${i}, length ${number(Math.hypot(...end))}`));
    root.append(ray, dot);
  });
}

/** Return the ends of all features of many models on one another, each model on its own scale. */
function cloud(models, label) {
  const root = square(label);
  const points = models.flatMap(({ W }) => {
    const turned = upright(W);
    const half = ROOM * reach(W);
    return turned.map(([x, y]) => [x / half, -y / half]);
  });
  const path = points.map(([x, y]) => `M${x.toFixed(3)} ${y.toFixed(3)}h0`).join("");
  root.append(svg("path", { d: path, class: "cloud" }));
  return root;
}

/** Return the model with the median number of recovered features, the first of several. */
function withMedianCount(models) {
  const middle = median(models.map(({ recovered }) => recovered));
  const distance = ({ recovered }) => Math.abs(recovered - middle);
  return models.reduce((best, model) => (distance(model) < distance(best) ? model : best), models[0]);
}

/** Return the drawing of one model, feature 0 up, on its own scale. */
function portrait(model, label) {
  const root = square(label);
  drawShape(root, upright(model.W), model.counted, { half: ROOM * reach(model.W) });
  return root;
}

/** Return the largest of the lengths 1, 2 and 5 times a power of ten that fits into a square. */
function referenceRadius(halfSide) {
  const power = 10 ** Math.floor(Math.log10(halfSide));
  return Math.max(...[1, 2, 5].map((factor) => power * factor).filter((radius) => radius <= halfSide));
}
