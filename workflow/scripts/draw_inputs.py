"""Draw what the runs of a batch of seeds are trained on."""

from workflow.job import begin

from superposition import seeds
from superposition.model.draws import draw_inputs
from superposition.presets import InputPreset
from superposition.tables.identity import Identity

begin(snakemake.log[0])


of = Identity(**snakemake.wildcards)
preset = InputPreset(**snakemake.params.preset)
draw_inputs(preset, seeds=seeds.parse(of.seeds)).save(snakemake.output[0], of)
