"""Gather the best possible losses, and the minima, of all activations."""

from workflow.job import begin

from superposition.tables import frames, store

begin(snakemake.log[0])

for table in ("capacity", "minima"):
    rows = frames.read_shared(snakemake.input[table], table, shared=snakemake.params.shared)
    for kind in (table, f"{table}_csv"):
        store.write(rows, snakemake.output[kind], table)
