"""Search for the best that an activation can do."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.capacity.problem import Problem
from superposition.capacity.search import SearchSettings, capacity_of
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
of, params = Identity(**snakemake.wildcards), snakemake.params
problem = Problem(BY_NAME[of.activation], TrainingPreset(**params.preset))
settings = SearchSettings(**params.search, thresholds=Thresholds(**params.thresholds))
for table, rows in capacity_of(problem, settings, training=of.training).items():
    store.write(rows, snakemake.output[table], table, of)
