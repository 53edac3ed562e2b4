"""Write the supplement."""

from pathlib import Path

from workflow.job import begin

import yaml

from superposition.documents.shared import read_sources, study_of
from superposition.documents.supplement import SupplementSources, supplement_document
from superposition.measures import history
from superposition.tables import arrays

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = SupplementSources(
    **read_sources(paths),
    curves=history.load_curves(paths.curves),
    **params.procedure,
    **yaml.safe_load(Path(paths.shown).read_text()),
    versions=arrays.read_record(paths.provenance, "provenance")["versions"],
)
supplement_document(study_of(paths.citation, **params.study), inputs).save(snakemake.output[0])
