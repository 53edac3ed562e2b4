// Families of activations: what is possible and what runs find, as a slider moves along the parameter.

const MEASURES = [
  ["recovered", "recovered features"],
  ["loss", "loss (MSE)"],
  ["llc", "LLC"],
];
const DECADES = 1.3; // a parameter that spans more of them, and is positive, has a logarithmic axis; as in figures

/** Return the family with a name, the first one without. */
function findFamily(name) {
  return study.families.find((family) => family.name === name) ?? study.families[0];
}

/** Offer the families; `chosen(name, at)` is called with a family and the place of one of its values. */
function fillFamilies(chosen) {
  byId("family").append(...study.families.map(({ name, label, parameter }) => new Option(`${label} (${parameter})`, name)));
  byId("family").addEventListener("change", () => chosen(byId("family").value, 0));
  byId("value").addEventListener("input", () => chosen(byId("family").value, Number(byId("value").value)));
}

/** Show a family at one of its values. */
function showFamily(family, at) {
  const { label, parameter, question, limits, values } = family;
  byId("family").value = family.name;
  const slider = byId("value");
  slider.max = values.length - 1;
  slider.value = at;
  const text = `${parameter} = ${tickText(values[at])}`;
  slider.setAttribute("aria-valuetext", text);
  byId("value-text").textContent = text;
  byId("question").textContent = question;
  const named = Object.entries(limits).map(([name, value]) => `${name} at ${parameter} = ${tickText(value)}`);
  byId("limits").textContent = named.length ? `It contains or approaches ${listing(named)}.` : "";
  coloured(byId("families"), family.family);
  byId("family-values").replaceChildren(familyTable(family, at));
  byId("family-charts").replaceChildren(...MEASURES.map(([name]) => element("div", { class: name })));
  MEASURES.forEach(([name, title], i) => {
    const drawn = drawMeasure(byId("family-charts").children[i], family, name, title, i === MEASURES.length - 1);
    const { root, px, inner } = drawn;
    const place = rounded(px(drawn.place(values[at])));
    root.append(svg("path", { class: "cursor", d: `M${place} ${inner.top}V${inner.bottom}` }));
    root.addEventListener("pointerdown", (event) => {
      const x = event.clientX - root.getBoundingClientRect().left;
      const distances = values.map((value) => Math.abs(px(drawn.place(value)) - x));
      slider.value = distances.indexOf(Math.min(...distances));
      slider.dispatchEvent(new Event("input"));
    });
  });
  byId("families").querySelector("h2").textContent = `${label}: a dial named ${parameter}`;
}

/** Draw a measure against the parameter: the best possible as a line, runs as dots, their median as a thin line. */
function drawMeasure(box, family, name, title, isLast) {
  const { values, runs, best, medians, parameter, limits } = family;
  const isLog = Math.min(...values) > 0 && Math.log10(Math.max(...values) / Math.min(...values)) > DECADES;
  const place = isLog ? Math.log10 : (value) => value;
  const ends = roomy(values.map(place), 0.04);
  const places = isLog ? logTicks(...ends) : ticks(...ends, 5);
  const line = best[name] ?? [];
  const range = name === "recovered" ? [-0.5, Math.max(1, ...line, ...runs[name].flat()) + 0.5] : roomy([0, ...line, ...runs[name].flat(), ...medians[name][0]], 0.04);
  const wholes = (at) => name !== "recovered" || Number.isInteger(at);
  const drawn = chart(box, {
    height: isLast ? 186 : 150,
    room: [8, 12, isLast ? 44 : 8, 60],
    x: { range: ends, ticks: isLast ? marks(places).map(([value, text]) => [place(value), text]) : [], title: isLast ? parameter : "" },
    y: { range, ticks: marks(ticks(...range, 4).filter(wholes)), title },
    label: `${title} against ${parameter}: ${line.length ? "the best possible as a line, " : ""}runs as dots.`,
  });
  const { root, px, py, inner } = drawn;
  for (const value of new Set(Object.values(limits)))
    if (!isLog || value > 0) {
      const x = rounded(px(place(value)));
      if (x >= inner.left && x <= inner.right) root.append(svg("path", { class: "grid", d: `M${x} ${inner.top}V${inner.bottom}` }));
    }
  if (name === "recovered") drawShares(drawn, values.map(place), runs[name]);
  else
    runs[name].forEach((some, i) => {
      const points = some.filter((value) => value !== null).map((value) => [px(place(values[i])), py(value)]);
      root.append(svg("path", { d: dotsPath(points), class: "runs" }));
    });
  const pixels = (column) => column.map((value, i) => (value === null ? null : [px(place(values[i])), py(value)]));
  root.append(svg("path", { d: linePath(pixels(medians[name][0])), class: "line median" }));
  const known = name === "recovered" ? withJumps(family) : line.map((value, i) => [values[i], value]);
  const possible = known.map(([value, y]) => (y === null ? null : [px(place(value)), py(y)]));
  root.append(svg("path", { d: linePath(possible, { steps: name === "recovered" }), class: "line best" }));
  return { ...drawn, place };
}

/** Return the most recovered features of best answers, in order of values, those on both sides of every jump among them. */
function withJumps({ values, best, jumps }) {
  const points = values.map((value, i) => [value, best.recovered[i]]);
  for (const [low, high, before, after] of jumps) points.push([low, before], [high, after]);
  return points.sort(([a], [b]) => a - b);
}

/** Draw how many of a value's runs recover how many features, as the area of dots. */
function drawShares({ root, px, py }, places, runs) {
  runs.forEach((some, i) => {
    for (const recovered of new Set(some)) {
      const share = some.filter((value) => value === recovered).length / some.length;
      const dot = svg("circle", { cx: rounded(px(places[i])), cy: rounded(py(recovered)), r: rounded(8 * Math.sqrt(share)), class: "share" });
      dot.append(svg("title", {}, `${Math.round(100 * share)} % of ${plural(some.length, "run")}: ${recovered} recovered`));
      root.append(dot);
    }
  });
}

/** Return what is possible and what runs find at one value. */
function familyTable({ parameter, values, best, medians, runs, jumps }, at) {
  const rows = MEASURES.map(([name, title]) => {
    const [middle, low, high] = medians[name].map((column) => column[at]);
    const show = name === "recovered" ? count : number;
    const known = runs[name][at].filter((value) => value !== null).length;
    const interval = low === null || high === null ? "" : ` [${show(low)}, ${show(high)}]`;
    const possible = best[name] ? show(best[name][at]) : MISSING;
    return [element("th", { scope: "row" }, title), possible, `${show(middle)}${interval}`, String(known)];
  });
  const near = jumps.map(([low, high, before, after]) => `${before} → ${after} between ${number(low)} and ${number(high)}`);
  const caption = `At ${parameter} = ${tickText(values[at])}`;
  const made = table(["Measure", "Best possible", `Median [${study.confidence} interval]`, "Runs"], rows, caption);
  const jumped = near.length ? `The best possible number of recovered features changes: ${near.join("; ")}.` : "";
  return element("div", {}, made, element("p", {}, jumped));
}
