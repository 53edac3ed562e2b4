"""Write how the results were made: merged configuration and versions."""

import json

from superposition import files, provenance
from workflow.log import log_to

log_to(snakemake.log[0])


record = {"config": snakemake.params.config, "versions": provenance.versions()}
with files.whole(snakemake.output[0]) as part:
    part.write_text(json.dumps(record, indent=2) + "\n")
