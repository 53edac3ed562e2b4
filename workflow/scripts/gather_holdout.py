"""Gather the evidence of runs that the study was not made from."""

from workflow.job import begin

from superposition.claims.evidence_table import fresh_evidence
from superposition.measures import history
from superposition.tables import frames, store

begin(snakemake.log[0])

VALUES = ("protocols", "presets", "claims", "transitions", "thresholds", "end_limits", "seed")

params, paths = snakemake.params, snakemake.input
evidence = fresh_evidence(
    frames.read_runs(paths.superposition, "superposition"),
    frames.read_runs(paths.loss, "loss"),
    frames.read_runs(paths.ends, "ends"),
    history.read_llc(paths, params.presets["sampler"]),
    **{name: params[name] for name in VALUES},
)
store.write(evidence, snakemake.output, "evidence_holdout")
