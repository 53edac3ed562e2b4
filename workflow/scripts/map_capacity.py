"""Search for the best that an activation can do."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.capacity.search import capacity_of
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.presets import TrainingPreset
from superposition.tables import store
from superposition.tables.identity import Identity

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
identity, params = Identity(**snakemake.wildcards), snakemake.params
preset, thresholds = TrainingPreset(**params.preset), Thresholds(**params.thresholds)
tables = capacity_of(BY_NAME[identity.activation], preset, thresholds=thresholds, **params.search)
for table, rows in tables.items():
    keyed = rows.assign(training=identity.training, activation=identity.activation)
    store.write(keyed, snakemake.output[table], table, identity)
