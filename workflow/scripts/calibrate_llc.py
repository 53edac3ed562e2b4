"""Try settings of the LLC sampler and recommend one."""

from workflow.job import begin

from superposition.calibration import sweep
from superposition.calibration.sweep import Criterion, recommendation_table
from superposition.llc.estimate import Limits
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables import store, trajectory
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS

begin(snakemake.log[0])

params = snakemake.params
checkpoints = [trajectory.load(path, of_batch(path), kind=CHECKPOINTS) for path in snakemake.input]
table, traces = sweep.calibrate(
    sweep.points_to_try(params.activations, checkpoints, n_seeds=params.n_seeds),
    {name: SamplerPreset(**preset) for name, preset in params.bases.items()},
    params.tried,
    training=TrainingPreset(**params.training),
    limits=Limits(**params.limits),
    device=choose_device(params.device),
    replicas_per_chunk=snakemake.config["replicas_per_chunk"],  # no param: it changes no number
)
recommendation = recommendation_table(table, Criterion(**params.criterion))
frames = {"llc_calibration": table, "llc_calibration_traces": traces, "llc_recommendation": recommendation}
for name, frame in frames.items():
    store.write(frame, snakemake.output[name], name)
