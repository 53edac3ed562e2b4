"""Effect of the step size on where controlled runs end, and how many converge, by which the preset's was chosen.

    .venv/bin/python benchmarks/step_size.py [--seeds 32] [--activations relu gelu ...]

Trains every activation under `controlled` with each of some step sizes, all else as it is. Writes
benchmarks/step_size.csv: for each step size and activation, runs by how they ended and the median
of recovered features.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME, Activation  # noqa: E402
from superposition.measures import geometry  # noqa: E402
from superposition.measures.ends import ends_table  # noqa: E402
from superposition.measures.summary import EndLimits, end_statuses  # noqa: E402
from superposition.model.draws import draw_inputs  # noqa: E402
from superposition.model.training import outputs_of, train  # noqa: E402
from superposition.schedules import log_spaced_steps  # noqa: E402
from superposition.training_presets import TrainingPreset  # noqa: E402
from workflow.presets import training_preset  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
STEP_SIZES = (0.1, 0.3, 0.5, 0.7, 1.0)
CPU = torch.device("cpu")


def ends_of(activation: Activation, preset: TrainingPreset, n_seeds: int) -> dict[str, object]:
    """Return how the runs of an activation end: their number by status, and the median of recovered features."""
    inputs = draw_inputs(preset.inputs, seeds=range(1, n_seeds + 1))
    steps = log_spaced_steps(count=40, last=preset.n_steps)
    runs, _ = train(activation, preset, inputs, weight_steps=steps, loss_steps=[preset.n_steps], device=CPU)
    outputs = outputs_of(activation, preset, runs)
    ends = pd.DataFrame(ends_table(activation, preset, inputs, runs, outputs))
    statuses = pd.Series(end_statuses(ends, EndLimits(**CONFIG["end_limits"]))).value_counts()
    thresholds = geometry.Thresholds(**CONFIG["superposition"])
    recovered = geometry.recovered(outputs.outputs[:, -1].astype(np.float64), thresholds=thresholds).sum(-1)
    return {"recovered": float(np.median(recovered)), **statuses.to_dict()}


def main() -> None:
    """Train, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--activations", nargs="+", choices=BY_NAME, default=list(BY_NAME))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    controlled = training_preset(CONFIG["training_presets"], "controlled")
    rows = []
    for lr in STEP_SIZES:
        for name in arguments.activations:
            found = ends_of(BY_NAME[name], dataclasses.replace(controlled, lr=lr), arguments.seeds)
            rows.append({"lr": lr, "activation": name, **found})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows).fillna(0)
    table.to_csv(ROOT / "benchmarks" / "step_size.csv", index=False)
    print(table.groupby("lr").sum(numeric_only=True))


if __name__ == "__main__":
    main()
