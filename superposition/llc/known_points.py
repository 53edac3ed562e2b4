r"""Points with a known learning coefficient, to check estimators against: losses without data, and the list of all.

`known_models` has those of toy models of superposition; docs/leaderboard.md says where each value comes from.
"""

import itertools
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.llc.hessian import Loss


@dataclass(frozen=True, kw_only=True)
class KnownPoint:
    """A loss, a point, in float64, and its learning coefficient with its source."""

    name: str
    group: str
    loss: Loss
    point: Float[Tensor, " parameter"]
    true_llc: float
    source: str


def quadratic(curvatures: list[float], *, name: str) -> KnownPoint:
    r"""Return the minimum of :math:`\frac12 \sum_i h_i w_i^2` with all h_i > 0, where the coefficient is d/2."""
    h = torch.tensor(curvatures, dtype=torch.float64)[:, None]

    def loss(w: Tensor) -> Tensor:
        return (h.to(w.dtype) * w**2).sum(0) / 2

    point, d = torch.zeros(len(curvatures), dtype=torch.float64), len(curvatures)
    return KnownPoint(name=name, group="quadratic", loss=loss, point=point, true_llc=d / 2, source="Laplace")


def normal_crossing(*powers: int) -> KnownPoint:
    r"""Return the origin of :math:`\prod_i w_i^{2 k_i}`, where the coefficient is 1 / (2 max k).

    Source: Watanabe 2009, section 4.5: the largest pole of :math:`\prod_i \int w_i^{2 k_i z} dw_i`.
    """

    def loss(w: Tensor) -> Tensor:
        product = torch.ones_like(w[0])
        for row, power in zip(w, powers, strict=True):
            product = product * row**power
        return product.square()

    factors = " ".join(f"w{i}" if power == 1 else f"w{i}^{power}" for i, power in enumerate(powers, 1))
    point, llc = torch.zeros(len(powers), dtype=torch.float64), 1 / (2 * max(powers))
    kind = {"group": "normal crossing", "source": "Watanabe 2009"}
    return KnownPoint(name=f"({factors})²", loss=loss, point=point, true_llc=llc, **kind)


def deep_linear_llc(widths: tuple[int, ...], rank: int) -> float:
    r"""Return the learning coefficient of a deep linear network; with two layers, of reduced-rank regression.

    With the excess widths :math:`M_s = H_s - r` and the set of the smallest n + 1 of them, n as small as can be with
    :math:`\sum M < n \min M'` over those left out,

    .. math:: \lambda = \frac{r (H_0 + H_L) - r^2}{2} + \frac{a (n - a)}{4 n} - \frac{n (n - 1)}{4} \bar M^2
        + \frac12 \sum_{i < j} M_i M_j, \quad \bar M = \frac1n \sum M, \; a = \sum M - (\lceil \bar M \rceil - 1) n

    for widths of the layers from the inputs H_0 to the outputs H_L, and a true map of rank r, at most every width.

    Source: Aoyagi 2024, theorem 1 (Neural Networks 172, 106132); Aoyagi & Watanabe 2005 for two layers.
    """
    excess = sorted(width - rank for width in widths)
    regular = (rank * (widths[0] + widths[-1]) - rank**2) / 2
    chosen = next(
        excess[:size]
        for size in range(2, len(excess) + 1)
        if size == len(excess) or sum(excess[:size]) < (size - 1) * excess[size]
    )
    n, total = len(chosen) - 1, sum(chosen)
    a = total - (math.ceil(total / n) - 1) * n
    products = (total**2 - sum(m**2 for m in chosen)) / 4
    return regular + a * (n - a) / (4 * n) - n * (n - 1) / 4 * (total / n) ** 2 + products


def deep_linear(*widths: int, rank: int) -> KnownPoint:
    r"""Return the most singular true parameter of :math:`\frac12 \|A_L \cdots A_1 - T\|^2` with T of the given rank.

    T and all A have ones on their diagonals up to the rank, and zeros elsewhere.
    """
    shapes = [(after, before) for before, after in itertools.pairwise(widths)]
    true = [torch.eye(*shape, dtype=torch.float64) * (torch.arange(shape[1]) < rank) for shape in shapes]
    T = torch.eye(widths[-1], widths[0], dtype=torch.float64) * (torch.arange(widths[0]) < rank)

    def loss(w: Tensor) -> Tensor:
        product = None
        for shape, part in zip(shapes, w.split([math.prod(shape) for shape in shapes]), strict=True):
            A = part.view(*shape, -1)
            product = A if product is None else (A[:, :, None] * product[None]).sum(1)
        assert product is not None
        return (product - T[:, :, None].to(w.dtype)).square().sum((0, 1)) / 2

    two = len(shapes) == 2
    return KnownPoint(
        name=f"{'–'.join(map(str, widths))}, rank {rank}",
        group="reduced-rank regression" if two else "deep linear network",
        loss=loss,
        point=torch.cat([A.flatten() for A in true]),
        true_llc=deep_linear_llc(widths, rank),
        source="Aoyagi & Watanabe 2005" if two else "Aoyagi 2024",
    )
