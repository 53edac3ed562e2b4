"""Try out the functions of all activations, and known minima of some, and write which of them keep the contract."""

import json
from pathlib import Path

from workflow.job import begin

from superposition.families import contract
from workflow.provenance import registry

begin(snakemake.log[0])

contract.check_all({name: registry.place_of(name) for name in snakemake.params.functions})

from superposition.estimators.known_points import known_minimum  # noqa: E402 (of functions, which can be used by now)

for name in snakemake.params.known_minima:
    known_minimum(name)
functions = json.dumps(list(snakemake.params.functions), indent=1)
Path(snakemake.output[0]).write_text(f"{functions}\n")
