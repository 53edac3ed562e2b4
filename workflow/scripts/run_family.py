"""Train one family at all its values, and estimate the LLC at the ends of its runs."""

from workflow.job import begin

from superposition.families import contract
from superposition.families.rows import FAMILY_BY_NAME
from superposition.families.runs import Job, family_runs
from superposition.llc.estimate import Limits
from superposition.measures.geometry import Thresholds
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store
from superposition.tables.trajectory import load_inputs
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, family = snakemake.params, FAMILY_BY_NAME[snakemake.wildcards.family]
functions = {value: family.activation([value]).function for value in params.values}
contract.check_each({f"function of {family.name} at {value:g}": of for value, of in functions.items()})
presets = {"training": TrainingPreset(**params.training), "sampler": SamplerPreset(**params.sampler)}
read = {"thresholds": Thresholds(**params.thresholds), "limits": Limits(**params.limits)}
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
job = Job(family=family, values=params.values, **presets, **read, replicas_per_chunk=chunk)
inputs = load_inputs(snakemake.input[0], job.training.inputs)
store.write(family_runs(job, inputs, steps=params.steps), snakemake.output[0], "family_runs")
