"""Write the tables over all families: runs, summaries, jumps of the capacity, verdicts on causes."""

from workflow.job import begin

from superposition.families.runs import families_table
from superposition.families.verdicts import verdicts_table
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

found = {
    table: frames.joined(frames.read(path, table) for path in snakemake.input[name])
    for name, table in {"runs": "family_runs", "best": "family_best", "jumps": "family_jumps"}.items()
}
resampling, claims = Resampling(**snakemake.params.statistics), snakemake.params.claims
judging = {"margins": claims["margins"], "min_seeds": claims["min_seeds"], "resampling": resampling}
judging |= {name: snakemake.params[name] for name in ("recovery_margin", "stepped")}
found["family_verdicts"] = verdicts_table(found["family_runs"], **judging)
found["families"] = families_table(found["family_runs"], found.pop("family_best"), resampling=resampling)
for table, rows in found.items():
    store.write(rows, snakemake.output[table], table)
