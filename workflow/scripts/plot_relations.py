"""Plot superposition against loss, and against the LLC of every sampler preset."""

from superposition import style, tables
from superposition.comparison import relation_figure
from superposition.statistics import Resampling
from workflow.log import log_to

log_to(snakemake.log[0])


params, runs = snakemake.params, tables.read(snakemake.input[0])
shown = {"training": params.training, "printed": params.printed, "resampling": Resampling(**params.resampling)}
style.save(relation_figure(runs, "loss", sampler=None, **shown), snakemake.output.loss)
for sampler in params.samplers:
    style.save(relation_figure(runs, "llc", sampler=sampler, **shown), snakemake.output[f"llc_{sampler}"])
