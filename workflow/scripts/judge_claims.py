"""Judge every statement of the post and of prior work under every protocol, and write all tables of verdicts."""

from pathlib import Path

from workflow.job import begin

from superposition import frames, tables
from superposition.statistics import Resampling
from superposition.verdict_tables import verdict_tables

begin(snakemake.log[0])


found = verdict_tables(
    frames.read(snakemake.input.runs, "runs"),
    frames.read(snakemake.input.transitions, "run_transitions"),
    frames.read_runs(snakemake.input.loss, "loss", columns=["seed", "step", "loss"]),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name) for name in snakemake.params.sampler},
    training=snakemake.params.training,
    sampler=snakemake.params.sampler,
    printed=snakemake.params.printed,
    settings=snakemake.params.settings,
    resampling=Resampling(**snakemake.params.statistics),
)
for path in map(Path, snakemake.output):
    tables.write(found[path.stem], path, path.stem)
