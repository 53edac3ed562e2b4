"""Label the checkpoints of an activation's runs that are followed with the critical point near them."""

from workflow.job import begin

from superposition.capacity.labels import labels_of_runs
from superposition.model.device import choose_device
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params = snakemake.params
presets = {name: TrainingPreset(**preset) for name, preset in params.presets.items()}
labels = labels_of_runs(snakemake.input, presets, followed=params.followed, reach=params.reach)
store.write(labels, snakemake.output, "critical_points", Identity(**snakemake.wildcards))
