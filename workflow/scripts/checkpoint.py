"""Write the checkpoints of a trajectory: its recorded steps nearest to the scheduled ones."""

from workflow.job import begin

from superposition.schedules import nearest_steps
from superposition.tables import trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

of = Identity(**snakemake.wildcards)
recorded = trajectory.load(snakemake.input[0], of)
steps = nearest_steps(snakemake.params.steps, recorded.steps.tolist())
recorded.at(steps).save(snakemake.output[0], of, kind=trajectory.CHECKPOINTS)
