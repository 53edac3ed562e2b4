r"""SGLD chains around a point, for many replicas at once.

.. math:: w \leftarrow w - \frac{\epsilon}{2} (n\beta \, \nabla L(w) + \gamma (w - w^*)) + \sqrt{\epsilon} \, \eta

Source: Lau et al. 2023 (arXiv 2308.12108), with the localisation of strength gamma around the point w*.

`sample` knows nothing of a model: it takes any function that gives loss and gradient of all replicas at once. A model
that is given as a loss of its parameter vectors becomes such a function with `value_and_slope`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Generator, Tensor

from superposition.llc.hessian import Loss
from superposition.model.device import captured

NOISE_BLOCK = 256  # steps whose noise is drawn together; changes memory and speed, no number
LossAndGradient = tuple[Float[Tensor, " replica"], Float[Tensor, "parameter replica"]]

Gradient = Callable[[int, bool], tuple[Any, ...]]
"""Loss of every replica (None unless wanted) and gradient of each block, at parameters that change in place, from the
step and whether the loss is wanted."""


def sample(
    w: Float[Tensor, "parameter replica"],
    gradient: Gradient,
    noise: Iterable[Float[Tensor, "step noise stream"]],
    *,
    stream: Int64[Tensor, " replica"],
    blocks: Sequence[slice],
    lr: float,
    nbeta: float,
    localization: float,
    num_burnin_steps: int,
    num_draws: int,
    num_steps_bw_draws: int,
    moving: Bool[Tensor, "parameter replica"] | None = None,
    on_draw: Callable[[int, Float[Tensor, "parameter replica"]], None] | None = None,
) -> Float[Tensor, "draw replica"]:
    """Return the loss of every replica at every draw; `w`, where chains start, is changed in place.

    As in devinterp, the loss of a draw is the loss before that draw's update, the last of `num_steps_bw_draws`.

    Args:
        w: Start of every chain, the formula's w*; changed in place.
        gradient: Loss and gradient of all replicas at `w`.
        noise: Blocks of steps, standard normal for SGLD.
        stream: Which stream of the noise drives each replica; those that share one have common random numbers.
        blocks: Rows of `w` that are updated one after the other in each step, and follow one another in the noise. One
            block of all rows is SGLD; rows in two blocks are updated twice, with noise and localisation each time,
            which is how the library treats tied weights.
        lr: Step size epsilon.
        nbeta: Inverse temperature n beta.
        localization: Strength gamma of the pull towards the start.
        num_burnin_steps: Steps before the first draw.
        num_draws: Draws per chain.
        num_steps_bw_draws: Steps per draw.
        moving: Parameters that may move, None for all; the others stay where they start.
        on_draw: Called before each draw's update with the draw and `w`, for statistics of the weights.
    """
    point = w.clone()
    parts = [(w[block], point[block]) for block in blocks]
    lengths = [len(part) for part, _ in parts]
    pull, slope = lr * localization / 2, -lr * nbeta / 2

    def update(noise: Tensor, *gradients: Tensor) -> None:
        etas = noise.index_select(1, stream).split(lengths)
        for (part, start), g, eta in zip(parts, gradients, etas, strict=True):
            part.lerp_(start, pull).add_(g, alpha=slope).add_(eta)
        if moving is not None:
            w.copy_(torch.where(moving, w, point))

    update = captured(update, w.device)
    losses = torch.empty(num_draws, w.shape[1], dtype=w.dtype, device=w.device)
    rows = (row for block in noise for row in block.to(w) * lr**0.5)
    for step, row in zip(range(num_burnin_steps + num_draws * num_steps_bw_draws), rows, strict=False):
        draw, between = divmod(step + 1 - num_burnin_steps, num_steps_bw_draws)
        is_draw = draw > 0 and between == 0
        loss, *gradients = gradient(step, is_draw)
        if is_draw:
            losses[draw - 1] = loss
            if on_draw is not None:
                on_draw(draw - 1, w)
        update(row, *gradients)
    return losses


def independent_noise(
    seeds: Sequence[Sequence[int]], *, size: int, noise_level: float
) -> Iterable[Float[Tensor, "step noise stream"]]:
    """Yield normal noise without end, `size` values per step, with a generator for the seed sequence of each stream."""
    states = [np.random.SeedSequence(list(entropy)).generate_state(1, np.uint64)[0] for entropy in seeds]
    generators = [Generator().manual_seed(int(state >> np.uint64(1))) for state in states]
    while True:
        block = [torch.randn(NOISE_BLOCK, size, generator=generator) for generator in generators]
        yield torch.stack(block, dim=-1) * noise_level


def value_and_slope(loss: Loss, w: Float[Tensor, "parameter replica"]) -> LossAndGradient:
    """Return loss and gradient of many parameter vectors at once, by autograd."""
    with torch.enable_grad():
        leaf = w.detach().requires_grad_()
        value = loss(leaf)
        return value.detach(), torch.autograd.grad(value.sum(), leaf)[0]
