"""Gather the evidence, judge every statement of the post and of prior work by it, and write all tables of verdicts."""

from pathlib import Path

from workflow.job import begin

from superposition.claims.evidence_table import evidence_table
from superposition.claims.verdict_tables import verdict_tables
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
evidence = evidence_table(
    frames.read(paths.runs, "runs"),
    frames.read(paths.transitions, "run_transitions"),
    frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    {name: frames.read_runs(paths[f"llc_{name}"], "llc", sampler=name) for name in params.samplers},
    protocols=params.protocols,
    n_hidden=params.n_hidden,
    settings=params.settings,
)
found = {"evidence": evidence} | verdict_tables(
    evidence,
    ladder=list(params.n_hidden),
    printed=params.printed,
    settings=params.settings,
    resampling=Resampling(**params.statistics),
    classes=frames.read(paths.classes, "activation_classes"),
    holdout=frames.read(paths.holdout[0], "evidence_holdout") if paths.holdout else None,
)
for path in map(Path, snakemake.output):
    store.write(found[path.stem], path, path.stem)
