r"""Finer tools than one LLC: of a part of the parameters, of a part of the data, and how data act on one another.

A loss is a mean over parts of the data with frequencies p, such as the features of the study's model:
:math:`L = \sum_j p_j \ell_j`. The LLC restricted to some parameters is that of chains in which the others stay. The
data-refined LLC of a part is that of chains that follow its loss alone. If the frequency of part j grows, as in
:math:`L + h (\ell_j - L)`, the expected loss of part i changes at the rate

.. math:: \chi_{ij} = \frac{d}{dh} E[\ell_i] = -n\beta \, \mathrm{Cov}(\ell_i, \ell_j - L)

under the localised posterior: its susceptibility, negative where data of j serve i too.

Source: Wang et al. 2024 (arXiv 2410.02984) for both kinds of refined LLC; Baker et al. 2025 (arXiv 2504.18274) for
susceptibilities.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from superposition.activations import Activation
from superposition.llc.estimate import Limits, estimate_llc
from superposition.llc.hessian import Loss
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs

PartLosses = Callable[[Float[Tensor, "parameter replica"]], Float[Tensor, "part replica"]]
"""Loss of every part of the data, of many parameter vectors at once."""

ENTIRE = "all"
"""Name of all parameters, and of all data."""


def feature_losses(activation: Activation, *, n_hidden: int) -> PartLosses:
    """Return the study's model as losses of its features: part i is the input in which feature i alone is active."""

    def parts(w: Float[Tensor, "parameter replica"]) -> Float[Tensor, "part replica"]:
        W, b = autoencoder.split(w, n_hidden)
        units = Inputs(w.new_ones(len(b), 1, 1))
        outputs = autoencoder.outputs(activation, W, b, units)
        return (outputs - units.target).square().mean(1)

    return parts


def feature_parameters(*, n_features: int, n_hidden: int) -> dict[str, Bool[Tensor, " parameter"]]:
    """Return subsets of the study's parameters: all, W, b, and column and bias of each feature."""
    number = torch.arange(n_features * (n_hidden + 1))
    of_bias = number >= n_features * n_hidden
    columns = {f"feature {i}": number % n_features == i for i in range(n_features)}
    return {ENTIRE: torch.ones_like(of_bias), "W": ~of_bias, "b": of_bias, **columns}


def weighted(parts: PartLosses, frequencies: Float[Tensor, " part"]) -> Loss:
    """Return the mean loss over parts of some frequencies."""
    return lambda w: (parts(w) * frequencies[:, None]).sum(0)


def refined_llc(
    parts: PartLosses,
    points: Float[Tensor, "parameter point"],
    subsets: Mapping[str, Bool[Tensor, " parameter"]],
    *,
    frequencies: Mapping[str, Float[Tensor, " part"]],
    limits: Limits,
    **chains: Any,
) -> pd.DataFrame:
    """Return a row for each point, subset of parameters and frequencies of the data: the LLC with its diagnostics.

    Args:
        parts: Loss of every part of the data.
        points: Where to estimate; should be minima.
        subsets: Parameters that may move, by name; the others stay.
        frequencies: Shares of the parts, by name; all of it on one part gives that part's data-refined LLC.
        limits: Limits beyond which an estimate is not read.
        chains: Keywords of `llc.estimate.estimate_llc`.
    """
    masks = torch.stack(list(subsets.values()), dim=1).to(points.device)
    n_points = points.shape[1]
    starts, moving = points.repeat_interleave(len(subsets), dim=1), masks.repeat(1, n_points)
    keys = {"point": np.repeat(np.arange(n_points), len(subsets)), "parameters": list(subsets) * n_points}
    tables = []
    for name, share in frequencies.items():
        estimate, _ = estimate_llc(weighted(parts, share.to(points)), starts, moving=moving, **chains)
        tables.append(pd.DataFrame(keys | {"data": name} | estimate.columns(limits=limits)))
    return pd.concat(tables, ignore_index=True)


def susceptibilities(
    parts: PartLosses, points: Float[Tensor, "parameter point"], *, frequencies: Float[Tensor, " part"], **chains: Any
) -> tuple[Float[np.ndarray, "point part part"], Float[np.ndarray, "point part part"]]:
    """Return the susceptibility of each part's loss to each part's frequency at every point, and its standard error.

    Row i, column j: what happens to the loss of part i if part j becomes more frequent. The error is that of a mean
    over chains, from their spread. Frequencies add up to 1; `chains` are keywords of `estimate_llc`.
    """
    drawn: list[Tensor] = []

    def keep(draw: int, w: Float[Tensor, "parameter point chain"]) -> None:
        drawn.append(parts(w.flatten(1)).unflatten(1, w.shape[1:]).double())

    frequencies = frequencies.to(points)
    estimate_llc(weighted(parts, frequencies), points, **chains, on_draw=keep)
    losses = torch.stack(drawn).permute(2, 3, 1, 0)  # point, chain, part, draw
    # About the mean of all chains: about each chain's own, what a chain does not explore would be missing.
    centred = losses - losses.mean((1, 3), keepdim=True)
    excess = centred - (frequencies.double()[:, None] * centred).sum(2, keepdim=True)
    chi = -chains["nbeta"] * centred @ excess.mT / losses.shape[-1]
    error = chi.std(1) / losses.shape[1] ** 0.5
    return chi.mean(1).cpu().numpy(), error.cpu().numpy()
