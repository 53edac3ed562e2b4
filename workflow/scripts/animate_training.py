"""Animate the polygon of one activation's run forming over training."""

from workflow.job import begin

from superposition.figures import animation
from superposition.measures import history

begin(snakemake.log[0])


params, paths = snakemake.params, snakemake.input
runs = history.read(
    snakemake.wildcards.training,
    params.printed,
    trajectory=paths.trajectory,
    loss=paths.loss,
    superposition=paths.superposition,
    llc={},
)
steps = animation.frame_steps(runs, count=params.n_frames)
pictures = animation.frames(runs, steps, n_initial=params.n_initial)
animation.save(pictures, snakemake.output[0], seconds_per_frame=params.seconds_per_frame)
