"""Plot how all activations compare: superposition with loss and LLC, training presets, onset with the largest drop."""

from dataclasses import replace

from workflow.job import begin

from superposition.figures import style
from superposition.figures.lines import onset_figure
from superposition.figures.relations import Medians, protocol_figure, relation_figure
from superposition.tables import frames

begin(snakemake.log[0])

params, output = snakemake.params, snakemake.output
summary = frames.read(snakemake.input[0], "summary")
medians = Medians(summary=summary, training=params.labels, printed=params.printed, confidence=params.confidence)
for sampler, training in params.of_sampler.items():
    style.save(relation_figure(replace(medians, training=training), sampler), output[f"llc_{sampler}"])
style.save(relation_figure(replace(medians, training=params.compared), None), output.loss)
style.save(protocol_figure(medians), output.protocols)
style.save(onset_figure(medians), output.onset)
