// The signature figure: all activations, the seeds of each as a cloud beside the run with the median count.

const ORDERS = { recovered: "recovered features", family: "family", label: "name" };

/** Return the mean number of recovered features of an activation's runs; -1 without any. */
const meanRecovered = (training, name) => mean(endsOf(training, name).map(({ recovered }) => recovered)) ?? -1;

/** Return activations in an order. */
function orderedActivations({ order, shape }) {
  const rows = [...study.activations];
  const families = Object.keys(study.colors);
  const means = new Map(rows.map(({ name }) => [name, meanRecovered(shape, name)]));
  if (order === "label") rows.sort((a, b) => a.label.localeCompare(b.label));
  else if (order === "family") rows.sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family));
  else rows.sort((a, b) => means.get(a.name) - means.get(b.name));
  return rows;
}

/** Return the card of an activation: a link to its seeds. */
function card({ name, label, family }, { cloud: left, shape: right }) {
  const [some, others] = [endsOf(left, name), endsOf(right, name)];
  const recovered = (models) => rangeText(models.map((model) => model.recovered));
  const best = bestOf(right, name).recovered;
  const texts = [
    `${trainingText(left)}: ${recovered(some)} recovered features`,
    `${trainingText(right)}: ${recovered(others)}`,
    `best possible: ${count(best)}`,
  ];
  const half = (drawing, text) => element("span", { class: "half" }, drawing, element("small", {}, text));
  const empty = () => element("span", { class: "empty" }, MISSING);
  const hidden = (drawing) => (drawing.setAttribute("aria-hidden", "true"), drawing);
  const made = element(
    "a",
    { class: "card", href: seedsLink(right, name), "aria-label": `${label}. ${texts.join("; ")}.`, "data-name": name },
    element("b", {}, label),
    element(
      "span",
      { class: "pair" },
      half(some.length ? hidden(cloud(some, "")) : empty(), recovered(some)),
      half(others.length ? hidden(portrait(withMedianCount(others), "")) : empty(), recovered(others)),
    ),
    element("small", { class: "best" }, `best ${count(best)}`),
  );
  return coloured(made, family);
}

/** Return the link to the seeds of an activation. */
function seedsLink(training, name) {
  const { sampler } = protocols.find((protocol) => protocol.training === training);
  return `#view=seeds&a=${[training, sampler, name, study.seeds[0]].join(",")}`;
}

/** Show the cards that fit the search. */
function showOverview(overview) {
  const wanted = overview.search.trim().toLowerCase();
  const rows = orderedActivations(overview).filter(({ label, name, family }) =>
    [label, name, family].some((text) => text.toLowerCase().includes(wanted)),
  );
  byId("cards").replaceChildren(...rows.map((row) => card(row, overview)));
  byId("found").textContent = rows.length ? plural(rows.length, "activation") : `No activation fits “${overview.search}”.`;
  byId("summary").textContent = summary(overview);
  byId("cards-guide").textContent =
    `Left: the ends of the features of all ${plural(study.allSeeds.length, "seed")} on one another, ` +
    `${trainingText(overview.cloud)}. Right: the run with the median number of recovered features, ` +
    `${trainingText(overview.shape)}; dashed are features that are not recovered. Below: recovered features, range over ` +
    "seeds, and the most that an answer with the lowest possible loss recovers. Feature 0 points up, every drawing has its own scale. A card leads to its seeds.";
}

/** Return how far seeds differ under the procedures that are shown, in one sentence. */
function summary({ cloud: left, shape: right }) {
  const some = [...new Set([left, right])].map((training) => {
    const spans = study.activations.flatMap(({ name }) => {
      const counts = endsOf(training, name).map(({ recovered }) => recovered);
      return counts.length ? [Math.max(...counts) - Math.min(...counts)] : [];
    });
    return { text: trainingText(training), spans };
  });
  const known = some.filter(({ spans }) => spans.length);
  if (!known.length || study.allSeeds.length === 1) return known.length ? "" : "No run ended with finite weights.";
  const parts = known.map(({ text, spans }, i) => {
    const alike = spans.filter((span) => span === 0).length;
    return `${alike} of ${i ? spans.length : plural(spans.length, "activation")} (${text})`;
  });
  return `All seeds recover equally many features for ${listing(parts)}.`;
}
