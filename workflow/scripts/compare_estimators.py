"""Compare estimators of the learning coefficient where it is known."""

from workflow.job import begin

from superposition.estimators.leaderboard import all_estimators, all_points, leaderboard_table, some_points
from superposition.llc.estimate import Limits
from superposition.model.device import choose_device
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
whole = snakemake.params.whole
samplers = {name: SamplerPreset(**values) for name, values in snakemake.params.samplers.items()}
estimators = all_estimators(samplers, snakemake.params.settings, limits=Limits(**snakemake.params.limits))
chosen = {name: estimators[name] for name in snakemake.params.estimators}
points = all_points() if whole else some_points()
table = leaderboard_table(chosen, points, seed=snakemake.params.seed, timed=whole)
store.write(table, snakemake.output, "llc_leaderboard_whole" if whole else "llc_leaderboard")
