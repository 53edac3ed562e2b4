"""Compare the batched chains with devinterp's own, draw for draw."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.reference import cross_checks
from superposition.llc.chains import Target
from superposition.model.device import choose_device
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store
from superposition.tables.trajectory import load_checkpoints
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params = snakemake.params
presets = TrainingPreset(**params.training), SamplerPreset(**params.sampler)
table = cross_checks(
    params.activations,
    load_checkpoints(snakemake.input),
    settings=Target(BY_NAME[params.activations[0]], *presets, choose_device("cpu")),  # whose draws the library has
    steps=params.steps,
    batch_sizes=params.batch_sizes,
)
store.write(table, snakemake.output, "llc_cross_check")
