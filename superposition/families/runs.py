"""Runs of a family: all values of its parameter and all seeds along one axis, trained and sampled together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from superposition.families.rows import Family
from superposition.llc.chains import Target, run_chains
from superposition.llc.estimate import Limits, estimate_of
from superposition.llc.runs import columns_of_runs, sampled_curvature
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.data import training_sample
from superposition.model.kinks import kinks
from superposition.model.training import outputs_of, train
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables.training_inputs import TrainingInputs
from superposition.tables.trajectory import Trajectory

CPU = torch.device("cpu")
"""ASSUME a family on a CPU: its 512 runs are too few for a GPU to pay."""

MEASURES = ("status", "loss", "n_recovered", "n_represented")
"""Columns of the superposition table that the ends of runs keep."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is run: a family at some values under a preset of training and one of sampling."""

    family: Family
    values: Sequence[float]
    training: TrainingPreset
    sampler: SamplerPreset


def train_family(job: Job, inputs: TrainingInputs, *, steps: Sequence[int]) -> Trajectory:
    """Return the recorded weights of every run; seed after seed, and for each seed value after value.

    A run is a function of (family, value, preset, seed): neither other values nor other seeds change a bit of it. At a
    limit of the family it is the run of the registered activation with that seed, but for rounding.

    Args:
        job: What is trained.
        inputs: What runs are trained on, drawn for the seeds with the preset's values; the same for every value.
        steps: Steps at which weights are recorded.
    """
    activation, repeated = job.family.activation(job.values), for_every_value(inputs, len(job.values))
    found, _ = train(activation, job.training, repeated, weight_steps=steps, loss_steps=steps[-1:], device=CPU)
    return found


def for_every_value(inputs: TrainingInputs, n_values: int) -> TrainingInputs:
    """Return the inputs with as many runs in place of each."""
    return TrainingInputs(
        preset=inputs.preset,
        sample=np.repeat(inputs.sample, n_values, axis=0),
        epoch_seeds=np.repeat(inputs.epoch_seeds, n_values, axis=0),
        counts=np.repeat(inputs.counts, n_values, axis=-1),
        seeds=np.repeat(inputs.seeds, n_values),
    )


def runs_table(
    job: Job,
    inputs: TrainingInputs,
    trajectory: Trajectory,
    *,
    thresholds: Thresholds,
    limits: Limits,
    replicas_per_chunk: int,
) -> dict[str, np.ndarray]:
    """Return the columns of the table of a family's runs: how each ended, and the LLC there.

    Args:
        job: What was trained.
        inputs: What it was trained on.
        trajectory: Weights of the runs at recorded steps.
        thresholds: From when on a feature counts as represented or recovered.
        limits: Beyond what an estimate may not be read.
        replicas_per_chunk: Number of chains computed together; changes memory and speed, no number.
    """
    ends = trajectory.at(trajectory.steps[-1:].tolist())
    outputs = outputs_of(job.family.activation(job.values), job.training, ends)
    measured = superposition_table(ends, outputs, thresholds=thresholds)
    llc = _llc(job, inputs, ends, limits=limits, replicas_per_chunk=replicas_per_chunk)
    return {
        "family": np.full(len(trajectory.seeds), job.family.name),
        "parameter": np.full(len(trajectory.seeds), job.family.parameter),
        "value": np.resize(np.asarray(job.values, dtype=float), len(trajectory.seeds)),
        "seed": trajectory.seeds,
        **{name: measured[name] for name in MEASURES},
        "onset": _onsets(job, trajectory, thresholds),
        **{name: llc[name] for name in ("llc", "llc_std", "predicted_llc")},
        "llc_status": llc["status"],
    }


def _onsets(job: Job, trajectory: Trajectory, thresholds: Thresholds) -> np.ndarray:
    """Return the onset of superposition of every run, NaN for none and for runs that diverged."""
    outputs = outputs_of(job.family.activation(job.values), job.training, trajectory)
    recovered = geometry.recovered(outputs.outputs.astype(np.float64), thresholds=thresholds).sum(-1)
    found = [geometry.settled(trajectory.steps, run > job.training.n_free) for run in recovered]
    return np.where(trajectory.diverged[:, -1], np.nan, np.array(found, dtype=float))


def _llc(
    job: Job, inputs: TrainingInputs, ends: Trajectory, *, limits: Limits, replicas_per_chunk: int
) -> dict[str, np.ndarray]:
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
    one, each = (
        Target(job.family.activation(job.values, each=n), job.training, job.sampler, CPU) for n in (1, n_chains)
    )
    # A chunk holds whole runs: their chains follow the parameter in its cycle.
    chains = run_chains(each, points, replicas_per_chunk=max(replicas_per_chunk, n_values * n_chains))
    side = limits.kink * np.array([[len(kinks(job.family.activation([value]))) > 0] for value in job.values])
    estimate = estimate_of(
        chains.losses.reshape(-1, *chains.losses.shape[2:]),
        chains.init_loss.ravel(),
        sampled_curvature(one, points),
        sides=tuple(sampled_curvature(one, points, shift=shift) for shift in (-side, side) if side.any()),
        nbeta=job.sampler.nbeta,
        localization=job.sampler.localization,
    )
    trained_on = training_sample(inputs, job.training, device=CPU)
    return columns_of_runs(estimate, one, points, trained_on, limits=limits)
