// The verdict tables, and the evidence behind one verdict.

const everyVerdict = Object.values(study.verdicts).flat();

/** Return the verdict on a statement under a protocol, undefined where there is none. */
function findVerdict({ id, training, sampler }) {
  return everyVerdict.find((row) => row.id === id && row.training === training && row.sampler === sampler);
}

/** Return the link to the evidence of a verdict. */
function verdictLink({ id, training, sampler }) {
  return `#verdict=${[id, training, sampler].join(",")}`;
}

/** Return an element on the colour of a verdict. */
function filled(made, verdict) {
  made.style.setProperty("--fill", study.fills[verdict] ?? "transparent");
  return made;
}

/** Return a table cell with a verdict as word and colour. */
function verdictCell(verdict, ...content) {
  return filled(element("td", { class: "verdict" }, ...content), verdict);
}

/** Return a table with a heading row and rows of cells: texts or elements. */
function table(headings, rows, caption) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const cell = (content) => (content instanceof HTMLTableCellElement ? content : element("td", {}, content));
  const body = rows.map((row) => element("tr", {}, ...row.map(cell)));
  const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  if (caption) made.prepend(element("caption", {}, caption));
  return made;
}

const TITLES = { claims: "Statements of the post", prior_work: "Findings of prior work" };

/** Show all verdicts: statements as rows, protocols as columns, every cell a link to its evidence. */
function showVerdicts() {
  for (const [name, rows] of Object.entries(study.verdicts)) {
    const shown = [...new Set(rows.map((row) => row.id))].map((id) => [
      element("th", { scope: "row" }, id),
      study.statements[id].text,
      ...protocols.map((protocol) => linkedVerdict(findVerdict({ id, ...protocol }))),
    ]);
    const made = table(["Id", "Statement", ...protocols.map(protocolText)], shown, TITLES[name]);
    for (const line of made.querySelectorAll("tbody tr"))
      protocols.forEach((protocol, i) => line.cells[i + 2].setAttribute("data-protocol", protocolText(protocol)));
    byId("tables").append(
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": TITLES[name] }, made),
    );
  }
}

function linkedVerdict(row) {
  if (!row) return element("td", { class: "verdict" }, MISSING);
  const label = `${row.verdict}, ${row.numbers || "no value"}: evidence for ${row.id}, ${protocolText(row)}`;
  const link = element(
    "a",
    { href: verdictLink(row), "aria-label": label },
    element("b", {}, row.verdict),
    element("span", {}, row.numbers || MISSING),
    smallInterval(row),
  );
  return verdictCell(row.verdict, link);
}

/** Show the evidence of a verdict. `pick(letter, activation, seed)` shows a run of it. */
function showEvidence(row, pick) {
  const about = study.statements[row.id];
  byId("evidence-title").textContent = `${row.id}: ${about.text}`;
  byId("sentence").textContent = row.fresh ? `${row.sentence} On fresh seeds: ${row.fresh}.` : row.sentence;
  byId("protocols").replaceChildren(...protocols.flatMap((protocol) => protocolChip(row, protocol)));
  showConcerned(about, pick);
  showComparisons(row, pick);
  showVariants(row);
  drawComparisons(byId("forest"), row);
  drawValues(byId("charts"), row, about, pick);
}

function protocolChip(row, protocol) {
  const judged = findVerdict({ id: row.id, ...protocol });
  if (!judged) return [];
  const chip = element(
    "a",
    { href: verdictLink(judged) },
    `${protocolText(protocol)}: `,
    element("b", {}, judged.verdict),
  );
  if (judged === row) chip.setAttribute("aria-current", "true");
  return [filled(chip, judged.verdict)];
}

function showConcerned(about, pick) {
  const chips = (names, letter) =>
    names.map((name) => {
      const { label, family } = activations.get(name);
      const chip = element("button", { type: "button", title: `Show as run ${letter.toUpperCase()}` }, label);
      chip.addEventListener("click", () => pick(letter, name));
      return coloured(chip, family);
    });
  const parts = about.subjects.length
    ? ["About", ...chips(about.subjects, "a")]
    : ["Its activations are not in this study."];
  if (about.comparators.length) parts.push("compared with", ...chips(about.comparators, "b"));
  byId("concerned").replaceChildren(...parts);
}

function showComparisons(row, pick) {
  const named = (part) => {
    if (!part.pair.length) return part.name;
    const button = element("button", { type: "button", class: "link", title: "Show these runs" }, part.name);
    button.addEventListener("click", () => part.pair.forEach((name, i) => pick("ab"[i], name)));
    return button;
  };
  const rows = row.comparisons.map((part) => [
    named(part),
    part.numbers,
    String(part.seeds),
    verdictCell(part.verdict, part.verdict),
  ]);
  const caption = `Comparisons: mean over seeds with ${study.confidence} interval; all must hold. ${row.parts}`;
  byId("comparisons").replaceChildren(
    rows.length
      ? table(["Comparison", "Estimate", "Seeds", "Verdict"], rows, caption)
      : "No comparison can be made.",
  );
}

function showVariants(row) {
  const rows = row.variants.map((part) => [part.name, part.numbers, verdictCell(part.verdict, part.verdict)]);
  byId("variants").querySelector("summary").textContent =
    `Other ways of judging it: ${row.agree} give the same verdict`;
  byId("variants")
    .querySelector("div")
    .replaceChildren(table(["Variant", "Estimate", "Verdict"], rows));
}
