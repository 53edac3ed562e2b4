"""Write the supplement."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.shared import by_folder, study
from superposition.documents.supplement import sections
from superposition.documents.supplement.methods import Procedure
from superposition.figures import thumbnails
from superposition.measures import history
from superposition.tables import frames, records

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input

found = {path.stem: frames.read(path, path.stem) for path in map(Path, paths.tables)}
shown = thumbnails.representatives(history.load_runs(paths.trajectories), found["runs"])
inputs = sections.Inputs(
    tables=found,
    thumbnails=thumbnails.final_thumbnails(shown, n_initial=params.n_initial, printed=params.study["printed"]),
    figures=by_folder(paths.figures),
    curves=history.load_curves(paths.curves),
    procedure=Procedure(**params.procedure),
    versions=records.read(paths.provenance, "provenance")["versions"],
)
sections.supplement_document(study(paths.citation, **params.study), inputs).save(snakemake.output[0])
