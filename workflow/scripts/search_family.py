"""Search for the best that each value of a family allows, and locate where the capacity jumps."""

from workflow.job import begin

from superposition.families.best import Search, best_table
from superposition.families.rows import FAMILY_BY_NAME
from superposition.measures.geometry import Thresholds
from superposition.tables import frames, store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params = snakemake.params
best, jumps = best_table(
    FAMILY_BY_NAME[snakemake.wildcards.family],
    params.values,
    TrainingPreset(**params.preset),
    search=Search(**params.search, thresholds=Thresholds(**params.thresholds)),
)
store.write(frames.of(best, "family_best"), snakemake.output.best, "family_best")
store.write(frames.of(jumps, "family_jumps"), snakemake.output.jumps, "family_jumps")
