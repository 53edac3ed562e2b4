"""Write the document that compares the activations of a comparison."""

from workflow.job import begin

from superposition.documents.shared import study_of, text_of
from superposition.documents.tables import ShownEnds, comparison_document
from superposition.figures.directions import load_ends
from superposition.measures import history
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
template, curves = text_of(paths.template), history.load_curves(paths.curves)
document = comparison_document(shown, template, curves, title=params.title, band=params.band)
document.save(snakemake.output[0])
