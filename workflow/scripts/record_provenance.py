"""Write how the results were made: merged configuration and versions."""

import json
from pathlib import Path

from snakemake.script import Snakemake

from superposition import provenance

snakemake: Snakemake

record = {"config": snakemake.params.config, "versions": provenance.versions()}
Path(snakemake.output[0]).write_text(json.dumps(record, indent=2) + "\n")
