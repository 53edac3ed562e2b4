"""Cost of a training step and of an SGLD step, beside the original's: medians over alternating repetitions.

    .venv/bin/python benchmarks/compare_with_original.py [--repetitions 5]

Run it on an idle machine. Original and batched form take turns in one process with one thread, so that a slow spell of
the machine meets both; the ratio is what to quote. The cost is that per model (or chain) and step: the original's loop
without its set-up, ours with everything that a job computes, and with its share of drawing the inputs, which a study
draws once for all its activations. Writes benchmarks/compare_with_original.csv and .png.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME  # noqa: E402
from superposition.estimators.reference import ToyAutoencoder, library_losses  # noqa: E402
from superposition.figures import style  # noqa: E402
from superposition.llc.chains import Target, run_chains, run_sample  # noqa: E402
from superposition.model.draws import TrainingDraws, draw_inputs, initial_parameters  # noqa: E402
from superposition.model.training import train  # noqa: E402
from superposition.tables.trajectory import TrainingInputs, Trajectory  # noqa: E402
from workflow.presets import sampler_preset, training_preset  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
NOTEBOOK = training_preset(CONFIG["training_presets"], "notebook")
CPU = torch.device("cpu")


def original_training(activation: str, n_steps: int) -> Callable[[], None]:
    """Return the notebook's training loop for one model and `n_steps` steps."""
    W, b = (torch.from_numpy(values).float() for values in initial_parameters(NOTEBOOK, seed=1))
    loader = DataLoader(TrainingDraws(NOTEBOOK, seed=1).sample, batch_size=NOTEBOOK.batch_size, shuffle=True)

    def run() -> None:
        model = ToyAutoencoder(BY_NAME[activation], W, b)
        optimizer = torch.optim.SGD(model.parameters(), lr=NOTEBOOK.lr, momentum=NOTEBOOK.momentum)
        for _ in range(n_steps // NOTEBOOK.steps_per_epoch):
            for batch in loader:
                optimizer.zero_grad()
                nn.functional.mse_loss(model(batch), batch).backward()
                optimizer.step()

    return run


def batched_training(activation: str, n_seeds: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return this study's training of `n_seeds` models, and the drawing of their inputs."""
    steps = [0, NOTEBOOK.n_steps]

    def draw() -> TrainingInputs:
        return draw_inputs(NOTEBOOK.inputs, seeds=range(1, n_seeds + 1))

    inputs = draw()

    def run() -> None:
        train(BY_NAME[activation], NOTEBOOK, inputs, weight_steps=steps, loss_steps=steps, device=CPU)

    return run, draw


def checkpoint_of(n_steps: int) -> Trajectory:
    """Return `n_steps` equal checkpoints of one run at its start, at which chains of either kind can run."""
    W, b = (values.astype(np.float32) for values in initial_parameters(NOTEBOOK, seed=1))
    shape = (1, n_steps)
    steps, seeds = np.arange(n_steps), np.array([1])
    return Trajectory(W=np.tile(W, (*shape, 1, 1)), b=np.tile(b, (*shape, 1)), steps=steps, seeds=seeds)


def original_chain(activation: str, n_draws: int) -> Callable[[], object]:
    """Return one chain of devinterp's estimator."""
    preset = sampler_preset(CONFIG["sampler_presets"], "notebook")
    sampler = dataclasses.replace(preset, num_chains=1, num_draws=n_draws)
    point = checkpoint_of(1)
    model = ToyAutoencoder(BY_NAME[activation], torch.from_numpy(point.W[0, 0]), torch.from_numpy(point.b[0, 0]))
    inputs = run_sample(NOTEBOOK, sampler, 1)
    return lambda: library_losses(model, inputs, sampler, seed=1, optimizer="deprecated")


def batched_chains(activation: str, n_draws: int, n_checkpoints: int) -> Callable[[], object]:
    """Return the calibrated sampler's ten chains at each of `n_checkpoints` checkpoints."""
    preset = sampler_preset(CONFIG["sampler_presets"], "sgld")
    sampler = dataclasses.replace(preset, num_burnin_steps=0, num_draws=n_draws, num_steps_bw_draws=1)
    target = Target(BY_NAME[activation], NOTEBOOK, sampler, CPU, CONFIG["replicas_per_chunk"])
    points = checkpoint_of(n_checkpoints)
    return lambda: run_chains(target, points)


def seconds(run: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(
    label: str,
    theirs: tuple[Callable, int],
    ours: tuple[Callable, int],
    repetitions: int,
    shared: Callable[[], object] = lambda: None,
) -> dict[str, object]:
    """Return median and range of the costs per model and step.

    Args:
        label: What is compared.
        theirs: What the original does, and the number of model-steps in it.
        ours: What this study does, likewise.
        repetitions: How often each of them is timed.
        shared: What ours does once for all activations: its share is added to each.
    """

    def costs() -> tuple[float, float]:
        theirs_s, ours_s = seconds(theirs[0]), seconds(ours[0]) + seconds(shared) / len(BY_NAME)
        return theirs_s / theirs[1], ours_s / ours[1]

    costs()
    times = np.array([costs() for _ in range(repetitions)])
    found = {"original_us": 1e6 * times[:, 0], "ours_us": 1e6 * times[:, 1], "ratio": times[:, 0] / times[:, 1]}
    row: dict[str, object] = {"what": label}
    for name, values in found.items():
        row |= {name: np.median(values), f"{name}_low": values.min(), f"{name}_high": values.max()}
    return row


@style.styled
def figure_of(table: pd.DataFrame) -> Figure:
    """Return a figure of the costs of the original and ours, with their ratio."""
    figure = Figure(figsize=(style.WIDTH, 0.24 * len(table) + 0.7), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(table))
    for name, label, color in (("original_us", "original", style.FAINT), ("ours_us", "this study", style.INK)):
        spread = [table[name] - table[f"{name}_low"], table[f"{name}_high"] - table[name]]
        axes.errorbar(table[name], y, xerr=spread, fmt="o", color=color, label=label, elinewidth=1)
    for position, row in zip(y, table.itertuples(), strict=True):
        axes.annotate(f"× {row.ratio:,.0f}", (1, position), xycoords=("axes fraction", "data"), va="center")
    axes.set(yticks=y, yticklabels=table.what, xscale="log", xlabel="µs per model and step (median and range)")
    axes.invert_yaxis()
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return figure


def main() -> None:
    """Measure, print and write the table and its figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    rows = []
    for activation in ("relu", "gelu", "softmax"):
        theirs = original_training(activation, 500), 500
        for n_seeds in (10, 100):
            run, draw = batched_training(activation, n_seeds)
            ours, label = (run, NOTEBOOK.n_steps * n_seeds), f"training step, {activation}, {n_seeds} seeds"
            rows.append(compare(label, theirs, ours, repetitions, shared=draw))
        theirs = original_chain(activation, 300), 300
        for n_checkpoints in (28, 280):
            ours = batched_chains(activation, 1000, n_checkpoints), 10_000 * n_checkpoints
            label = f"SGLD step, {activation}, {10 * n_checkpoints} chains"
            rows.append(compare(label, theirs, ours, repetitions))
    table = pd.DataFrame(rows)
    print(table.round(2).to_string(index=False))
    target = ROOT / "benchmarks" / "compare_with_original"
    table.to_csv(target.with_suffix(".csv"), index=False, float_format="%.4g")
    style.save(figure_of(table), [target.with_suffix(".png")])


if __name__ == "__main__":
    main()
