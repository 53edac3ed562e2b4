"""Try settings of the LLC sampler and recommend one."""

from workflow.job import begin

from superposition.calibration import sweep
from superposition.llc.estimate import Limits
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables import store, trajectory

begin(snakemake.log[0])

params, checkpoints = snakemake.params, trajectory.load_checkpoints(snakemake.input)
table, traces = sweep.calibrate(
    sweep.points_to_try(params.activations, checkpoints, n_seeds=params.n_seeds),
    {name: SamplerPreset(**preset) for name, preset in params.bases.items()},
    params.tried,
    training=TrainingPreset(**params.training),
    limits=Limits(**params.limits),
    device=choose_device(params.device),
    replicas_per_chunk=snakemake.config["replicas_per_chunk"],  # no param: it changes no number
)
tables = {"llc_calibration": table, "llc_calibration_traces": traces}
tables["llc_recommendation"] = sweep.recommendation_table(table, sweep.Criterion(**params.criterion))
store.write_all(tables, snakemake.output)
