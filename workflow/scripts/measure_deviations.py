"""Measure the effect of each defect of the original on the runs of the study."""

from workflow.job import begin

from superposition import deviations, frames, history, tables
from superposition.deviations_llc import SamplerSettings
from superposition.geometry import Thresholds
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling

begin(snakemake.log[0])


params = snakemake.params
presets = [{name: TrainingPreset(**values)} for name, values in params.training.items()]
pairs = deviations.paired_runs(
    history.load_runs(snakemake.input.trajectories),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name) for name in params.samplers},
    original=presets[0],
    corrected=presets[-1],
    activations=params.activations,
)
thresholds, resampling = Thresholds(**params.thresholds), Resampling(**params.statistics)
settings = deviations.Settings(thresholds, resampling, SamplerSettings.of(**params.sampler))
table = deviations.deviations_table(pairs, settings)
for path in snakemake.output:
    tables.write(table, path, "deviations")
