"""Write how the results were made: merged configuration and versions."""

from workflow.job import begin

from superposition.tables import arrays
from workflow.provenance import hashes

begin(snakemake.log[0])

record = {"config": snakemake.params.config, "versions": hashes.versions()}
arrays.write_record(snakemake.output[0], record, "provenance")
