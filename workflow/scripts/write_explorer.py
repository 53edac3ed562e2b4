"""Write the page on which runs and verdicts are explored."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.shared import study
from superposition.explorer import page
from superposition.explorer.run_data import COUNTS
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.tables import arrays, files, frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input

shown = study(paths.citation, **params.study)
of_families = [*paths.families, *paths.family_runs, *paths.family_jumps]
sources = page.Sources(
    trajectories=history.load_runs(paths.trajectories),
    loss=frames.read_runs(paths.loss, "loss", columns=["seed", "step", "loss"]),
    superposition=frames.read_runs(paths.superposition, "superposition", columns=["seed", "step", *COUNTS]),
    llc={sampler: frames.read_runs(paths[f"llc_{sampler}"], "llc", sampler=sampler) for sampler in shown.samplers},
    commit=arrays.read_record(paths.provenance, "provenance")["versions"]["commit"],
    tables={path.stem: frames.read(path, path.stem) for path in map(Path, [*paths.tables, *of_families])},
    training=params.training,
    thresholds=Thresholds(**params.thresholds),
    families=params.families,
)
texts = {name: Path(paths[name]).read_text() for name in ("template", "style")}
content = page.content(shown, sources)
html = page.page(content, **texts, scripts=[Path(path).read_text() for path in paths.scripts])
with files.whole(snakemake.output[0]) as part:
    part.write_text(html)
