"""Write the page on which runs and verdicts are explored."""

from pathlib import Path

from workflow.job import begin

from superposition.documents.shared import study_of
from superposition.explorer import page
from superposition.measures.geometry import Thresholds
from superposition.tables import files

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
shown = study_of(paths.citation, **params.study)
sources = page.read_sources(paths, shown.samplers, thresholds=Thresholds(**params.thresholds), **params.given)
texts = {name: Path(paths[name]).read_text() for name in ("template", "style")}
content = page.page_content(shown, sources)
html = page.page(content, **texts, scripts=[Path(path).read_text() for path in paths.scripts])
with files.whole(snakemake.output[0]) as part:
    part.write_text(html)
