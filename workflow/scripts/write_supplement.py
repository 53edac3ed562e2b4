"""Write the supplement."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.shared import by_folder, study
from superposition.documents.supplement import Inputs, Procedure, supplement_document
from superposition.measures import history
from superposition.tables import arrays, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = Inputs(
    template=Path(paths.template).read_text(),
    references=Path(paths.references).read_text(),
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)},
    figures=by_folder(paths.figures),
    curves=history.load_curves(paths.curves),
    procedure=Procedure(**params.procedure),
    versions=arrays.read_record(paths.provenance, "provenance")["versions"],
)
supplement_document(study(paths.citation, **params.study), inputs).save(snakemake.output[0])
