"""Gather the evidence, judge every statement of the post and of prior work by it, and write all tables of verdicts."""

from workflow.job import begin

from superposition.claims.statement import ClaimSettings
from superposition.claims.verdict_tables import study_verdicts
from superposition.measures import history
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
tables = study_verdicts(
    frames.read(paths.runs, "runs"),
    frames.read(paths.transitions, "run_transitions"),
    frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    history.read_llc(paths, params.samplers),
    classes=frames.read(paths.classes, "activation_classes"),
    holdout=frames.read(paths.holdout[0], "evidence_holdout") if paths.holdout else None,
    settings=ClaimSettings(**params.settings),
    resampling=Resampling(**params.statistics),
    **{name: params[name] for name in ("protocols", "n_hidden", "printed")},
)
store.write_all(tables, snakemake.output)
