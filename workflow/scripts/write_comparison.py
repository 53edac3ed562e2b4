"""Write the document that compares the activations of a comparison."""

from workflow.job import begin

from superposition import frames, history, thumbnails
from superposition.report import study
from superposition.report_comparison import Compared, comparison_document

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
