"""Measure the effect of each defect of the original on the runs of the study."""

from workflow.job import begin

from superposition.deviations.measure import deviations_table
from superposition.deviations.paired import read_pairs
from superposition.measures.geometry import Thresholds
from superposition.sampler_presets import SamplerPreset
from superposition.statistics import Resampling
from superposition.tables import store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
table = deviations_table(
    read_pairs(paths.trajectories, {name: paths[f"llc_{name}"] for name in params.samplers}, **params.runs),
    Thresholds(**params.thresholds),
    Resampling(**params.statistics),
    sampler=SamplerPreset(**params.sampler),
    tied_noise={name: SamplerPreset(**values) for name, values in params.tied_noise.items()},
    **params.measured,
)
store.write(table, snakemake.output, "deviations")
