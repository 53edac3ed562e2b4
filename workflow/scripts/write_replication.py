"""Write the paper."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.paper.paper import Inputs, findings_table, paper
from superposition.documents.shared import by_folder, study
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
inputs = Inputs(
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)},
    figures=by_folder(paths.figures),
    n_features=params.n_features,
    n_hidden=params.n_hidden,
)
about = study(paths.citation, **params.study)
for path in snakemake.output.findings:
    store.write(findings_table(about, inputs), path, "findings")
paper(about, inputs).save(snakemake.output.document)
