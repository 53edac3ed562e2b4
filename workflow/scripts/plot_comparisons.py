"""Plot how all activations compare: superposition with loss and LLC, training presets, onset with the largest drop."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.onset import onset_figure
from superposition.figures.relations import protocol_figure, relation_figure
from superposition.protocols import presets_of
from superposition.tables import frames

begin(snakemake.log[0])


params, output = snakemake.params, snakemake.output
summary = frames.read(snakemake.input[0], "summary")
shown = {"printed": params.printed, "confidence": params.confidence}
for sampler in presets_of(params.protocols, "sampler"):
    training = presets_of(params.protocols, "training", sampler=sampler)
    style.save(relation_figure(summary, sampler, training=training, **shown), output[f"llc_{sampler}"])
shown["training"] = presets_of(params.protocols, "training")
style.save(relation_figure(summary, None, **shown), output.loss)
style.save(protocol_figure(summary, **shown), output.protocols)
style.save(onset_figure(summary, **shown), output.onset)
