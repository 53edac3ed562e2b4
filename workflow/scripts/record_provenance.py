"""Write how the results were made: merged configuration and versions."""

import json

from workflow.job import begin

from superposition.provenance import hashes
from superposition.tables import files

begin(snakemake.log[0])


record = {"config": snakemake.params.config, "versions": hashes.versions()}
with files.whole(snakemake.output[0]) as part:
    part.write_text(json.dumps(record, indent=2) + "\n")
