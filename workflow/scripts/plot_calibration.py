"""Plot the chains at the end of an activation's first run under all settings of a sweep."""

from workflow.job import begin

from superposition.calibration.sweep import FINAL
from superposition.figures import style
from superposition.figures.estimates import trace_figure
from superposition.tables import frames

begin(snakemake.log[0])

printed = snakemake.params.printed
figure = trace_figure(
    frames.read(snakemake.input.traces, "llc_calibration_traces"),
    frames.read(snakemake.input.table, "llc_calibration"),
    activation=snakemake.wildcards.activation,
    point=FINAL,
    sweep=snakemake.wildcards.sweep,
    title=f"{printed['label']},  end of the first run with training preset {snakemake.params.training}",
    color=style.FAMILY_COLORS[printed["family"]],
)
style.save(figure, snakemake.output)
