"""Write the tables over all families: runs, summaries, jumps of the capacity, verdicts on causes."""

from workflow.job import begin

from superposition.families.runs import families_table
from superposition.families.verdicts import ResponseSettings, family_verdicts
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

tables = {
    table: frames.joined(frames.read(path, table) for path in snakemake.input[name])
    for name, table in {"runs": "family_runs", "best": "family_best", "jumps": "family_jumps"}.items()
}
params, resampling = snakemake.params, Resampling(**snakemake.params.statistics)
judging = {name: params[name] for name in ("recovery_margin", "stepped", "min_seeds")}
settings = ResponseSettings(**judging, resampling=resampling)
tables["family_verdicts"] = family_verdicts(tables["family_runs"], margins=params.margins, settings=settings)
tables["families"] = families_table(tables["family_runs"], tables.pop("family_best"), resampling=resampling)
for table, rows in tables.items():
    store.write(rows, snakemake.output[table], table)
