// How charts are drawn: as SVG whose colours are in the style sheet, so that they follow the colour scheme.

/** Return an SVG element with attributes and children. */
function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Return a step's place on the axis of steps: decades of step + 1. */
const time = (step) => Math.log10(step + 1);

/** Return a function from values between two ends to pixels between two others. */
function scaled([low, high], [from, to]) {
  const unit = (to - from) / (high - low || 1);
  return (value) => from + (value - low) * unit;
}

const rounded = (value) => Math.round(value * 100) / 100;

/** Return the path of a line through points in pixels, broken where one is null; as steps if asked for. */
function linePath(points, { steps = false } = {}) {
  let path = "";
  let before = null;
  for (const point of points) {
    if (point) {
      const [x, y] = point.map(rounded);
      path += before === null ? `M${x} ${y}` : steps ? `H${x}V${y}` : `L${x} ${y}`;
    }
    before = point;
  }
  return path;
}

/** Return the path of dots: strokes without length, which round caps make visible. */
function dotsPath(points) {
  return points.map(([x, y]) => `M${rounded(x)} ${rounded(y)}h0`).join("");
}

/** Return round numbers between two ends, about so many. */
function ticks(low, high, about = 5) {
  const rough = (high - low || 1) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/** Return a tick's text: without digits that only rounding has left, a power of ten beyond 0.001 and 10,000. */
function tickText(value) {
  const size = Math.abs(value);
  if (size && (size < 1e-3 * 0.999 || size > 1e4 * 1.001)) return number(value).replace(/\.00·|1\.00·/, "·").replace(/^·|^1·/, "");
  return Number(value.toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 4 }).replace("-", "−");
}

/** Return values as ticks of an axis of logarithms: powers of ten, with 2 and 5 over few decades. */
function logTicks(low, high) {
  const decades = high - low;
  if (decades < 0.7) return ticks(10 ** low, 10 ** high, 4);
  const every = Math.ceil(decades / 6);
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  const digits = decades < 2 ? [1, 2, 5] : [1];
  return powers
    .filter((power) => power % every === 0)
    .flatMap((power) => digits.map((digit) => digit * 10 ** power))
    .filter((value) => Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9);
}

const LETTER = 6.4; // width of a letter of an axis in pixels, on average

/**
 * Return an empty chart of an element's width: its root, and functions from values to pixels.
 * `x` and `y` have ends (`range`), `ticks` as [value, text] and a `title`; `room` is what lies around, in pixels.
 */
function chart(box, { height, room, x, y, label, grid = false }) {
  const width = Math.max(box.clientWidth || 600, 200);
  const [top, right, bottom, left] = room;
  const px = scaled(x.range, [left, width - right]);
  const py = scaled(y.range, [height - bottom, top]);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
  root.append(axis("x", x, px, { top, bottom: height - bottom, left, right: width - right, grid }));
  root.append(axis("y", y, py, { top, bottom: height - bottom, left, right: width - right, grid }));
  box.replaceChildren(root);
  return { root, px, py, width, height, inner: { top, bottom: height - bottom, left, right: width - right } };
}

/** Return an axis with ticks, texts and title. */
function axis(kind, { ticks: marks = [], title = "" }, place, { top, bottom, left, right, grid }) {
  const across = kind === "x";
  const line = across ? `M${left} ${bottom}H${right}` : `M${left} ${top}V${bottom}`;
  const made = svg("g", { class: "axis", "aria-hidden": "true" }, svg("path", { d: line }));
  let end = -Infinity;
  for (const [value, text] of marks) {
    const at = rounded(place(value));
    if (grid)
      made.append(svg("path", { class: "grid", d: across ? `M${at} ${top}V${bottom}` : `M${left} ${at}H${right}` }));
    made.append(svg("path", { d: across ? `M${at} ${bottom}v4` : `M${left} ${at}h-4` }));
    if (across && at - (text.length * LETTER) / 2 < end) continue; // no room for this text
    end = at + (text.length * LETTER) / 2 + 4;
    const where = across
      ? { x: at, y: bottom + 16, "text-anchor": "middle" }
      : { x: left - 7, y: at + 4, "text-anchor": "end" };
    made.append(svg("text", where, text));
  }
  if (title && across) made.append(svg("text", { x: right, y: bottom + 33, "text-anchor": "end", class: "title" }, title));
  if (title && !across) {
    const turned = `translate(13 ${(top + bottom) / 2}) rotate(-90)`;
    made.append(svg("text", { transform: turned, "text-anchor": "middle", class: "title" }, title));
  }
  return made;
}

/** Return marks of an axis from values. */
const marks = (values, text = tickText) => values.map((value) => [value, text(value)]);
