// The state of the page. The address after # keeps it, so that a view can be linked and Back works.

const SECONDS = 8; // of playing from the first change to the end
const PAUSE = 300; // milliseconds without change before the address is written and values are read out
const VIEWS = ["overview", "seeds", "runs", "families", "statements", "notes"];
const FIRST_CHANGE = 0.02; // of the longest direction: what a direction moves before playing starts

const presetsOf = ({ training, sampler }) => ({ training, sampler });
const start = { ...presetsOf(protocols[0]), seed: study.seeds[0] };
const trainings = Object.keys(study.training);
const initial = () => ({
  view: "overview",
  overview: { cloud: trainings[0], shape: protocols.at(-1).training, order: "recovered", search: "" },
  a: { ...start, activation: study.activations[0].name },
  b: { ...start, activation: study.activations[Math.min(1, study.activations.length - 1)].name },
  step: allSteps.at(-1),
  compare: true,
  verdict: null,
  family: study.families[0]?.name ?? null,
  value: 0,
  tour: null,
});
let state = initial();

const panels = Object.fromEntries(
  ["a", "b"].map((letter) => [letter, new Panel(letter, (choice) => choose(letter, choice), goTo)]),
);
const slider = byId("step");
slider.max = allSteps.length - 1;

// --------------------------------------------------------------------------------------------------------- address --

/** Return the choice that an address names, as far as the study has it; what it does not have goes to `unknown`. */
function parseChoice(text, otherwise, unknown) {
  if (text === null) return otherwise;
  const [training, sampler, activation, seed] = text.split(",");
  const protocol = findProtocol({ training, sampler });
  if (!protocol) unknown.push(`protocol “${training}, ${sampler ?? ""}”`);
  if (!activations.has(activation)) unknown.push(`activation “${activation ?? ""}”`);
  if (!study.seeds.includes(Number(seed))) unknown.push(`seed “${seed ?? ""}”`);
  return {
    ...presetsOf(protocol ?? otherwise),
    activation: activations.has(activation) ? activation : otherwise.activation,
    seed: study.seeds.includes(Number(seed)) ? Number(seed) : otherwise.seed,
  };
}

/** Return one of several values that an address names, otherwise another. */
function parseOne(text, known, otherwise, what, unknown) {
  if (text === null) return otherwise;
  if (known.includes(text)) return text;
  unknown.push(`${what} “${text}”`);
  return otherwise;
}

/** Take over the state that the address names; a verdict alone brings the runs that it compares. */
function readAddress() {
  const named = new URLSearchParams(location.hash.slice(1));
  const unknown = [];
  const chosen = (key, known, otherwise, what = key) => parseOne(named.get(key), known, otherwise, what, unknown);
  const before = state;
  state = initial();
  const { overview } = state;
  overview.cloud = chosen("cloud", trainings, overview.cloud, "training");
  overview.shape = chosen("shape", trainings, overview.shape, "training");
  overview.order = chosen("order", Object.keys(ORDERS), overview.order);
  overview.search = named.get("search") ?? "";
  state.step = before.step;
  for (const letter of ["a", "b"]) state[letter] = parseChoice(named.get(letter), before[letter], unknown);
  if (named.has("step")) {
    const step = Number(named.get("step"));
    if (named.get("step") && Number.isFinite(step)) state.step = step;
    else unknown.push(`step “${named.get("step")}”`);
  }
  const namesRuns = named.has("a") && named.get("view") !== "seeds";
  state.compare = namesRuns ? named.has("b") : before.compare;
  state.family = chosen("family", study.families.map(({ name }) => name), state.family);
  const values = findFamily(state.family)?.values ?? [];
  state.value = Math.max(0, values.indexOf(Number(named.get("value"))));
  readVerdict(named, unknown);
  const usual = named.has("verdict") && state.verdict ? "statements" : named.has("a") ? "runs" : "overview";
  state.view = chosen("view", VIEWS, usual);
  if (state.view === "families" && !study.families.length) state.view = usual;
  const tour = Number(named.get("tour")) - 1;
  if (named.has("tour") && showTour.steps[tour]) takeTour(tour, named);
  byId("notice").hidden = !unknown.length;
  byId("notice-text").textContent =
    `This link names what the study does not have: ${listing(unknown)}. Something else is shown instead.`;
}

/** Show a step of the tour; what the address does not name is taken from the step. */
function takeTour(tour, named) {
  const { view, a, verdict } = showTour.steps[tour].state;
  state.tour = tour;
  if (!named.has("view")) state.view = view;
  if (!named.has("a")) Object.assign(state.a, a);
  if (!named.has("verdict")) state.verdict = verdict ?? null;
}

function readVerdict(named, unknown) {
  if (!named.has("verdict")) return;
  const [id, training, sampler] = named.get("verdict").split(",");
  state.verdict = findVerdict({ id, training, sampler }) ?? null;
  if (!state.verdict) unknown.push(`verdict “${named.get("verdict")}”`);
  else if (!named.has("a")) showRunsOf(state.verdict);
}

/** Choose the runs that a verdict is about: those of its deciding comparison, or the first that it names. */
function showRunsOf(row) {
  const about = study.statements[row.id];
  const first = about.aboutAll ? undefined : about.subjects[0];
  const named = row.pair.length ? row.pair : [first, about.aboutAll ? undefined : about.comparators[0]];
  ["a", "b"].forEach((letter, i) => {
    state[letter] = { ...state[letter], training: row.training, sampler: row.sampler };
    if (named[i]) state[letter].activation = named[i];
  });
}

/** Return the address of the state, without what changes while something is moved or typed if `isKey`. */
function address(isKey = false) {
  const choice = ({ training, sampler, activation, seed }) => [training, sampler, activation, seed].join(",");
  const { view, overview } = state;
  const parts = [["view", view]];
  if (view === "overview") {
    const usual = initial().overview;
    for (const key of ["cloud", "shape", "order"]) if (overview[key] !== usual[key]) parts.push([key, overview[key]]);
    if (overview.search && !isKey) parts.push(["search", overview.search]);
  }
  if (view === "seeds" || view === "runs") parts.push(["a", choice(state.a)]);
  if (view === "runs" && state.compare) parts.push(["b", choice(state.b)]);
  if ((view === "seeds" || view === "runs") && !isKey) parts.push(["step", state.step]);
  if (view === "families") parts.push(["family", state.family]);
  if (view === "families" && !isKey) parts.push(["value", findFamily(state.family).values[state.value]]);
  if (view === "statements" && state.verdict) parts.push(verdictLink(state.verdict).slice(1).split("="));
  if (state.tour !== null) parts.push(["tour", state.tour + 1]);
  return `#${parts.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%2C", ",")}`).join("&")}`;
}

/** Write the address: a new entry of the history where more than a step has changed. */
function writeAddress() {
  clearTimeout(settle.waiting);
  const isNew = address(true) !== writeAddress.key;
  if (location.hash !== address()) history[isNew ? "pushState" : "replaceState"](null, "", address());
  writeAddress.key = address(true);
}

/** Write the address and read out the values, once nothing has changed for a moment. */
function settle() {
  document.body.setAttribute("aria-busy", "true");
  clearTimeout(settle.waiting);
  settle.waiting = setTimeout(() => {
    writeAddress();
    document.body.setAttribute("aria-busy", "false");
    if (state.view !== "runs" && state.view !== "seeds") return;
    const sentences = state.view === "runs" ? shownPanels().map((panel) => panel.sentence()) : [];
    byId("announcement").textContent = [`Step ${stepText(state.step)}.`, ...sentences].join(" ");
  }, PAUSE);
}

// ---------------------------------------------------------------------------------------------------------- change --

const shownPanels = () => (state.compare ? [panels.a, panels.b] : [panels.a]);

/** Change the state, show it, and keep it in the history. */
function change(more) {
  stop();
  Object.assign(state, more);
  show();
  writeAddress();
}

/** Go to another view, with the focus on its title. */
function visit(more) {
  change(more);
  focusTitle();
}

function focusTitle() {
  const shown = byId(state.view);
  window.scrollTo(0, 0);
  const evidence = state.view === "statements" && state.verdict;
  (evidence ? byId("evidence-title") : shown.querySelector("h2")).focus({ preventScroll: true });
}

function choose(letter, choice) {
  change({ [letter]: choice });
}

/** Show a run of an activation that a verdict is about. */
function pick(letter, activation, seed) {
  const presets = state.verdict ? presetsOf(state.verdict) : {};
  const run = { ...state[letter], ...presets, activation, seed: seed ?? state[letter].seed };
  visit({ [letter]: run, view: "runs", compare: state.compare || letter === "b" });
}

/** Go to a step. */
function goTo(step) {
  state.step = step;
  move();
}

/** Show the step of the state, at most once per frame. */
function move() {
  document.body.setAttribute("aria-busy", "true");
  cancelAnimationFrame(move.waiting);
  move.waiting = requestAnimationFrame(drawStep);
}

function drawStep() {
  const i = nearest(allSteps, state.step);
  const last = allSteps.at(-1);
  slider.value = i;
  slider.setAttribute("aria-valuetext", `step ${stepText(allSteps[i])} of ${stepText(last)}`);
  byId("step-text").textContent = `${stepText(allSteps[i])} of ${stepText(last)}`;
  if (state.view === "seeds") moveSeeds(state.a, state.step);
  if (state.view === "runs") {
    const largest = Math.max(...shownPanels().map((panel) => panel.extent));
    for (const panel of shownPanels()) panel.move(state.step, byId("same-scale").checked ? largest : panel.extent);
  }
  settle();
}

/** Show the whole state. */
function show() {
  const { view } = state;
  for (const name of VIEWS) byId(name).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#view=${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId("timeline").hidden = view !== "seeds" && view !== "runs";
  for (const part of document.querySelectorAll("#timeline .check")) part.hidden = view !== "runs";
  showTour(state.tour, goTour);
  SHOW[view]?.();
  move();
}

const SHOW = {
  overview() {
    for (const key of ["cloud", "shape", "order", "search"]) byId(key).value = state.overview[key];
    showOverview(state.overview);
  },
  seeds() {
    showSeeds(state.a, (seed) => visit({ view: "runs", a: { ...state.a, seed }, compare: false }));
  },
  runs() {
    byId("compare").checked = state.compare;
    panels.b.element.hidden = !state.compare;
    byId("panels").classList.toggle("single", !state.compare);
    const shown = shownPanels();
    for (const panel of shown) panel.choose(state[panel.letter.toLowerCase()]);
    for (const part of document.querySelectorAll(".key .initial"))
      part.hidden = !shown.some((panel) => panel.preset.nInitial);
    for (const part of document.querySelectorAll(".key .near"))
      part.hidden = !shown.some((panel) => panel.preset.stages.length);
  },
  families() {
    showFamily(findFamily(state.family), state.value);
  },
  statements() {
    byId("evidence").hidden = !state.verdict;
    if (state.verdict) showEvidence(state.verdict, pick);
  },
};

function goTour(at) {
  if (at === null) return change({ tour: null });
  const { a, ...more } = showTour.steps[at].state;
  change({ verdict: null, ...more, a: { ...state.a, ...a }, tour: at });
  window.scrollTo(0, 0);
  byId("tour-text").focus({ preventScroll: true });
}

// ------------------------------------------------------------------------------------------------------------ play --

function stop() {
  cancelAnimationFrame(stop.playing);
  clearTimeout(stop.waiting);
  stop.playing = stop.waiting = null;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
}

/** Return the place of the last step before the shown runs begin to move. */
function firstChange() {
  const shown = state.view === "runs" ? shownPanels().map(({ choice }) => choice) : study.seeds.map((seed) => ({ ...state.a, seed }));
  const places = shown.flatMap(({ training, activation, seed }) => {
    const preset = study.training[training];
    const run = runIndex(activation, seed);
    const begin = directions(preset, run, 0);
    const most = FIRST_CHANGE * longest(preset, run);
    const moved = (at) => directions(preset, run, at)?.some(([x, y], i) => Math.hypot(x - begin[i][0], y - begin[i][1]) > most);
    const first = begin ? preset.steps.findIndex((_, at) => moved(at)) : -1;
    return first < 0 ? [] : [nearest(allSteps, preset.steps[Math.max(first - 1, 0)])];
  });
  return places.length ? Math.min(...places) : 0;
}

/** Play from the step that is shown, or from the first change if it is the last. */
function play() {
  if (byId("play").getAttribute("aria-pressed") === "true") return stop();
  const last = allSteps.length - 1;
  const from = firstChange();
  let at = Number(slider.value) === last ? from : Number(slider.value);
  goTo(allSteps[at]);
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pace = (1000 * SECONDS) / Math.max(last - from, 1); // milliseconds for a step
  const jump = still ? Math.ceil(1000 / pace) : 1; // without motion: a picture each second
  const began = performance.now();
  const first = at;
  const next = () => {
    const place = first + jump * Math.floor((performance.now() - began) / pace / jump);
    if (place > at) goTo(allSteps[(at = Math.min(place, last))]);
    if (at === last) return stop();
    stop.playing = requestAnimationFrame(next);
  };
  stop.playing = requestAnimationFrame(next);
}

// ---------------------------------------------------------------------------------------------------------- events --

function showTexts() {
  const { training, seeds, allSeeds } = study;
  const recorded = seeds.length < allSeeds.length ? ` (${seeds.length} of them over training)` : "";
  byId("about").textContent =
    `${plural(study.activations.length, "activation")}, ${plural(allSeeds.length, "seed")} each${recorded}, trained ` +
    `${protocols.length === 1 ? "in one way" : `in ${protocols.length} ways`}: ${listing(protocols.map(protocolText))}.`;
  const steps = Object.values(training).map((preset) => preset.steps.length);
  const facts = { confidence: study.confidence, steps: listing([...new Set(steps)].map(String)), units: study.units, commit: study.commit };
  for (const place of document.querySelectorAll("[data-fact]")) place.textContent = facts[place.dataset.fact];
  for (const part of document.querySelectorAll(".families-only")) part.hidden = !study.families.length;
}

/** Copy the address of what is shown; where the browser does not allow it, offer it to be copied by hand. */
async function copyLink() {
  writeAddress();
  const field = byId("link");
  field.value = location.href;
  try {
    await navigator.clipboard.writeText(location.href);
    field.hidden = true;
    byId("copied").textContent = "Link copied.";
  } catch {
    field.hidden = false;
    field.select();
    byId("copied").textContent = "Copy this link:";
  }
}

function listen() {
  slider.addEventListener("input", () => {
    stop();
    goTo(allSteps[slider.value]);
  });
  byId("play").addEventListener("click", play);
  byId("compare").addEventListener("change", (event) => change({ compare: event.target.checked }));
  byId("same-scale").addEventListener("change", move);
  for (const key of ["cloud", "shape", "order"])
    byId(key).addEventListener("change", () => change({ overview: { ...state.overview, [key]: byId(key).value } }));
  byId("search").addEventListener("input", () => {
    state.overview.search = byId("search").value;
    showOverview(state.overview);
    settle();
  });
  for (const select of byId("seeds").querySelectorAll("select"))
    select.addEventListener("change", () => {
      const of = (name) => byId("seeds").querySelector(`.${name}`).value;
      change({ a: { ...state.a, ...presetsOf(protocols[of("protocol")]), activation: of("activation") } });
    });
  byId("close").addEventListener("click", () => {
    const link = verdictLink(state.verdict);
    change({ verdict: null });
    const cell = document.querySelector(`#tables a[href="${link}"]`);
    cell.scrollIntoView({ block: "center" });
    cell.focus({ preventScroll: true });
  });
  byId("show-runs").addEventListener("click", () => {
    showRunsOf(state.verdict);
    visit({ view: "runs", compare: true });
  });
  byId("copy").addEventListener("click", copyLink);
  byId("notice-close").addEventListener("click", () => (byId("notice").hidden = true));
  byId("start-tour").addEventListener("click", () => goTour(0));
  window.addEventListener("hashchange", follow);
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    show();
  });
}

/** Show what the address names after a link, Back or Forward. */
function follow() {
  stop();
  readAddress();
  show();
  writeAddress.key = address(true);
  history.replaceState(null, "", address());
  if (state.tour === null) focusTitle();
}

fillChoices(byId("seeds"));
for (const key of ["cloud", "shape"])
  byId(key).append(...trainings.map((training) => new Option(trainingText(training), training)));
byId("order").append(...Object.entries(ORDERS).map(([key, text]) => new Option(text, key)));
if (study.families.length) fillFamilies((family, value) => (family === state.family ? (Object.assign(state, { value }), show()) : change({ family, value })));
showTour.steps = tourSteps();
showTexts();
showVerdicts();
listen();
readAddress();
show();
writeAddress.key = address(true);
if (state.view === "statements" && state.verdict) focusTitle();
