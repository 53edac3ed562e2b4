"""Plot how all activations compare: superposition with loss and LLC, training presets, onset with the largest drop."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.onset import onset_figure
from superposition.figures.relations import Compared, protocol_figure, relation_figure
from superposition.tables import frames

begin(snakemake.log[0])


params, output = snakemake.params, snakemake.output
compared = Compared(
    summary=frames.read(snakemake.input[0], "summary"),
    training=params.training,
    printed=params.printed,
    confidence=params.confidence,
)
style.save(relation_figure(compared, None), output.loss)
for sampler in params.samplers:
    style.save(relation_figure(compared, sampler), output[f"llc_{sampler}"])
style.save(protocol_figure(compared), output.protocols)
style.save(onset_figure(compared), output.onset)
