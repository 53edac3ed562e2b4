"""Write the paper, its findings, and where its numbers come from."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.paper.paper import Inputs, findings_table, paper, trace_table
from superposition.documents.shared import by_folder, study
from superposition.tables import arrays, frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = Inputs(
    template=Path(paths.template).read_text(),
    references=Path(paths.references).read_text(),
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)},
    figures=by_folder(paths.figures),
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    **params.given,
)
about = study(paths.citation, **params.study)
store.write(findings_table(about, inputs), snakemake.output.findings, "findings")
store.write(trace_table(about, inputs), snakemake.output.trace, "trace")
paper(about, inputs).save(snakemake.output.document)
