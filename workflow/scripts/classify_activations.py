"""Write the class of every activation under every training preset."""

from workflow.job import begin

from superposition.measures.classes import ClassLimits, classes_table
from superposition.tables import frames, store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

table = classes_table(
    frames.read(snakemake.input.runs, "runs"),
    frames.read_runs(snakemake.input.loss, "loss", columns=["seed", "step", "loss"]),
    frames.read(snakemake.input.capacity, "capacity"),
    {name: TrainingPreset(**values) for name, values in snakemake.params.presets.items()},
    ClassLimits(**snakemake.params.limits),
)
store.write(table, snakemake.output, "activation_classes")
