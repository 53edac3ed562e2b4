"""Table of `plot_training`: what its figures draw, one file for each training preset and activation."""

from superposition.tables.columns import STEP, Table, number, text, whole

TABLES = {
    "curves": Table(
        "What seeds say together over training, as figures draw it: a row for each quantity and step.",
        (
            text("quantity", "loss, n_represented, n_recovered, or llc_ with a sampler preset."),
            STEP,
            number("low", "as quantity", "Lower end of the band that holds a share of the seeds."),
            number("median", "as quantity", "Median over seeds; LLC: of followed runs, where half are readable."),
            number("high", "as quantity", "Upper end of the band."),
            whole("n_used", "runs", "Runs that are finite at this step; LLC: followed ones that may be read."),
        ),
    ),
}
