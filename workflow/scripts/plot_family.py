"""Plot what is possible and what runs find against the parameter of a family."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.families import family_figure
from superposition.tables import frames

begin(snakemake.log[0])

paths = snakemake.input
tables = {
    "family_runs": frames.joined(frames.read(path, "family_runs") for path in paths.runs),
    "family_best": frames.read(paths.best, "family_best"),
    "family_jumps": frames.read(paths.jumps, "family_jumps"),
}
style.save(family_figure(tables, printed=snakemake.params.printed), snakemake.output)
