"""Describe all results, and put the source of the workflow beside them, so that the folder can be deposited."""

from pathlib import Path

from workflow.job import begin

import yaml

from superposition import release
from superposition.provenance.crate import gathered, results_crate
from superposition.tables import records
from workflow import outputs

begin(snakemake.log[0])

paths, results = snakemake.input, Path(snakemake.output.metadata).parent
parts = gathered(outputs.parts(results, Path(paths.snakefile).parent), results)
citation = yaml.safe_load(Path(paths.citation).read_text())
results_crate(
    parts,
    outputs.folders(parts),
    main=outputs.MAIN,
    description=outputs.WHOLE,
    citation=citation,
    versions=records.read(paths.provenance, "provenance")["versions"],
    objects=outputs.GIVEN,
    date=release.date(citation).isoformat(),
).write(results)
