"""Judge every statement of the post and of prior work under every protocol, and write all tables of verdicts."""

from pathlib import Path

from workflow.job import begin

from superposition.claims.verdict_tables import verdict_tables
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])


found = verdict_tables(
    frames.read(snakemake.input.runs, "runs"),
    frames.read(snakemake.input.transitions, "run_transitions"),
    frames.read_runs(snakemake.input.loss, "loss", columns=["seed", "step", "loss"]),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name) for name in snakemake.params.sampler},
    protocols=snakemake.params.protocols,
    presets={kind: snakemake.params[kind] for kind in ("training", "sampler")},
    printed=snakemake.params.printed,
    settings=snakemake.params.settings,
    resampling=Resampling(**snakemake.params.statistics),
)
for path in map(Path, snakemake.output):
    store.write(found[path.stem], path, path.stem)
