"""Write the supplement."""

from workflow.job import begin

import yaml

from superposition.documents.shared import by_folder, study_of, text_of
from superposition.documents.supplement import SupplementSources, supplement_document
from superposition.measures import history
from superposition.tables import arrays, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = SupplementSources(
    template=text_of(paths.template),
    references=text_of([paths.references]),
    tables=frames.read_all(paths.tables),
    figures=by_folder(paths.figures),
    curves=history.load_curves(paths.curves),
    **params.procedure,
    **yaml.safe_load(text_of([paths.shown])),
    versions=arrays.read_record(paths.provenance, "provenance")["versions"],
)
supplement_document(study_of(paths.citation, **params.study), inputs).save(snakemake.output[0])
