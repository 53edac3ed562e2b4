"""Gain from torch.compile, if any: one SGLD step as this study makes it, beside the same step compiled as a whole.

    .venv/bin/python benchmarks/compile_step.py [--repetitions 5]

Needs a C++ compiler, which torch.compile calls. Both forms take turns in one process with one thread. Each job would
load the compiler and compile again; this pays in jobs that are longer than the default one as many times as
`pays_after_jobs` says. Prints and writes benchmarks/compile_step.csv.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # nothing of an earlier run counts as compiled
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME, Activation  # noqa: E402
from superposition.model import autoencoder  # noqa: E402
from superposition.model.autoencoder import Inputs, LossGradient  # noqa: E402

N_HIDDEN, N_FEATURES = 2, 8
UNITS = Inputs(x=None, weight=torch.full((N_FEATURES, 1, 1), 1 / N_FEATURES))
PULL, SLOPE = 1e-3, -1e-3
JOB = 4000
"""Steps of one job with the sampler preset `calibrated`."""


def as_made(activation: Activation, w: Tensor, noise: Tensor) -> Callable[[], None]:
    """Return the step of this study: operations on views made once, in place."""
    w, start = w.clone(), w.clone()
    evaluate = LossGradient(activation, w, n_hidden=N_HIDDEN)

    def run() -> None:
        w.lerp_(start, PULL).add_(evaluate(UNITS).tied(), alpha=SLOPE).add_(noise)

    return run


def compiled(activation: Activation, w: Tensor, noise: Tensor) -> Callable[[], None]:
    """Return the same step as one compiled function of its parameters, compiled at once."""

    def step(w: Tensor, start: Tensor, noise: Tensor) -> Tensor:
        leaf = w.detach().requires_grad_()
        with torch.enable_grad():
            loss = autoencoder.loss(activation, *autoencoder.split(leaf, N_HIDDEN), UNITS).sum()
        return torch.lerp(w, start, PULL) + SLOPE * torch.autograd.grad(loss, leaf)[0] + noise

    function = torch.compile(make_fx(step)(w, w, noise), fullgraph=True)
    state = [function(w, w, noise)]

    def run() -> None:
        state[0] = function(state[0], w, noise)

    return run


def seconds(run: Callable[[], None], n: int) -> float:
    """Return the time of one of `n` calls."""
    start = time.perf_counter()
    for _ in range(n):
        run()
    return (time.perf_counter() - start) / n


@torch.no_grad()
def compare(activation: Activation, n_replicas: int, repetitions: int, *, loading: float) -> dict[str, object]:
    """Return a row of the table: both times, that of loading and compilation, and in how long jobs it pays."""
    generator = torch.Generator().manual_seed(0)
    w, noise = (torch.randn((N_HIDDEN + 1) * N_FEATURES, n_replicas, generator=generator) * std for std in (0.5, 1e-3))
    torch._dynamo.reset()
    start = time.perf_counter()
    both = {"compiled": compiled(activation, w, noise), "made": as_made(activation, w, noise)}
    compilation = loading + time.perf_counter() - start
    n = max(100, 1_000_000 // n_replicas)
    times = [{name: seconds(run, n) for name, run in both.items()} for _ in range(repetitions)]
    made, fast = (float(np.median([each[name] for each in times])) for name in ("made", "compiled"))
    row = {"activation": activation.name, "replicas": n_replicas, "us_per_step": 1e6 * made}
    row |= {"us_per_compiled_step": 1e6 * fast, "ratio": made / fast, "compilation_s": compilation}
    return row | {"pays_after_jobs": compilation / (made - fast) / JOB if fast < made else np.inf}


def main() -> None:
    """Compare activations at the sizes of a small and of a default job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    loading = seconds(lambda: torch.compile(lambda x: x + 1)(torch.zeros(8)), 1)
    sizes = [(name, size) for size in (32, 2816) for name in ("relu", "gelu", "tanh", "softmax")]
    table = pd.DataFrame([compare(BY_NAME[name], size, repetitions, loading=loading) for name, size in sizes])
    print(table.round(2).to_string(index=False))
    table.to_csv(ROOT / "benchmarks" / "compile_step.csv", index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
