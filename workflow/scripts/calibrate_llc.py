"""Try settings of the LLC sampler and recommend one."""

from workflow.job import begin

from superposition import calibration, tables, trajectory
from superposition.calibration_settings import BatchSweep, TemperatureSweep
from superposition.device import choose_device
from superposition.identity import of_batch
from superposition.llc import Limits
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.recommendation import Criterion, recommendation_table
from superposition.trajectory import CHECKPOINTS

begin(snakemake.log[0])

params, bases = snakemake.params, {name: SamplerPreset(**preset) for name, preset in snakemake.params.bases.items()}
checkpoints = [trajectory.load(path, of_batch(path), kind=CHECKPOINTS) for path in snakemake.input]
table, traces = calibration.calibrate(
    calibration.points_to_try(params.activations, checkpoints, n_seeds=params.n_seeds),
    BatchSweep(**params.batch_size | {"base": bases["batch_size"]}),
    TemperatureSweep(**params.temperature | {"base": bases["temperature"]}),
    training=TrainingPreset(**params.training),
    limits=Limits(**params.limits),
    device=choose_device(params.device),
    replicas_per_chunk=snakemake.config["replicas_per_chunk"],  # no param: it changes no number
)
recommendation = recommendation_table(table, Criterion(**params.criterion))
frames = {"llc_calibration": table, "llc_calibration_traces": traces, "llc_recommendation": recommendation}
for name, frame in frames.items():
    for path in snakemake.output[name]:
        tables.write(frame, path, name)
