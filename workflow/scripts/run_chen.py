"""Train the model of Chen et al. by SGD, and write at which polygons it is."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import levels_figure
from superposition.model.device import choose_device
from superposition.other_models.chen import findings_table, levels_table, runs_table
from superposition.presets import TrainingPreset
from superposition.schedules import log_spaced_steps
from superposition.statistics import Resampling
from superposition.tables import store

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params, preset = snakemake.params, TrainingPreset(**snakemake.params.preset)
steps, resampling = (
    log_spaced_steps(count=params.settings["recorded"], last=preset.n_steps),
    Resampling(**params.statistics),
)
runs = runs_table(preset, seeds=params.seeds, steps=steps, tolerance=params.settings["tolerance"])
found = {"runs": runs, "levels": levels_table(runs, resampling=resampling)}
found["findings"] = findings_table(runs, resampling=resampling)
for name, table in {"runs": "chen_runs", "levels": "chen_levels", "findings": "model_findings"}.items():
    for path in snakemake.output[name]:
        store.write(found[name], path, table)
style.save(levels_figure(runs, found["levels"]), snakemake.output.figures)
