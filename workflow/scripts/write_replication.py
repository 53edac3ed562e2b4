"""Write the paper, its findings, and where its numbers come from."""

from workflow.job import begin

from superposition.documents.paper.findings import FindingLimits
from superposition.documents.paper.paper import PaperSources, paper
from superposition.documents.shared import by_folder, study_of, text_of
from superposition.tables import arrays, frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = PaperSources(
    template=text_of(paths.template),
    references=text_of([paths.references]),
    tables=frames.read_all(paths.tables),
    figures=by_folder(paths.figures),
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    limits=FindingLimits(**params.limits),
    **params.given,
)
document, findings, trace = paper(study_of(paths.citation, **params.study), inputs)
store.write(findings, snakemake.output.findings, "findings")
store.write(trace, snakemake.output.trace, "trace")
document.save(snakemake.output.document)
