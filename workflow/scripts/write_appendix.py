"""Write the appendix with all runs."""

from workflow.job import begin

from superposition.documents.shared import by_folder, study_of, text_of
from superposition.documents.tables import appendix_document
from superposition.tables import frames

begin(snakemake.log[0])

paths = snakemake.input
study, template = study_of(paths.citation, **snakemake.params.study), text_of(paths.template)
document = appendix_document(study, template, frames.read(paths.runs, "runs"), by_folder(paths.figures))
document.save(snakemake.output[0])
