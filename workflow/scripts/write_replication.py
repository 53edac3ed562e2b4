"""Write the paper."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.paper.paper import Inputs, paper
from superposition.documents.shared import by_folder, study
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = Inputs(
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)},
    figures=by_folder(paths.figures),
    n_features=params.n_features,
    n_hidden=params.n_hidden,
)
paper(study(paths.citation, **params.study), inputs).save(snakemake.output[0])
