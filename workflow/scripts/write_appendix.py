"""Write the appendix with all runs."""

from workflow.job import begin

from superposition.documents.shared import Sources, by_folder, study_of, text_of
from superposition.documents.tables import appendix_document
from superposition.tables import frames

begin(snakemake.log[0])

paths = snakemake.input
tables, figures = {"runs": frames.read(paths.runs, "runs")}, by_folder(paths.figures)
inputs = Sources(template=text_of(paths.template), tables=tables, figures=figures)
document = appendix_document(study_of(paths.citation, **snakemake.params.study), inputs)
document.save(snakemake.output[0])
