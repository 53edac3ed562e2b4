"""Measure the effect of each defect of the original on the runs of the study."""

from workflow.job import begin

from superposition.deviations.measure import deviations_table
from superposition.deviations.paired import paired_runs
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params = snakemake.params
pairs = paired_runs(
    history.load_runs(snakemake.input.trajectories),
    {name: frames.read_runs(snakemake.input[f"llc_{name}"], "llc", sampler=name) for name in params.samplers},
    {name: TrainingPreset(**values) for name, values in params.training.items()},
    params.activations,
)
table = deviations_table(
    pairs,
    Thresholds(**params.thresholds),
    Resampling(**params.statistics),
    sampler=SamplerPreset(**params.sampler),
    tied_noise={name: SamplerPreset(**values) for name, values in params.tied_noise.items()},
    init_loss=params.init_loss,
    covariance=params.covariance,
    grid=params.grid,
    followed=params.followed,
)
store.write(table, snakemake.output, "deviations")
