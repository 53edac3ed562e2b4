"""Write what the seeds of a paper's experiments say together, and verdicts on its findings."""

from workflow.job import begin

from superposition.other_models.summary import model_tables, stated_findings
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

runs = frames.joined(frames.read(path, "model_runs") for path in snakemake.input)
resampling = Resampling(**snakemake.params.statistics)
findings = stated_findings(snakemake.wildcards.paper, **snakemake.params.judged_with)
tables = model_tables(runs, findings, resampling=resampling)
store.write(tables["model_summary"], snakemake.output.summary, "model_summary")
store.write(tables["model_findings"], snakemake.output.findings, "model_findings")
