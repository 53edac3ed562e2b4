"""Write the page on which runs and verdicts are explored."""

from workflow.job import begin

from superposition.documents.shared import study_of
from superposition.explorer import page, run_data
from superposition.figures.directions import load_all_recovered
from superposition.measures import geometry, history
from superposition.tables import arrays, files, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
shown = study_of(paths.citation, **params.study)
traces = run_data.read_over_training(loss=paths.loss, superposition=paths.superposition)
sources = page.PageSources(
    trajectories=history.load_runs(paths.trajectories),
    recovered=load_all_recovered(paths.outputs, thresholds=geometry.Thresholds(**params.thresholds)),
    llc=history.read_llc({name: paths[f"llc_{name}"] for name in shown.samplers}),
    tables=frames.read_all([*paths.tables, *paths.families, *paths.family_runs, *paths.family_jumps]) | traces,
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    **params.given,
)
with files.whole(snakemake.output[0]) as part:
    part.write_text(page.explorer(shown, sources, template=paths.template, style=paths.style, scripts=paths.scripts))
