"""Write the page on which runs and verdicts are explored."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.shared import study_of
from superposition.explorer import page
from superposition.explorer.run_data import COUNTS
from superposition.figures.directions import load_all_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.tables import arrays, files, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input

shown = study_of(paths.citation, **params.study)
of_families = [*paths.families, *paths.family_runs, *paths.family_jumps]
sources = page.PageSources(
    trajectories=history.load_runs(paths.trajectories),
    recovered=load_all_recovered(paths.outputs, thresholds=Thresholds(**params.thresholds)),
    loss=frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    superposition=frames.read_runs(paths.superposition, "superposition", columns=["seed", "step", *COUNTS]),
    llc={sampler: frames.read_runs(paths[f"llc_{sampler}"], "llc", sampler=sampler) for sampler in shown.samplers},
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, [*paths.tables, *of_families])},
    training=params.training,
    families=params.families,
)
texts = {name: Path(paths[name]).read_text() for name in ("template", "style")}
content = page.page_content(shown, sources)
html = page.page(content, **texts, scripts=[Path(path).read_text() for path in paths.scripts])
with files.whole(snakemake.output[0]) as part:
    part.write_text(html)
