r"""Convergence of chains: R-hat and effective sample size of many points' traces at once.

Both are those of Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021 (arXiv 1903.08008): chains are split in half, and
values are replaced by normal scores of their ranks, so that heavy tails do no harm. Tests compare with ArviZ, which
takes as many points at once and gives the same. What it loads with itself (xarray, pandas, the signal processing of
SciPy) costs each of a study's hundred jobs with chains more than these diagnostics of all its points.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

MIN_DRAWS = 4  # shortest trace of which anything is said


def r_hat(traces: Float[Tensor, "point chain draw"]) -> Float[Tensor, " point"]:
    r"""Return the rank-normalised split R-hat of each point's traces: the larger one of bulk and tails.

    .. math:: \hat R = \sqrt{\frac{N - 1}{N} + \frac{B}{N W}}

    for N draws, variance W within and B / N between the halves of chains. Near 1 where chains agree; NaN of traces too
    short to have a variance in each half.

    Source: Vehtari et al. 2021, equations 1 to 4 and section 4.
    """
    if traces.shape[2] < MIN_DRAWS:
        return torch.full(traces.shape[:1], torch.nan, dtype=torch.double)
    halves = _split(traces)
    ordered = halves.flatten(1).sort(1).values
    middle = ordered.shape[1] // 2  # of an even number of values, as chains are split
    folded = (halves - ordered[:, middle - 1 : middle + 1].mean(1)[:, None, None]).abs()
    return torch.maximum(*(_plain_r_hat(_normal_scores(values)) for values in (halves, folded)))


def effective_sample_size(traces: Float[Tensor, "point chain draw"]) -> Float[Tensor, " point"]:
    r"""Return how many independent draws each point's traces are worth, all chains together.

    .. math:: \mathrm{ESS} = S / \hat\tau, \quad \hat\tau = -1 + 2 \sum_k P_k

    for S draws and the sums P of neighbouring autocorrelations, from an even lag on, up to the first that is negative
    and never increasing. At most S log10 S, all draws where a trace is constant.

    Source: Vehtari et al. 2021, equations 8 to 11; Geyer 1992 for the truncation.
    """
    scores = _normal_scores(_split(traces))
    size = scores[0].numel()
    rho = _autocorrelation(scores)
    n_pairs = max(1, math.ceil(rho.shape[1] / 2) - 1)
    pairs = rho[:, : 2 * n_pairs].unflatten(1, (n_pairs, 2))
    sums = pairs.sum(2)
    # The last pair is the first that is not positive, or the last there is. Only its even lag counts, and only once.
    ends = sums <= 0
    last = torch.cat([ends[:, :-1], torch.ones_like(ends[:, :1])], 1).int().argmax(1)[:, None]
    before = torch.arange(n_pairs, device=sums.device) < last
    monotone = sums.cummin(1).values.where(before, 0.0)
    even = pairs[..., 0].clamp(min=0).where(ends, pairs[..., 0])
    tau = -1 + 2 * monotone.sum(1) + even.gather(1, last)[:, 0]
    constant = scores.flatten(1).amax(1) == scores.flatten(1).amin(1)
    return torch.where(constant, float(size), size / tau.clamp(min=1 / math.log10(size)))


def _split(traces: Float[Tensor, "point chain draw"]) -> Float[Tensor, "point half half_draw"]:
    """Return the halves of all chains; the draw in the middle of an odd number is left out."""
    half = traces.shape[2] // 2
    return torch.cat([traces[..., :half], traces[..., -half:]], dim=1).double()


def _normal_scores(values: Float[Tensor, "point half half_draw"]) -> Float[Tensor, "point half half_draw"]:
    """Return the normal quantiles of each point's ranks; equal values share their mean rank."""
    ordered, order = values.flatten(1).sort(1)
    place = torch.arange(ordered.shape[1], device=ordered.device)
    is_new = ordered.diff(dim=1) != 0
    first = place.where(pad(is_new, (1, 0)), 0).cummax(1).values  # of the equal values around each
    last = place.where(pad(is_new, (0, 1)), place[-1]).flip(1).cummin(1).values.flip(1)
    scores = torch.special.ndtri(((first + last).double() / 2 + 5 / 8) / (len(place) + 1 / 4))
    return torch.empty_like(scores).scatter_(1, order, scores).view_as(values)


def _plain_r_hat(values: Float[Tensor, "point half half_draw"]) -> Float[Tensor, " point"]:
    n_draws = values.shape[2]
    within, between = values.var(2).mean(1), n_draws * values.mean(2).var(1)
    return ((between / within + n_draws - 1) / n_draws).sqrt()


def _autocorrelation(values: Float[Tensor, "point half half_draw"]) -> Float[Tensor, "point lag"]:
    """Return the autocorrelation of all chains together, in which disagreement of chains counts as correlation."""
    n_draws = values.shape[2]
    spectrum = torch.fft.rfft(values - values.mean(2, keepdim=True), n=2 * n_draws)
    covariance = torch.fft.irfft(spectrum.abs().square(), n=2 * n_draws)[..., :n_draws].mean(1) / n_draws
    within = covariance[:, :1] * n_draws / (n_draws - 1)
    total = covariance[:, :1] + values.mean(2).var(1)[:, None]
    rho = 1 - (within - covariance) / total
    rho[:, 0] = 1.0
    return rho
