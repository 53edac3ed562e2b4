// The state of the page: two runs, a step and a verdict. The address after # keeps it, so that a view can be linked.

const FRAME = 60; // milliseconds between recorded steps while playing
const PAUSE = 300; // milliseconds without change before the address is written and values are read out

const presetsOf = ({ training, sampler }) => ({ training, sampler });
const start = { ...presetsOf(protocols[0]), seed: study.seeds[0] };
const state = {
  a: { ...start, activation: study.activations[0].name },
  b: { ...start, activation: study.activations[Math.min(1, study.activations.length - 1)].name },
  step: allSteps.at(-1),
  compare: true,
  verdict: null,
};

const panels = Object.fromEntries(
  ["a", "b"].map((letter) => [letter, new Panel(letter, (choice) => choose(letter, choice), goTo)]),
);
const slider = byId("step");
slider.max = allSteps.length - 1;

/** Return the choice that an address names, as far as the study has it. */
function parseChoice(text, otherwise) {
  const [training, sampler, activation, seed] = (text ?? "").split(",");
  return {
    ...presetsOf(findProtocol({ training, sampler }) ?? otherwise),
    activation: activations.has(activation) ? activation : otherwise.activation,
    seed: study.seeds.includes(Number(seed)) ? Number(seed) : otherwise.seed,
  };
}

/** Take over the state that the address names; a verdict alone brings the runs that it compares. */
function readAddress() {
  const named = new URLSearchParams(location.hash.slice(1));
  for (const letter of ["a", "b"]) state[letter] = parseChoice(named.get(letter), state[letter]);
  if (named.has("step") && Number.isFinite(Number(named.get("step")))) state.step = Number(named.get("step"));
  if (named.has("a")) state.compare = named.has("b");
  const [id, training, sampler] = (named.get("verdict") ?? "").split(",");
  state.verdict = findVerdict({ id, training, sampler }) ?? null;
  if (state.verdict && !named.has("a")) showRunsOf(state.verdict);
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
  state.step = allSteps.at(-1);
}

/** Return the address of the state. */
function address() {
  const choice = ({ training, sampler, activation, seed }) => [training, sampler, activation, seed].join(",");
  const parts = [`a=${choice(state.a)}`];
  if (state.compare) parts.push(`b=${choice(state.b)}`);
  parts.push(`step=${state.step}`);
  if (state.verdict) parts.push(verdictLink(state.verdict).slice(1));
  return `#${parts.join("&")}`;
}

/** Write the address and read out the values, once nothing has changed for a moment. */
function settle() {
  clearTimeout(settle.waiting);
  settle.waiting = setTimeout(() => {
    history.replaceState(null, "", address());
    const shown = state.compare ? [panels.a, panels.b] : [panels.a];
    byId("panels").setAttribute("aria-busy", "false");
    byId("announcement").textContent = [
      `Step ${stepText(state.step)}.`,
      ...shown.map((panel) => panel.sentence()),
    ].join(" ");
  }, PAUSE);
}

function choose(letter, choice) {
  state[letter] = choice;
  panels[letter].choose(choice);
  move();
}

/** Show a run of a verdict's activation in a panel. */
function pick(letter, activation, seed) {
  if (letter === "b" && !state.compare) setCompare(true);
  choose(letter, { ...state[letter], activation, seed: seed ?? state[letter].seed });
}

/** Go to a step. */
function goTo(step) {
  state.step = step;
  move();
}

/** Show the step of the state in both panels, at most once per frame. */
function move() {
  byId("panels").setAttribute("aria-busy", "true");
  cancelAnimationFrame(move.waiting);
  move.waiting = requestAnimationFrame(drawStep);
}

function drawStep() {
  const i = nearest(allSteps, state.step);
  const last = allSteps.at(-1);
  slider.value = i;
  slider.setAttribute("aria-valuetext", `step ${stepText(allSteps[i])} of ${stepText(last)}`);
  byId("step-text").textContent = `${stepText(allSteps[i])} of ${stepText(last)}`;
  const shown = state.compare ? [panels.a, panels.b] : [panels.a];
  for (const part of document.querySelectorAll(".key .initial")) {
    part.hidden = !shown.some((panel) => panel.preset.nInitial);
  }
  const largest = Math.max(...shown.map((panel) => panel.extent));
  for (const panel of shown) panel.move(state.step, byId("same-scale").checked ? largest : panel.extent);
  settle();
}

function setCompare(compare) {
  state.compare = compare;
  byId("compare").checked = compare;
  panels.b.element.hidden = !compare;
  byId("panels").classList.toggle("single", !compare);
}

/** Show the whole state. */
function show() {
  byId("evidence").hidden = !state.verdict;
  if (state.verdict) showEvidence(state.verdict, pick);
  setCompare(state.compare);
  for (const letter of ["a", "b"]) panels[letter].choose(state[letter]);
  move();
}

/** Bring an element into view, with the focus on its title. */
function visit(element, title) {
  element.scrollIntoView();
  title.focus({ preventScroll: true });
}

function stop() {
  clearInterval(stop.playing);
  stop.playing = null;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
}

/** Play from the step that is shown, or from the start if it is the last. */
function play() {
  if (stop.playing) return stop();
  if (Number(slider.value) === allSteps.length - 1) goTo(allSteps[0]);
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  stop.playing = setInterval(() => {
    const next = nearest(allSteps, state.step) + 1;
    if (next >= allSteps.length) stop();
    else goTo(allSteps[next]);
  }, FRAME);
}

function showTexts() {
  const { seeds, training } = study;
  const shown = seeds.length < study.nSeeds ? ` (the first ${seeds.length} are shown)` : "";
  byId("about").textContent =
    `${plural(study.activations.length, "output activation")}, ${plural(study.nSeeds, "seed")}${shown}, ` +
    `${named("protocol", protocols.map(protocolText))}. ` +
    "Choose runs, drag through their training, or start from a verdict and look at what it rests on.";
  const steps = Object.values(training).map((preset) => preset.steps.length);
  const facts = { confidence: study.confidence, steps: steps.join(" and "), units: study.units, commit: study.commit };
  for (const place of document.querySelectorAll("[data-fact]")) place.textContent = facts[place.dataset.fact];
}

slider.addEventListener("input", () => {
  stop();
  goTo(allSteps[slider.value]);
});
byId("play").addEventListener("click", play);
byId("compare").addEventListener("change", (event) => {
  setCompare(event.target.checked);
  for (const panel of Object.values(panels)) drawCurves(panel);
  move();
});
byId("same-scale").addEventListener("change", move);
byId("close").addEventListener("click", () => {
  state.verdict = null;
  byId("evidence").hidden = true;
  visit(byId("runs"), byId("runs-title"));
  settle();
});
byId("back").addEventListener("click", () => {
  const link = document.querySelector(`#tables a[href="${verdictLink(state.verdict)}"]`);
  link.scrollIntoView({ block: "center" });
  link.focus({ preventScroll: true });
});
for (const link of document.querySelectorAll("nav a")) {
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address belongs to the state
    const part = byId(link.getAttribute("href").slice(1));
    visit(part, part.querySelector("h2"));
  });
}
window.addEventListener("hashchange", () => {
  readAddress();
  show();
  if (state.verdict) visit(byId("evidence"), byId("evidence-title"));
});

showTexts();
showVerdicts();
readAddress();
show();
if (state.verdict) visit(byId("evidence"), byId("evidence-title"));
