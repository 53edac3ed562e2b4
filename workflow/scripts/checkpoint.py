"""Write the checkpoints of a trajectory: its recorded steps nearest to the scheduled ones."""

from workflow.job import begin

from superposition.schedules import nearest_steps
from superposition.tables import trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

batch = Identity(**snakemake.wildcards)
recorded = trajectory.load(snakemake.input[0], batch)
steps = nearest_steps(snakemake.params.steps, recorded.steps.tolist())
recorded.at(steps).save(snakemake.output[0], batch, kind=trajectory.CHECKPOINTS)
