"""Try settings of the LLC sampler and recommend one."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.calibration import sweep
from superposition.calibration.sweeps import POLYGONS
from superposition.llc.chains import Target
from superposition.llc.estimate import Limits
from superposition.model.device import choose_device
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store, trajectory
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, checkpoints = snakemake.params, trajectory.load_checkpoints(snakemake.input)
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
training, device = TrainingPreset(**params.training), choose_device(params.device)
samplers = {name: SamplerPreset(**preset) for name, preset in params.bases.items()}
bases = {name: Target(BY_NAME[POLYGONS], training, sampler, device, chunk) for name, sampler in samplers.items()}
points = sweep.points_to_try(params.activations, checkpoints, n_seeds=params.n_seeds)
criteria = {"limits": Limits(**params.limits), "criterion": sweep.Criterion(**params.criterion)}
store.write_all(sweep.calibrate(points, bases, params.tried, **criteria), snakemake.output)
