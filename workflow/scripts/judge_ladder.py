"""Judge every statement of the post under each of some training presets: the ladder's or variants."""

from workflow.job import begin

from superposition.claims.fresh_runs import Definitions, ladder_table
from superposition.statistics import Resampling
from superposition.tables import frames, store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, paths, resampling = snakemake.params, snakemake.input, Resampling(**snakemake.params.statistics)
values = {"events": params.transitions, "ends": params.end_limits}
table = ladder_table(
    *(frames.read_runs(paths[name], name) for name in ("superposition", "loss", "ends")),
    presets={name: TrainingPreset(**preset) for name, preset in params.ladder.items()},
    definitions=Definitions.of(resampling.seed, thresholds=params.thresholds, claims=params.claims, **values),
    resampling=resampling,
    checkpoints=params.checkpoints,
    printed=params.printed,
)
store.write(table, snakemake.output, params.table)
