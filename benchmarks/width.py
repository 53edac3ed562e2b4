"""Time of a step by the number of models that share it, on one core, beside the arithmetic's own limit.

    .venv/bin/python benchmarks/width.py [--quick]

Steps are the study's own (`gpu.py steps core`) and those of limit.c, which is built with `cc` here and compared with
the study's code first. Noise and inputs lie in memory. Writes benchmarks/width.csv and .png; `--quick` tries it and
writes nothing.
"""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import gpu  # beside this file, and makes the package importable
import pandas as pd
import torch
from matplotlib.figure import Figure

from superposition.figures import style

SIZES = (10, 32, 100, 320, 1_000, 3_200, 10_000)
NAMES = {"core": "this study", "limit": "C, one block in cache"}


@dataclasses.dataclass(frozen=True)
class OneCore(gpu.Setting):
    """Measurements on one core of the processor."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of models."""
        return SIZES[:2] if self.quick else SIZES


def measured(quick: bool) -> pd.DataFrame:
    """Return times of steps of the study and of limit.c, in ns per model and step."""
    with tempfile.TemporaryDirectory() as folder:
        setting = OneCore(torch.device("cpu"), Path(folder), quick)
        gpu.steps(setting, "core")
        gpu.limit(setting)
        return pd.read_csv(Path(folder) / "gpu_steps.csv").drop(columns="peak_mib")


def with_ratio(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with how many times the limit each step takes."""
    keys = ["kind", "activation", "replicas"]
    limit = table[table.variant == "limit"].set_index(keys).ns_per_model_step.rename("limit")
    assert limit.index.is_unique
    return table.join(limit, on=keys).assign(times_limit=lambda t: t.ns_per_model_step / t.limit).drop(columns="limit")


@style.styled
def draw(table: pd.DataFrame) -> Figure:
    """Return a panel for training and one for SGLD: ns per model and step against the number of models."""
    figure = Figure(figsize=(style.WIDTH, 2.9), layout="constrained")
    for axes, (kind, rows) in zip(figure.subplots(1, 2, sharey=True), table.groupby("kind", sort=False), strict=True):
        for i, (activation, each) in enumerate(rows.groupby("activation", sort=False)):
            for variant, line in each.groupby("variant", sort=False):
                look = {"color": f"C{i}", "ls": "-" if variant == "core" else ":", "marker": "."}
                axes.loglog(line.replicas, line.ns_per_model_step, label=f"{activation}, {NAMES[variant]}", **look)
        axes.set(title={"sgld": "SGLD", "training": "Training"}[kind], xlabel="models in one step")
    figure.axes[0].set_ylabel("ns per model and step")
    figure.axes[1].legend()
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    torch.set_num_threads(1)
    gpu.keep_freed_memory()
    quick = parser.parse_args().quick
    table = with_ratio(measured(quick))
    print(table.pivot_table(index=["kind", "activation"], columns="replicas", values="times_limit").round(1))
    if not quick:
        table.to_csv(gpu.ROOT / "benchmarks/width.csv", index=False, float_format="%.5g")
        style.save(draw(table), [gpu.ROOT / "benchmarks/width.png"])
