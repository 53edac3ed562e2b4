"""Plot how all activations compare: superposition with loss and LLC, training presets, onset with the largest drop."""

from dataclasses import replace

from workflow.job import begin

from superposition.figures import style
from superposition.figures.lines import onset_figure
from superposition.figures.relations import Medians, protocol_figure, relation_figure
from superposition.presets import presets_of
from superposition.tables import frames

begin(snakemake.log[0])

params, output = snakemake.params, snakemake.output
medians = Medians(
    summary=frames.read(snakemake.input[0], "summary"),
    training=presets_of(params.protocols, "training"),
    printed=params.printed,
    confidence=params.confidence,
)
for sampler in presets_of(params.protocols, "sampler"):
    training = presets_of(params.protocols, "training", sampler=sampler)
    style.save(relation_figure(replace(medians, training=training), sampler), output[f"llc_{sampler}"])
style.save(relation_figure(medians, None), output.loss)
style.save(protocol_figure(medians), output.protocols)
style.save(onset_figure(medians), output.onset)
