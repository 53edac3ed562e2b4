"""Plot LLC estimates against known learning coefficients."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.validation import validation_figure
from superposition.tables import frames

begin(snakemake.log[0])


table = frames.read(snakemake.input[0], "llc_validation")
style.save(validation_figure(table, standard_errors=snakemake.params.standard_errors), snakemake.output)
