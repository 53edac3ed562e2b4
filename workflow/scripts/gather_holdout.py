"""Gather the evidence of runs that the study was not made from."""

from workflow.job import begin

from superposition.claims.fresh_runs import Definitions, fresh_evidence
from superposition.measures import history
from superposition.tables import frames, store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
values = {"events": params.transitions, "ends": params.end_limits}
evidence = fresh_evidence(
    frames.read_runs(paths.superposition, "superposition"),
    frames.read_runs(paths.loss, "loss"),
    frames.read_runs(paths.ends, "ends"),
    history.read_llc({name: paths[f"llc_{name}"] for name in params.presets["sampler"]}),
    protocols=params.protocols,
    presets={name: TrainingPreset(**preset) for name, preset in params.presets["training"].items()},
    num_chains={name: preset["num_chains"] for name, preset in params.presets["sampler"].items()},
    definitions=Definitions.of(params.seed, thresholds=params.thresholds, claims=params.claims, **values),
)
store.write(evidence, snakemake.output, "evidence_holdout")
