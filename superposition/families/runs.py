"""Runs of a family, all values and seeds along one axis, and what the seeds of each value say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from superposition.families.rows import Family
from superposition.llc.chains import Target, run_chains
from superposition.llc.estimate import Limits, estimate_of
from superposition.llc.runs import sampled_curvature
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.data import training_sample
from superposition.model.kinks import kinks
from superposition.model.training import outputs_of, train
from superposition.sampler_presets import SamplerPreset
from superposition.statistics import Resampling, median_interval
from superposition.status import OK
from superposition.tables.trajectory import TrainingInputs, Trajectory
from superposition.training_presets import TrainingPreset

CPU = torch.device("cpu")  # ASSUME a family on a CPU: its 512 runs are too few for a GPU to pay


@dataclass(frozen=True, kw_only=True)
class Job:
    """Runs to make: a family at some values under a preset of training and one of sampling; and how they are read."""

    family: Family
    values: Sequence[float]
    training: TrainingPreset
    sampler: SamplerPreset
    thresholds: Thresholds
    limits: Limits
    replicas_per_chunk: int


def train_family(job: Job, inputs: TrainingInputs, *, steps: Sequence[int]) -> Trajectory:
    """Return the weights of every run at some steps; seed after seed, and for each seed value after value.

    Neither other values nor other seeds change a bit of a run. `inputs` are drawn for the seeds with the preset's
    values, and are the same for every value.
    """
    n, of_seeds = len(job.values), ("sample", "epoch_seeds", "seeds")
    repeated = {name: np.repeat(getattr(inputs, name), n, axis=0) for name in of_seeds}
    inputs = replace(inputs, counts=np.repeat(inputs.counts, n, axis=-1), **repeated)
    activation = job.family.activation(job.values)
    trajectory, _ = train(activation, job.training, inputs, weight_steps=steps, loss_steps=steps[-1:], device=CPU)
    return trajectory


def family_runs(job: Job, inputs: TrainingInputs, *, steps: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the columns of the table of a family's runs, trained with weights recorded at some steps."""
    return family_runs_table(job, inputs, train_family(job, inputs, steps=steps))


def family_runs_table(job: Job, inputs: TrainingInputs, trajectory: Trajectory) -> dict[str, np.ndarray]:
    """Return the columns of the table of a family's runs: how each ended, and the LLC there.

    `inputs` are what was drawn for its seeds, `trajectory` is what `train_family` returns.
    """
    ends, activation = trajectory.at(trajectory.steps[-1:].tolist()), job.family.activation(job.values)
    measured = superposition_table(ends, outputs_of(activation, job.training, ends), thresholds=job.thresholds)
    outputs = outputs_of(activation, job.training, trajectory).outputs.astype(np.float64)
    n_recovered = geometry.recovered(outputs, thresholds=job.thresholds).sum(-1)
    onsets = [geometry.settled(trajectory.steps, run > job.training.n_free) for run in n_recovered]
    llc = _llc(job, inputs, ends)
    return {
        "family": np.full(len(trajectory.seeds), job.family.name),
        "parameter": np.full(len(trajectory.seeds), job.family.parameter),
        "value": np.resize(np.asarray(job.values, dtype=float), len(trajectory.seeds)),
        "seed": trajectory.seeds,
        **{name: measured[name] for name in ("status", "loss", "n_recovered", "n_represented")},
        "onset": np.where(trajectory.diverged[:, -1], np.nan, np.array(onsets, dtype=float)),
        **{name: llc[name] for name in ("llc", "llc_std", "predicted_llc")},
        "llc_status": llc["status"],
    }


def _llc(job: Job, inputs: TrainingInputs, ends: Trajectory) -> dict[str, np.ndarray]:
    """Return LLC estimates at the ends of all runs, in their order; a seed has the same noise for every value.

    To the chains, the values of the parameter are what checkpoints are to a run. Sides are those of a value's own
    kinks: where it has none, both are the point itself.
    """
    n_values, n_chains = len(job.values), job.sampler.num_chains
    points = Trajectory(
        W=ends.W.reshape(-1, n_values, *ends.W.shape[2:]),
        b=ends.b.reshape(-1, n_values, ends.b.shape[-1]),
        steps=np.arange(n_values),
        seeds=ends.seeds[::n_values],
    )
    # A chunk holds whole runs: their chains follow the parameter in its cycle.
    how = job.training, job.sampler, CPU, max(job.replicas_per_chunk, n_values * n_chains)
    single, chained = (Target(job.family.activation(job.values, each=n), *how) for n in (1, n_chains))
    chains = run_chains(chained, points)
    side = job.limits.kink * np.array([[len(kinks(job.family.activation([value]))) > 0] for value in job.values])
    estimate = estimate_of(
        chains.losses,
        chains.init_loss,
        sampled_curvature(single, points),
        sides=tuple(sampled_curvature(single, points, shift=shift) for shift in (-side, side) if side.any()),
        nbeta=job.sampler.nbeta,
        localization=job.sampler.localization,
    )
    trained_on = training_sample(inputs, job.training, device=CPU)
    return estimate.columns(limits=job.limits, on_sample=sampled_curvature(single, points, trained_on))


def families_table(runs: pd.DataFrame, best: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return one row for each family and value: what is possible, and medians over seeds with their intervals.

    Runs that diverged, LLC estimates that may not be read, and missing onsets are left out; how many are used stands
    beside each median. `best` says of each value what is possible: best_loss and capacity.
    """
    keys, measures = ["family", "parameter", "value"], ("n_recovered", "loss", "onset", "llc")
    values = runs.assign(**{name: runs[name].astype(float).where(runs.status == OK) for name in measures})
    values["llc"] = values.llc.where(runs.llc_status == OK)
    return medians(values, keys, measures, resampling).merge(best, on=keys, how="left", validate="1:1")


def medians(runs: pd.DataFrame, keys: Sequence[str], measures: Sequence[str], resampling: Resampling) -> pd.DataFrame:
    """Return a row for the runs with each combination of keys: medians, their intervals, and numbers of values.

    Args:
        runs: A row for each run; values that are missing are left out.
        keys: Columns that tell apart which runs are seeds of the same.
        measures: Columns of which the medians are.
        resampling: How intervals over seeds are computed.
    """
    rows = []
    for key, group in runs.groupby(list(keys), sort=False):
        row: dict[str, object] = dict(zip(keys, key, strict=True))  # type: ignore[arg-type]
        for name in measures:
            over = median_interval(group[name].to_numpy(float), resampling)
            row |= {name: over.median, f"{name}_low": over.low, f"{name}_high": over.high, f"{name}_n": over.n_used}
        rows.append(row)
    return pd.DataFrame(rows)
