"""Plot the LLC of single features over training, and their influence on each other."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.estimates import refined_figure
from superposition.tables import frames

begin(snakemake.log[0])

table = frames.read(snakemake.input[0], "refined_llc")
style.save(refined_figure(table, printed=snakemake.params.printed), snakemake.output)
