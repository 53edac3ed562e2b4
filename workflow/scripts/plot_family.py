"""Plot what is possible and what runs find against the parameter of a family."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.families import family_figure
from superposition.tables import frames

begin(snakemake.log[0])

figure = family_figure(
    frames.joined(frames.read(path, "family_runs") for path in snakemake.input.runs),
    frames.read(snakemake.input.best, "family_best"),
    frames.read(snakemake.input.jumps, "family_jumps"),
    printed=snakemake.params.printed,
)
style.save(figure, snakemake.output)
