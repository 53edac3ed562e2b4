"""Count the features that runs represent at their last recorded step."""

import pandas as pd

table = pd.read_parquet(snakemake.input[0])
last = table[table.step == table.step.max()]
last[["seed", "n_represented"]].to_csv(snakemake.output[0], index=False)
