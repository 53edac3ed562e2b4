"""Plot loss and superposition of all activations from training preset to training preset."""

from superposition import style, tables
from superposition.comparison import protocol_figure
from superposition.statistics import Resampling
from workflow.log import log_to

log_to(snakemake.log[0])


params = snakemake.params
figure = protocol_figure(
    tables.read(snakemake.input[0]),
    training=params.training,
    printed=params.printed,
    resampling=Resampling(**params.resampling),
)
style.save(figure, snakemake.output)
