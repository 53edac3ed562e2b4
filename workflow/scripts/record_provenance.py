"""Write how the results were made: merged configuration and versions."""

import json
from pathlib import Path

from superposition import provenance
from workflow.log import log_to

log_to(snakemake.log[0])


record = {"config": snakemake.params.config, "versions": provenance.versions()}
Path(snakemake.output[0]).write_text(json.dumps(record, indent=2) + "\n")
