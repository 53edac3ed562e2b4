"""Write the document that compares the activations of a comparison."""

from workflow.job import begin

from superposition.documents.comparison import Compared, comparison_document
from superposition.documents.shared import study
from superposition.figures import thumbnails
from superposition.measures import history
from superposition.tables import frames

begin(snakemake.log[0])


params, paths = snakemake.params, snakemake.input
compared = Compared(
    summary=frames.read(paths.summary, "summary"),
    trajectories=thumbnails.representatives(history.load_runs(paths.trajectories), frames.read(paths.runs, "runs")),
    curves=history.load_curves(paths.curves),
)
look = {"moments": params.moments, "band": params.band, "n_initial": params.n_initial}
document = comparison_document(study(paths.citation, **params.study), compared, title=params.title, **look)
document.save(snakemake.output[0])
