r"""The LLC of anybody's module, at one or many of its checkpoints at once.

Names and defaults are devinterp's where they mean the same. Unlike there, all chains of all checkpoints are computed
together, each mini-batch is drawn by the seed, the baseline is the loss over all data, and every estimate has a status
with its reasons.
"""

import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm.auto import tqdm

from superposition.calibration.settings import chain_settings
from superposition.errors import StudyError
from superposition.llc.estimate import Estimate, Limits, estimate_llc
from superposition.llc.hessian import check_loss, largest_curvature
from superposition.own_model.module_loss import Data, Evaluate, ModuleLoss
from superposition.own_model.settings import check_settings
from superposition.status import OK, SADDLE
from superposition.wording import plural


@dataclass(frozen=True)
class LearningCoeff:
    """LLC estimates at all checkpoints of a model, with what they rest on.

    Losses of draws are over their mini-batches, the distance is Euclidean, from the checkpoint; `draws` are values of
    every parameter at every draw, shape (chain, draw, point, ...), empty unless asked for.
    """

    estimate: Estimate
    loss_trace: Float[np.ndarray, "point chain draw"]
    distance: Float[np.ndarray, "point chain draw"]
    draws: Mapping[str, np.ndarray]
    limits: Limits

    @property
    def llc_trace(self) -> Float[np.ndarray, "point chain draw"]:
        """Excess loss n beta (L - L(w*)) of every draw; its mean is the estimate."""
        return self.estimate.nbeta * (self.loss_trace - self.estimate.init_loss[:, None, None])

    def table(self) -> pd.DataFrame:
        """Return a row for each checkpoint: estimate, prediction, diagnostics, status and its reasons."""
        table = pd.DataFrame(self.estimate.columns(limits=self.limits))
        allowed = self.estimate.allowed_shift(limits=self.limits)
        rows = zip(table.to_dict("records"), allowed, strict=True)
        reasons = [_reasons(row, float(shift), self.limits) for row, shift in rows]
        return table.assign(reasons=reasons).rename(columns={"llc": "llc/mean", "llc_std": "llc/std"})

    def to_arviz(self) -> Any:
        """Return LLC, loss and distance of every draw, and parameters if stored, as ArviZ's DataTree.

        Raises:
            StudyError: Without ArviZ.
        """
        try:
            from arviz_base import from_dict
        except ImportError as error:
            hint = "pip install arviz-base, which ArviZ 1 brings along"
            raise StudyError(expected="ArviZ", found="no arviz_base", where="to_arviz", hint=hint) from error
        traces = {"loss": self.loss_trace, "distance": self.distance, "llc": self.llc_trace}
        by_draw = {name: values.transpose(1, 2, 0) for name, values in traces.items()} | dict(self.draws)
        dims = {name: ["point", *(f"{name}_{i}" for i in range(values.ndim - 3))] for name, values in by_draw.items()}
        statistics = {name: by_draw.pop(name) for name in ("loss", "distance")}
        return from_dict({"posterior": by_draw, "sample_stats": statistics}, dims=dims)


def _reasons(row: Mapping[Any, Any], allowed: float, limits: Limits) -> str:
    """Return why an estimate may not be read: each limit that it does not meet, with the value."""
    shift = f"the gradient adds {row['gradient_shift']:.3g} to the estimate, at most ±{allowed:.3g} is allowed"
    reasons = {
        f"{plural(row['n_chains_nan'], 'chain')} diverged: a smaller lr": row["n_chains_nan"],
        f"{shift}: train longer": not abs(row["gradient_shift"]) <= allowed,
        "a direction curves down, no minimum: train longer": row["status"] == SADDLE,
        f"{plural(row['n_chains_down'], 'chain')} found lower losses: more training": row["n_chains_down"],
        f"{plural(row['n_chains_up'], 'chain')} rose above half the parameters: a smaller lr": row["n_chains_up"],
        f"R-hat {row['r_hat']:.3g}, at most {limits.r_hat:g}: a longer burn-in": not row["r_hat"] <= limits.r_hat,
        f"ESS {row['ess']:.0f}, at least {limits.ess:g}: more draws, further apart": not row["ess"] >= limits.ess,
    }
    return "" if row["status"] == OK else "; ".join(reason for reason, holds in reasons.items() if holds)


def default_limits(n_parameters: int) -> Limits:
    """Return the limits of a model of some size: a tenth of half its parameters, which is the largest LLC, or 0.5."""
    return Limits(shift=0.1, kink=0.0, escape=max(0.5, n_parameters / 20), r_hat=1.1, ess=50)


def default_nbeta(n_samples: int) -> float:
    """Return n / log n for n samples, as devinterp does."""
    return n_samples / float(np.log(max(n_samples, 3)))


def estimate_learning_coeff(
    model: nn.Module,
    data: Data,
    evaluate: Evaluate,
    *,
    lr: float,
    nbeta: float,
    localization: float,
    num_chains: int = 10,
    num_draws: int = 100,
    num_burnin_steps: int = 0,
    num_steps_bw_draws: int = 1,
    batch_size: int = 0,
    seed: int = 0,
    checkpoints: Sequence[Mapping[str, Tensor]] = (),
    optimize_over_per_model_param: Mapping[str, Tensor | bool] | None = None,
    store_draws: bool = False,
    limits: Limits | None = None,
    verbose: bool = True,
) -> LearningCoeff:
    """Return LLC estimates of a module at its own parameters, or at many checkpoints together.

    Args:
        model: A trained module; it is not changed.
        data: All samples.
        evaluate: Mean loss of a model on samples, such as ``lambda model, data: mse_loss(model(data[0]), data[1])``.
        lr: Step size epsilon of SGLD.
        nbeta: Inverse temperature; `default_nbeta` of the number of samples is usual.
        localization: Strength gamma of the pull towards the checkpoint.
        num_chains: Chains per checkpoint.
        num_draws: Draws per chain.
        num_burnin_steps: Steps before the first draw.
        num_steps_bw_draws: Steps per draw.
        batch_size: Samples of each step, drawn anew for each chain; 0 for all.
        seed: Seed of noise and mini-batches; a chain's are the same at all checkpoints.
        checkpoints: State dictionaries of the module; none for its own parameters.
        optimize_over_per_model_param: Which parameters may move, by name: all or none of one, or a mask of its shape.
            Those that are not named stay. None for all.
        store_draws: Whether to keep all parameters at all draws.
        limits: Limits beyond which an estimate is not read; None for `default_limits`.
        verbose: Whether to show the progress.

    Raises:
        StudyError: Before any chain is run, if the model, the data, the loss or a setting cannot be used.
    """
    loss = ModuleLoss(model, data, evaluate)
    points, moving = loss.points(checkpoints), loss.moving(optimize_over_per_model_param)
    steps = {"num_burnin_steps": num_burnin_steps, "num_draws": num_draws, "num_steps_bw_draws": num_steps_bw_draws}
    chains = {"num_chains": num_chains, "seed": seed}
    sampling = chains | steps | {"lr": lr, "nbeta": nbeta, "localization": localization}
    check_settings(sampling | {"batch_size": batch_size}, loss.n_samples)
    if not isinstance(limits, Limits | None):
        hint = "Limits(...), or None for default_limits"
        raise StudyError(expected="limits of an estimate", found=type(limits).__name__, where="limits", hint=hint)
    distance, drawn = np.empty((points.shape[1], num_chains, num_draws)), []

    def keep(draw: int, w: Float[Tensor, "parameter point chain"]) -> None:
        distance[..., draw] = (w - points[:, :, None]).norm(dim=0).cpu()
        drawn.extend([w.permute(2, 1, 0).cpu().clone()] if store_draws else [])

    title = f"{points.shape[1]} × {num_chains} chains"
    with tqdm(total=num_burnin_steps + num_draws * num_steps_bw_draws, desc=title, disable=not verbose) as bar:
        gradient = functools.partial(loss.gradient, **chains, batch_size=batch_size, on_step=bar.update)
        at_points = None if moving is None else moving[:, None].expand_as(points)
        estimate, losses = estimate_llc(loss, points, **sampling, gradient_at=gradient, moving=at_points, on_draw=keep)
    limits = limits or default_limits(len(points) if moving is None else int(moving.sum()))
    draws = {name: w.numpy() for name, w in loss.named(torch.stack(drawn, dim=1)).items()} if drawn else {}
    return LearningCoeff(estimate, losses, distance, draws, limits)


FLAT_SHARES = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
"""Localisations to try: curvatures, relative to the largest, below which a direction counts as flat."""

STEP_ERROR, RELAXATIONS, NUM_DRAWS = 0.05, 2.0, 400
"""As in the study's calibration: share that the step size adds to a variance, length of burn-in and draws, draws."""


@dataclass(frozen=True)
class Calibration:
    """What every localisation gave at every checkpoint, and the best, as keywords of `estimate_learning_coeff`."""

    table: pd.DataFrame
    settings: Mapping[str, Any]


def calibrate(
    model: nn.Module,
    data: Data,
    evaluate: Evaluate,
    *,
    nbeta: float | None = None,
    max_steps: int = 10_000,
    num_chains: int = 10,
    batch_size: int = 0,
    seed: int = 0,
    checkpoints: Sequence[Mapping[str, Tensor]] = (),
    optimize_over_per_model_param: Mapping[str, Tensor | bool] | None = None,
    limits: Limits | None = None,
    verbose: bool = True,
) -> Calibration:
    """Return the setting with the weakest localisation at which all estimates may be read, and what others gave.

    With less, chains take longer; step size and length follow. Where no estimate may be read the strongest is
    recommended, and the table says why.

    Arguments are as of `estimate_learning_coeff`, to which those that the settings lack are to be given again; without
    `nbeta` it is `default_nbeta` of the samples, and `max_steps` is the length of the longest chain to try, burn-in and
    draws together. The strongest localisation, whose chains are shortest, is tried whatever its length.

    Raises:
        StudyError: Before any chain is run, if the model, the data, the loss or a setting cannot be used.
    """
    loss = ModuleLoss(model, data, evaluate)
    nbeta = default_nbeta(loss.n_samples) if nbeta is None else nbeta
    given = {"num_chains": num_chains, "batch_size": batch_size, "seed": seed, "checkpoints": checkpoints}
    given |= {"optimize_over_per_model_param": optimize_over_per_model_param, "limits": limits, "verbose": verbose}
    check_settings({"nbeta": nbeta, "max_steps": max_steps, **given}, loss.n_samples)
    points = loss.points(checkpoints)
    check_loss(loss, points)
    steepest = largest_curvature(loss, points)
    if not 0 < steepest < np.inf:
        hint = "train the model first, or choose lr and localization yourself"
        raise StudyError(expected="a loss that is curved at a checkpoint", found=steepest, where="model", hint=hint)
    sizes = {"steepest": steepest, "num_draws": NUM_DRAWS, "step_error": STEP_ERROR, "relaxations": RELAXATIONS}
    tables, chosen = [], {}
    for share in FLAT_SHARES:
        setting = chain_settings(nbeta, share * nbeta * steepest, **sizes, max_steps=sys.maxsize)
        n_steps = setting["num_burnin_steps"] + setting["num_draws"] * setting["num_steps_bw_draws"]
        if chosen and n_steps > max_steps:
            break
        estimates = estimate_learning_coeff(model, data, evaluate, **setting, **given)
        tables.append(estimates.table().assign(**setting))
        if not chosen or (tables[-1].status == OK).all():
            chosen = setting
    return Calibration(pd.concat(tables, ignore_index=True), chosen)
