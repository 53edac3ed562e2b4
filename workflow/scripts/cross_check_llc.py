"""Compare the batched chains with devinterp's own, draw for draw."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.reference import cross_checks
from superposition.llc.chains import Target
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables import store, trajectory
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS

begin(snakemake.log[0])

settings = Target(
    activation=BY_NAME[snakemake.params.activations[0]],
    training=TrainingPreset(**snakemake.params.training),
    sampler=SamplerPreset(**snakemake.params.sampler),
    device=choose_device("cpu"),  # the library's random draws are those of the CPU
)
table = cross_checks(
    snakemake.params.activations,
    [trajectory.load(path, of_batch(path), kind=CHECKPOINTS) for path in snakemake.input],
    settings=settings,
    steps=snakemake.params.steps,
    batch_sizes=snakemake.params.batch_sizes,
)
store.write(table, snakemake.output, "llc_cross_check")
