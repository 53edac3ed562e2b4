"""Cost of values of a parameter: a training step of 16 values with 32 seeds beside one activation with 512 seeds.

    .venv/bin/python benchmarks/family_step.py [--repetitions 5]

The activations are those that the family contains or approaches, of which the dearest counts, and the family's own
function with one plain number as its parameter. Times are of the processor, one thread. Prints and writes
benchmarks/family_step.csv.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME, Activation  # noqa: E402
from superposition.families.rows import FAMILIES, Family  # noqa: E402
from superposition.model.training import training_step  # noqa: E402
from superposition.training_presets import TrainingPreset  # noqa: E402
from workflow import presets  # noqa: E402

N_RUNS, STEPS = 512, 300


def step_of(activation: Activation, preset: TrainingPreset) -> Callable[[], None]:
    """Return a training step of all runs."""
    shape = (preset.n_features * (preset.n_hidden + 1), N_RUNS)
    w = 0.5 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    weight = torch.full((preset.n_features, 1, N_RUNS), 1 / preset.n_features)
    step = training_step(activation, preset, w)
    return lambda: step(weight)


@torch.no_grad()
def microseconds(steps: Mapping[str, Callable[[], None]], repetitions: int) -> dict[str, float]:
    """Return the time of each step per run, the least of several repetitions in turn."""
    found = dict.fromkeys(steps, float("inf"))
    for _ in range(repetitions):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(STEPS):
                step()
            found[name] = min(found[name], 1e6 * (time.process_time() - start) / STEPS / N_RUNS)
    return found


def compare(family: Family, values: list[float], preset: TrainingPreset, repetitions: int) -> dict[str, object]:
    """Return the row of a family."""
    activation = family.activation(values)
    number = torch.tensor(float(values[8]))
    one = replace(activation, function=lambda x: family.function(x, number))
    steps = {"values": step_of(activation, preset), "one_value": step_of(one, preset)}
    steps |= {name: step_of(BY_NAME[name], preset) for name in family.limits}
    found = microseconds(steps, repetitions)
    registered = max(found[name] for name in family.limits)
    of_values = found["values"]
    row = {
        "family": family.name,
        "us_16_values": of_values,
        "us_registered": registered,
        "us_one_value": found["one_value"],
    }
    return row | {"to_registered": of_values / registered, "to_one_value": of_values / found["one_value"]}


def main() -> None:
    """Compare all families at the values of the default configuration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    preset = presets.training_preset(config["training_presets"], "zero_bias")
    values = config["families"]["values"]
    table = pd.DataFrame([compare(family, values[family.name], preset, repetitions) for family in FAMILIES])
    print(table.round(2).to_string(index=False))
    print(table[["to_registered", "to_one_value"]].median().round(2).to_string())
    table.to_csv(ROOT / "benchmarks" / "family_step.csv", index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
