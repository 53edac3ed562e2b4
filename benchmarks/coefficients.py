"""LLC at the ends of controlled runs by each estimator, beside known learning coefficients, and what it costs.

.venv/bin/python benchmarks/coefficients.py results > benchmarks/coefficients.csv

reads a finished study. Ends are those of eight activations of every kind, of the seeds that have a label. `seconds` are
of one core and point, with the ends of an activation together; `seconds_of_many`, of GELU alone, with 512 ends, as many
as a family has.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.activations import BY_NAME  # noqa: E402
from superposition.estimators.tempered_mala import ESTIMATORS  # noqa: E402
from superposition.llc.chains import Target  # noqa: E402
from superposition.llc.estimate import Limits  # noqa: E402
from superposition.llc.runs import sampled_curvature  # noqa: E402
from superposition.model.data import training_sample  # noqa: E402
from superposition.model.device import choose_device  # noqa: E402
from superposition.status import CLOSE, OK, STANDARD_ERRORS  # noqa: E402
from superposition.tables import frames  # noqa: E402
from superposition.tables.identity import Identity, of_batch  # noqa: E402
from superposition.tables.trajectory import CHECKPOINTS, load, load_inputs  # noqa: E402
from workflow.presets import sampler_preset, training_preset  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
LIMITS = Limits(**CONFIG["llc_limits"])
TRAINING = training_preset(CONFIG["training_presets"], "controlled")
SAMPLERS = {name: sampler_preset(CONFIG["sampler_presets"], name) for name in ("sgld", "close", "calibrated")}
ACTIVATIONS = ("relu", "gelu", "tanh", "silu", "identity", "softmin", "tanhshrink", "threshold")
MANY = 512


def cost(sampler) -> int:
    """Evaluations of the loss of one parameter vector, with its gradient, at a point."""
    if sampler.estimator == "sgld":
        return sampler.num_chains * sampler.n_steps
    n_rungs = int(sampler.decades / np.log10(sampler.ratio)) + 1
    return (n_rungs * sampler.moves + 1) * sampler.num_chains * sampler.particles


def timed(target: Target, points):
    """Estimates at points, and the processor's time for each of them."""
    start = time.process_time()
    estimate = ESTIMATORS[target.sampler.estimator]
    found = estimate(target, points, LIMITS)
    return found, (time.process_time() - start) / points.W[:, :, 0, 0].size


def rows(results: Path, activation: str, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of every sampler at the ends of one activation."""
    (path,) = results.glob(f"runs/controlled/{activation}/seeds-*/checkpoints.safetensors")
    of, known = of_batch(path), labels[labels.activation == activation].set_index("seed").true_llc
    runs = load(path, of, kind=CHECKPOINTS)
    inputs = results / "inputs" / "controlled" / f"seeds-{of.seeds}.safetensors"
    drawn = load_inputs(inputs, TRAINING.inputs, Identity(training="controlled", seeds=of.seeds))
    device, ends = choose_device("cpu"), runs.of(known.index.tolist()).at(runs.steps[-1:].tolist())
    sample = training_sample(drawn, TRAINING, device=device)  # the same for all runs
    many = runs.at(runs.steps[-1:].tolist() * (MANY // len(runs.seeds)))
    parts = []
    for name, sampler in SAMPLERS.items():
        target = Target(BY_NAME[activation], TRAINING, sampler, device, CONFIG["replicas_per_chunk"])
        found, seconds = timed(target, ends)
        own = sampled_curvature(target, ends, replace(sample, weight=sample.weight[..., :1]))
        columns = found.columns(limits=LIMITS, own=own)
        of_ends = {"activation": activation, "seed": ends.seeds, "sampler": name, "true_llc": known.to_numpy(float)}
        measured = {"llc": columns["llc"], "se": columns["llc_std"] / sampler.num_chains**0.5}
        costs = {"steps": cost(sampler), "seconds": seconds}
        costs["seconds_of_many"] = timed(target, many)[1] if activation == "gelu" else np.nan
        parts.append(pd.DataFrame(of_ends | measured | {"status": columns["status"]} | costs))
    table = pd.concat(parts, ignore_index=True)
    off = (table.llc - table.true_llc).abs()
    within = (off <= CLOSE * table.true_llc) | (
        (off <= STANDARD_ERRORS * table.se) & (table.se <= CLOSE * table.true_llc)
    )
    return table.assign(close=within & (table.status == OK))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    labels = frames.read(folder / "tables" / "critical_points.parquet", "critical_points")
    labels = labels.loc[(labels.training == "controlled") & (labels.step == labels.step.max())]
    found = pd.concat([rows(folder, name, labels) for name in ACTIVATIONS], ignore_index=True)
    print(found.to_csv(index=False, float_format="%.6g"), end="")
