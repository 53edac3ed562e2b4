"""Measure the effect of each defect of the original on the runs of the study."""

from workflow.job import begin

from superposition.deviations import measure
from superposition.deviations.estimates import SamplerSettings
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])


params = snakemake.params
presets = [{name: TrainingPreset(**values)} for name, values in params.training.items()]
pairs = measure.paired_runs(
    history.load_runs(snakemake.input.trajectories),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name) for name in params.samplers},
    original=presets[0],
    corrected=presets[-1],
    activations=params.activations,
)
thresholds, resampling = Thresholds(**params.thresholds), Resampling(**params.statistics)
settings = measure.Settings(thresholds, resampling, SamplerSettings.of(**params.sampler))
table = measure.deviations_table(pairs, settings)
for path in snakemake.output:
    store.write(table, path, "deviations")
