"""Write the document with the tables of all activations."""

from workflow.job import begin

from superposition.documents.shared import study
from superposition.documents.tables import tables_document
from superposition.figures import thumbnails
from superposition.measures import history
from superposition.tables import frames

begin(snakemake.log[0])


params = snakemake.params
runs = frames.read(snakemake.input.runs, "runs")
shown = thumbnails.representatives(history.load_runs(snakemake.input.trajectories), runs)
document = tables_document(
    study(snakemake.input.citation, **params.study),
    frames.read(snakemake.input.summary, "summary"),
    thumbnails.final_thumbnails(shown, n_initial=params.n_initial, printed=params.study["printed"]),
)
document.save(snakemake.output[0])
