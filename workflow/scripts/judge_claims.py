"""Gather the evidence, judge every statement of the post and of prior work by it, and write all tables of verdicts."""

from workflow.job import begin

from superposition.claims.evidence_table import evidence_table
from superposition.claims.judge import judge_statements
from superposition.claims.statement import ClaimSettings
from superposition.measures import history
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths, settings = snakemake.params, snakemake.input, ClaimSettings(**snakemake.params.settings)
evidence = evidence_table(
    frames.read(paths.runs, "runs"),
    frames.read(paths.transitions, "run_transitions"),
    frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    history.read_llc({name: paths[f"llc_{name}"] for name in params.samplers}),
    **{"protocols": params.protocols, "n_hidden": params.n_hidden, "settings": settings},
)
holdout = frames.read(paths.holdout[0], "evidence_holdout") if paths.holdout else None
given = {**params.shown, "settings": settings, "resampling": Resampling(**params.statistics), "holdout": holdout}
given |= {"classes": frames.read(paths.classes, "activation_classes")}
store.write_all({"evidence": evidence} | judge_statements(evidence, **given), snakemake.output)
