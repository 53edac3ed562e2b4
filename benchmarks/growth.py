"""Growth of time and memory with the number of seeds, checkpoints and chains, and what bounds the memory.

    .venv/bin/python benchmarks/growth.py [--repetitions 3]

Every measurement has a process of its own, so that its peak memory is its own. Training has a tenth of the study's
steps, the chains have 300. Writes benchmarks/growth.csv and .png.
"""

import argparse
import dataclasses
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from matplotlib.figure import Figure

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME  # noqa: E402
from superposition.figures import style  # noqa: E402
from superposition.llc.chains import Target, run_chains  # noqa: E402
from superposition.model.draws import draw_inputs, initial_parameters  # noqa: E402
from superposition.model.training import train  # noqa: E402
from superposition.tables.trajectory import Trajectory  # noqa: E402
from workflow.presets import sampler_preset, training_preset  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
NOTEBOOK = training_preset(CONFIG["training_presets"], "notebook")
CALIBRATED = sampler_preset(CONFIG["sampler_presets"], "sgld")
CPU = torch.device("cpu")
UNIT = 10
"""Seeds, or checkpoints and chains of one seed, that sizes are multiples of."""


def training(n_seeds: int) -> Callable[[], object]:
    """Return the training of some seeds on inputs that have been drawn."""
    preset = dataclasses.replace(NOTEBOOK, n_steps=2000)
    inputs, steps = draw_inputs(preset.inputs, seeds=range(n_seeds)), np.linspace(0, 2000, 101, dtype=int).tolist()
    return lambda: train(BY_NAME["gelu"], preset, inputs, weight_steps=steps, loss_steps=steps, device=CPU)


def sampling(n_checkpoints: int, n_chains: int, replicas_per_chunk: int) -> Callable[[], object]:
    """Return the running of chains at checkpoints of ten seeds."""
    sampler = dataclasses.replace(
        CALIBRATED, num_chains=n_chains, num_burnin_steps=100, num_draws=100, num_steps_bw_draws=2
    )
    W, b = (values.astype(np.float32) for values in initial_parameters(NOTEBOOK, seed=1))
    tiles, seeds = (UNIT, n_checkpoints), np.arange(UNIT)
    points = Trajectory(
        W=np.tile(W, (*tiles, 1, 1)), b=np.tile(b, (*tiles, 1)), steps=np.arange(n_checkpoints), seeds=seeds
    )
    target = Target(BY_NAME["gelu"], NOTEBOOK, sampler, CPU, replicas_per_chunk)
    return lambda: run_chains(target, points)


def measure(function: Callable[..., Callable[[], object]], *arguments: int) -> tuple[float, float]:
    """Return the wall time in seconds of what a function prepares, and the peak memory of the process in MiB."""
    torch.set_num_threads(1)
    run = function(*arguments)
    start = time.perf_counter()
    run()
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cases() -> Iterator[tuple[str, int, tuple]]:
    """Yield what grows, its size in multiples of the smallest, and the call to measure."""
    chunk = CONFIG["replicas_per_chunk"]
    for factor in (1, 3, 10, 30):
        yield "seeds, training", factor, (training, UNIT * factor)
        yield f"checkpoints, at most {chunk} chains at once", factor, (sampling, UNIT * factor, UNIT, chunk)
        yield f"chains, at most {chunk} at once", factor, (sampling, UNIT, UNIT * factor, chunk)
        yield "checkpoints, all chains at once", factor, (sampling, UNIT * factor, UNIT, 10**9)


def measured(repetitions: int) -> pd.DataFrame:
    """Return medians of time and memory of all cases, each in a fresh process, with time relative to the smallest."""
    spawn = multiprocessing.get_context("spawn")
    rows = []
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as fresh:
        for what, factor, call in cases():
            found = np.median([fresh.submit(measure, *call).result() for _ in range(repetitions)], axis=0)
            rows.append({"what": what, "factor": factor, "seconds": found[0], "peak_mib": found[1]})
    table = pd.DataFrame(rows).sort_values(["what", "factor"], ignore_index=True)
    return table.assign(ratio=table.seconds / table.groupby("what").seconds.transform("first"))


@style.styled
def figure_of(table: pd.DataFrame) -> Figure:
    """Return a figure of time and memory against size."""
    figure = Figure(figsize=(style.WIDTH, 2.9), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    for what, rows in table.groupby("what", sort=False):
        time_axes.plot(rows.factor, rows.ratio, "o-", label=what)
        memory_axes.plot(rows.factor, rows.peak_mib, "o-")
    sizes = table.factor.unique()
    time_axes.plot(sizes, sizes, ":", color=style.FAINT, label="proportional")
    time_axes.set(xscale="log", yscale="log", xlabel="size, relative", ylabel="time, relative")
    memory_axes.set(xscale="log", xlabel="size, relative", ylabel="peak memory of the process (MiB)")
    memory_axes.set_ylim(bottom=0)
    for axes in (time_axes, memory_axes):
        axes.set_xticks(sizes, labels=[str(size) for size in sizes], minor=False)
        axes.minorticks_off()
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def main() -> None:
    """Measure, print and write the table and its figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    table = measured(parser.parse_args().repetitions)
    print(table.round(2).to_string(index=False))
    target = ROOT / "benchmarks" / "growth"
    table.to_csv(target.with_suffix(".csv"), index=False, float_format="%.4g")
    style.save(figure_of(table), [target.with_suffix(".png")])


if __name__ == "__main__":
    main()
