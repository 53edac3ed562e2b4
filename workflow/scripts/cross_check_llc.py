"""Compare the batched chains with devinterp's own, draw for draw."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.reference import cross_checks
from superposition.llc.chains import target_of
from superposition.tables import store
from superposition.tables.trajectory import load_checkpoints

begin(snakemake.log[0])

params = snakemake.params
table = cross_checks(
    params.activations,
    load_checkpoints(snakemake.input),
    # The library's random draws are those of the CPU.
    settings=target_of(BY_NAME[params.activations[0]], params.training, params.sampler, device="cpu"),
    steps=params.steps,
    batch_sizes=params.batch_sizes,
)
store.write(table, snakemake.output, "llc_cross_check")
