"""Write the document with the tables of all activations."""

from workflow.job import begin

from superposition.documents.shared import study_of, text_of
from superposition.documents.tables import ShownEnds, tables_document
from superposition.figures.directions import load_ends
from superposition.measures.geometry import Thresholds
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
shown = ShownEnds(
    study=study_of(paths.citation, **params.study),
    runs=frames.read(paths.runs, "runs"),
    summary=frames.read(paths.summary, "summary"),
    ends=load_ends(paths.trajectories, paths.outputs, thresholds=Thresholds(**params.thresholds)),
    n_initial=params.n_initial,
)
tables_document(shown, text_of(paths.template)).save(snakemake.output[0])
