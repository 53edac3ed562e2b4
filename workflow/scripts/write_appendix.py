"""Write the appendix with all runs."""

from workflow.job import begin

from superposition.documents.shared import by_folder, study_of
from superposition.documents.tables import appendix_document
from superposition.tables import frames

begin(snakemake.log[0])

paths = snakemake.input
shown = study_of(paths.citation, **snakemake.params.study)
document = appendix_document(shown, frames.read(paths.runs, "runs"), by_folder(paths.figures))
document.save(snakemake.output[0])
