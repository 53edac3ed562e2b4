"""Write the document with the tables of all activations."""

from workflow.job import begin

from superposition.documents.shared import study_of, text_of
from superposition.documents.tables import ShownEnds, tables_document
from superposition.figures.directions import load_ends
from superposition.figures.polygons import thumbnails
from superposition.measures.geometry import Thresholds
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
ends = load_ends(paths.trajectories, paths.outputs, thresholds=Thresholds(**params.thresholds))
look = {"n_initial": params.n_initial, "printed": params.study["printed"]}
polygons = thumbnails(ends, frames.read(paths.runs, "runs"), **look)
shown = ShownEnds(study_of(paths.citation, **params.study), frames.read(paths.summary, "summary"), polygons)
tables_document(shown, text_of(paths.template)).save(snakemake.output[0])
