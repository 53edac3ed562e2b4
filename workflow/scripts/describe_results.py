"""Describe all results, and put the source of the workflow beside them, so that the folder can be deposited."""

from pathlib import Path

from workflow.job import begin

import yaml

from superposition import release
from superposition.tables import arrays
from workflow import deposit
from workflow.crate import gathered, results_crate

begin(snakemake.log[0])

paths, results = snakemake.input, Path(snakemake.output.metadata).parent
parts = gathered(deposit.parts(results, Path(paths.snakefile).parent), results)
citation = yaml.safe_load(Path(paths.citation).read_text())
versions = arrays.read_record(paths.provenance, "provenance")["versions"]
made = {"versions": versions, "date": release.date(citation).isoformat()}
crate = results_crate(parts, deposit.folders(parts), **deposit.ABOUT, citation=citation, **made)
crate.write(results)
