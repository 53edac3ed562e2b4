"""Gather the critical points near the checkpoints of all activations."""

from pathlib import Path

from workflow.job import begin

from superposition.tables import frames, store
from superposition.tables.identity import Identity

begin(snakemake.log[0])

activations = {path: Identity(activation=Path(path).stem) for path in snakemake.input}
rows = frames.joined(frames.read(path, "critical_points", of) for path, of in activations.items())
store.write(rows, snakemake.output, "critical_points")
