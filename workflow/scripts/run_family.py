"""Train one family at all its values, and estimate the LLC at the ends of its runs."""

from workflow.job import begin

from superposition.families.rows import FAMILY_BY_NAME
from superposition.families.runs import Job, family_runs_table, train_family
from superposition.llc.estimate import Limits
from superposition.measures.geometry import Thresholds
from superposition.model import contract
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store
from superposition.tables.trajectory import load_inputs
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, family = snakemake.params, FAMILY_BY_NAME[snakemake.wildcards.family]
for value in params.values:
    contract.check(family.activation([value]).function, where=f"function of {family.name} at {value:g}")
presets = {"training": TrainingPreset(**params.training), "sampler": SamplerPreset(**params.sampler)}
read = {"thresholds": Thresholds(**params.thresholds), "limits": Limits(**params.limits)}
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
job = Job(family=family, values=params.values, **presets, **read, replicas_per_chunk=chunk)
inputs = load_inputs(snakemake.input[0], job.training.inputs)
table = family_runs_table(job, inputs, train_family(job, inputs, steps=params.steps))
store.write(table, snakemake.output[0], "family_runs")
