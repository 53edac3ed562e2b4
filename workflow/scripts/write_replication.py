"""Write the paper, its findings, and where its numbers come from."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.paper.paper import PaperSources, paper
from superposition.documents.shared import by_folder, study_of, text_of
from superposition.tables import arrays, frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = PaperSources(
    template=text_of(paths.template),
    references=Path(paths.references).read_text(),
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)},
    figures=by_folder(paths.figures),
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    **params.given,
)
made = paper(study_of(paths.citation, **params.study), inputs)
store.write(made.findings, snakemake.output.findings, "findings")
store.write(made.trace, snakemake.output.trace, "trace")
made.document.save(snakemake.output.document)
