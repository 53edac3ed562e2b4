"""Draw what the runs of a batch of seeds are trained on."""

from workflow.job import begin

from superposition.model.draws import draw_inputs
from superposition.tables.identity import Identity
from superposition.training_presets import InputPreset

begin(snakemake.log[0])

inputs = draw_inputs(InputPreset(**snakemake.params.preset), seeds=snakemake.params.seeds)
inputs.save(snakemake.output[0], Identity(**snakemake.wildcards))
