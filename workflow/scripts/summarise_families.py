"""Write the tables over all families: runs, summaries, jumps of the capacity, verdicts on causes."""

from workflow.job import begin

from superposition.families.verdicts import ResponseSettings, family_tables
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
tables = {
    "family_runs": frames.joined(frames.read(path, "family_runs") for path in paths.runs),
    "family_best": frames.joined(frames.read(path, "family_best") for path in paths.best),
    "family_jumps": frames.joined(frames.read(path, "family_jumps") for path in paths.jumps),
}
judging = {name: params[name] for name in ("recovery_margin", "stepped", "min_seeds")}
settings = ResponseSettings(**judging, resampling=Resampling(**params.statistics))
store.write_all(family_tables(tables, margins=params.margins, settings=settings), snakemake.output)
