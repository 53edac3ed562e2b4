"""Write the page on which runs and verdicts are explored."""

from workflow.job import begin

from superposition.documents.shared import study_of, text_of
from superposition.explorer import page, run_data
from superposition.figures.directions import load_all_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.tables import arrays, files, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
shown = study_of(paths.citation, **params.study)
over_training = {
    "loss": frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    "superposition": frames.read_runs(paths.superposition, "superposition", columns=["seed", "step", *run_data.COUNTS]),
}
sources = page.PageSources(
    trajectories=history.load_runs(paths.trajectories),
    recovered=load_all_recovered(paths.outputs, thresholds=Thresholds(**params.thresholds)),
    llc=history.read_llc({name: paths[f"llc_{name}"] for name in shown.samplers}),
    tables=frames.read_all([*paths.tables, *paths.families, *paths.family_runs, *paths.family_jumps]) | over_training,
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    **params.given,
)
texts = {name: text_of([paths[name]]) for name in ("template", "style")}
html = page.explorer(shown, sources, **texts, scripts=[text_of([path]) for path in paths.scripts])
with files.whole(snakemake.output[0]) as part:
    part.write_text(html)
