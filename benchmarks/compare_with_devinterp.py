"""Cost of an LLC estimate of a small MLP, beside devinterp 1.3.2, and whether both agree.

    .venv/bin/python benchmarks/compare_with_devinterp.py [--repetitions 3]

Run it on an idle machine. Both take turns in one process with one thread and the same data, loss, settings and number
of chains, each repetition with another seed; so a slow spell of the machine meets both, and the ratio is what to quote.
The cost is that per chain and step, everything included. Writes benchmarks/compare_with_devinterp.csv.
"""

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from devinterp.optim.sgld import SGLD
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from devinterp.utils import evaluate_mse
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.own_model.learning_coeff import estimate_learning_coeff  # noqa: E402

N_SAMPLES = 64
SETTINGS = {"lr": 2e-5, "nbeta": 1000.0, "localization": 100.0}
CHAINS = {"num_chains": 4, "num_burnin_steps": 200, "num_draws": 200, "num_steps_bw_draws": 1}
N_CHECKPOINTS = (1, 25)
"""Equal checkpoints at once; devinterp takes one after another."""


def trained_mlp(width: int) -> tuple[nn.Module, tuple[torch.Tensor, torch.Tensor]]:
    """Return a small MLP fitted to the absolute value, and its data."""
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, N_SAMPLES)[:, None]
    model, y = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1)), x.abs()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return model, (x, y)


def theirs(model: nn.Module, data: tuple[torch.Tensor, torch.Tensor], seed: int) -> np.ndarray:
    """Return devinterp's estimate of every chain."""
    loader = DataLoader(TensorDataset(*data), batch_size=N_SAMPLES)
    init_loss = nn.functional.mse_loss(model(data[0]), data[1]).item()
    options = {"sampling_method": SGLD, "evaluate": evaluate_mse, "optimizer_kwargs": dict(SETTINGS)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own defaults
        found = estimate_learning_coeff_with_summary(
            model, loader, **options, **CHAINS, init_loss=init_loss, seed=seed, verbose=False
        )
    return np.array([found[f"llc-chain/{chain}"] for chain in range(CHAINS["num_chains"])])


def ours(model: nn.Module, data: tuple[torch.Tensor, torch.Tensor], seed: int, n_checkpoints: int) -> np.ndarray:
    """Return this package's estimate of every chain of the first checkpoint."""
    checkpoints = [model.state_dict()] * n_checkpoints
    found = estimate_learning_coeff(
        model, data, evaluate_mse, **SETTINGS, **CHAINS, seed=seed, checkpoints=checkpoints, verbose=False
    )
    return found.estimate.per_chain[0]


def timed(run: Callable[..., np.ndarray], *arguments: object) -> tuple[float, np.ndarray]:
    """Return seconds and result of one call."""
    start = time.perf_counter()
    found = run(*arguments)
    return time.perf_counter() - start, found


def compare(width: int, repetitions: int) -> list[dict[str, object]]:
    """Return a row for each number of checkpoints: costs, ratio with its spread, and both estimates."""
    model, data = trained_mlp(width)
    n_steps = CHAINS["num_chains"] * (CHAINS["num_burnin_steps"] + CHAINS["num_draws"])
    runs = [
        [timed(theirs, model, data, seed), *(timed(ours, model, data, seed, n) for n in N_CHECKPOINTS)]
        for seed in range(repetitions)
    ]
    seconds = np.array([[time for time, _ in run] for run in runs])
    chains = np.array([[estimates for _, estimates in run] for run in runs])  # repetition, what, chain
    rows = []
    for i, n_checkpoints in enumerate(N_CHECKPOINTS, start=1):
        their_us, our_us = 1e6 * seconds[:, 0] / n_steps, 1e6 * seconds[:, i] / (n_steps * n_checkpoints)
        row = {"parameters": sum(w.numel() for w in model.parameters()), "checkpoints": n_checkpoints}
        for name, values in (("devinterp_us", their_us), ("ours_us", our_us), ("ratio", their_us / our_us)):
            row |= {name: np.median(values), f"{name}_low": values.min(), f"{name}_high": values.max()}
        for name, j in (("devinterp_llc", 0), ("ours_llc", i)):
            values = chains[:, j].ravel()
            row |= {name: values.mean(), f"{name}_se": values.std(ddof=1) / len(values) ** 0.5}
        rows.append(row | {"machine": _machine(), "torch": torch.__version__})
    return rows


def _machine() -> str:
    """Return the processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    table = pd.DataFrame([row for width in (4, 32) for row in compare(width, repetitions)])
    print(table.round(2).T.to_string())
    table.to_csv(ROOT / "benchmarks" / "compare_with_devinterp.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
