// A tour of three steps: all activations, the seeds of one, and what becomes of a statement.

/** Return the activation whose seeds differ most in recovered features under a preset, null without any run. */
function mostDivided(training) {
  const spans = study.activations.flatMap(({ name }) => {
    const counts = endsOf(training, name).map(({ recovered }) => recovered);
    return counts.length ? [{ name, counts, span: Math.max(...counts) - Math.min(...counts) }] : [];
  });
  return spans.reduce((most, each) => (!most || each.span > most.span ? each : most), null);
}

/** Return a statement whose verdict changes between two protocols, or else the first that has a verdict. */
function changedStatement(before, after) {
  const both = Object.keys(study.statements).map((id) => [findVerdict({ id, ...before }), findVerdict({ id, ...after })]);
  const decided = ([first, second]) => first && second && first.verdict !== second.verdict;
  const clear = (pair) => decided(pair) && pair.every(({ verdict }) => verdict === "replicated" || verdict === "reversed");
  return both.find(clear) ?? both.find(decided) ?? both.find(([first]) => first) ?? null;
}

/** Return the steps of the tour: a text, and the part of the state that it shows. */
function tourSteps() {
  const [first, last] = [protocols[0], protocols.at(-1)];
  const divided = mostDivided(first.training);
  const steps = [overviewStep(first, last)];
  if (divided) steps.push(seedsStep(divided, first, last));
  const verdicts = changedStatement(first, last);
  if (verdicts) steps.push(statementStep(...verdicts));
  return steps;
}

function overviewStep(first, last) {
  const sides = first === last ? `left all seeds on one another, right one of them (${first.label})` : `left all seeds on one another (${first.label}), right one run (${last.label})`;
  return {
    text: `Every card is an activation: ${sides}. A line from the middle is a feature; a polygon says which features share the space. The cards go from the fewest recovered features to the most.`,
    state: { view: "overview" },
  };
}

function seedsStep({ name, counts, span }, first, last) {
  const { label } = activations.get(name);
  const others = endsOf(last.training, name).map(({ recovered }) => recovered);
  const seeds = plural(study.allSeeds.length, "seed");
  const most = span ? `Seeds differ most with ${label}` : label;
  const beside = first === last || !others.length ? "" : `, and ${rangeText(others)} (${last.label})`;
  return {
    text: `${most}: its ${seeds} recover ${rangeText(counts)} features (${first.label})${beside}. Only the seed differs between runs of one procedure; play them to see how each goes its way.`,
    state: { view: "seeds", a: { training: first.training, sampler: first.sampler, activation: name } },
  };
}

function statementStep(before, after) {
  const changes = after && after !== before ? ` ${protocolText(after)}: ${after.verdict}.` : "";
  return {
    text: `“${study.statements[before.id].text}” ${protocolText(before)}: ${before.verdict}.${changes} Shaded is what the statement says in numbers, bars are ${study.confidence} intervals; a click on a dot opens its run.`,
    state: { view: "statements", verdict: before },
  };
}

/** Show a step of the tour; `go` is called with the number of another, null to leave. */
function showTour(at, go) {
  const box = byId("tour");
  box.hidden = at === null;
  if (at === null) return;
  const steps = showTour.steps;
  byId("tour-text").textContent = steps[at].text;
  byId("tour-count").textContent = `Tour, ${at + 1} of ${steps.length}`;
  byId("tour-back").disabled = at === 0;
  byId("tour-on").textContent = at + 1 === steps.length ? "Done" : "Next";
  byId("tour-back").onclick = () => go(at - 1);
  byId("tour-on").onclick = () => go(at + 1 === steps.length ? null : at + 1);
  byId("tour-leave").onclick = () => go(null);
}
