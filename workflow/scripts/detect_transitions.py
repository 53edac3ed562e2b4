"""Write the events of every run, and how its superposition lies to them in time."""

from workflow.job import begin

from superposition.measures.geometry import Thresholds
from superposition.measures.phases import SUPERPOSITION_COLUMNS, transition_tables
from superposition.measures.transitions import EventSettings
from superposition.tables import frames, store

begin(snakemake.log[0])

samplers, output = list(snakemake.params.num_chains), snakemake.output
events, runs = transition_tables(
    frames.read_runs(snakemake.input.superposition, "superposition", columns=SUPERPOSITION_COLUMNS),
    frames.read_runs(snakemake.input.loss, "loss", columns=["seed", "step", "loss"]),
    {sampler: frames.read_runs(snakemake.input[f"llc_{sampler}"], "llc", sampler=sampler) for sampler in samplers},
    n_free=snakemake.params.n_free,
    num_chains=snakemake.params.num_chains,
    thresholds=Thresholds(**snakemake.params.thresholds),
    settings=EventSettings(**snakemake.params.settings),
    post_sampler=snakemake.params.post_sampler,
    seed=snakemake.params.seed,
)
store.write(events, [output.transitions, output.transitions_csv], "transitions")
store.write(runs, [output.runs, output.runs_csv], "run_transitions", samplers=samplers)
