r"""SGLD chains around a point, for many replicas at once.

.. math:: w \leftarrow w - \frac{\epsilon}{2} (n\beta \, \nabla L(w) + \gamma (w - w^*)) + \sqrt{\epsilon} \, \eta

Source: Lau et al. 2023 (arXiv 2308.12108), with the localisation of strength gamma around the point w*.

`sample` knows nothing of a model: it takes any function that gives loss and gradient of all replicas at once. A model
that is given as a loss of one parameter vector becomes such a function with `autograd_gradient`.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Generator, Tensor

from superposition.llc.hessian import Loss
from superposition.model.device import captured

NOISE_BLOCK = 256
"""Steps whose noise is drawn together; changes memory and speed, no number."""


Gradient = Callable[[int, bool], tuple[Tensor | None, Sequence[Tensor]]]
"""Loss and gradients of all replicas at parameters of shape (parameter, replica) that change in place.

Called with the step and whether the loss is wanted; returns the loss of every replica (None unless wanted) and the
gradient of each block.
"""


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
    on_draw: Callable[[int, Float[Tensor, "parameter replica"]], None] | None = None,
) -> Float[Tensor, "draw replica"]:
    """Return the loss of every replica at every draw; `w` is changed in place.

    As in devinterp, the loss of a draw is the loss before that draw's update.

    Args:
        w: Start of every chain, which is also the point it is localised at.
        gradient: Loss and gradients at the present `w`.
        noise: Blocks of noise, standard normal for SGLD; the rows of the blocks below follow one another along `noise`.
        stream: Which noise stream drives each replica. Replicas that share one have common random numbers.
        blocks: Rows of `w` that are updated one after the other in each step. One block of all rows is SGLD. Rows in
            two blocks are updated twice per step, with noise and localisation each time, which is how the library
            treats tied weights.
        lr: Step size epsilon.
        nbeta: Inverse temperature n * beta.
        localization: Strength gamma.
        num_burnin_steps: Steps before the first draw.
        num_draws: Number of draws.
        num_steps_bw_draws: Steps per draw; the last of them is the one that is drawn.
        on_draw: Called before each draw's update with the draw and `w`, for statistics of the weights.
    """
    losses = torch.empty(num_draws, w.shape[1], dtype=w.dtype, device=w.device)
    update = captured(_update(w, blocks, stream, lr=lr, nbeta=nbeta, localization=localization), w.device)
    n_steps = num_burnin_steps + num_draws * num_steps_bw_draws
    rows = (row for block in noise for row in block.to(w.device) * lr**0.5)
    for step, row in zip(range(n_steps), rows, strict=False):
        draw, between = divmod(step + 1 - num_burnin_steps, num_steps_bw_draws)
        is_draw = draw > 0 and between == 0
        loss, gradients = gradient(step, is_draw)
        if is_draw and loss is not None:
            losses[draw - 1] = loss
            if on_draw is not None:
                on_draw(draw - 1, w)
        update(row, *gradients)
    return losses


def _update(
    w: Tensor, blocks: Sequence[slice], stream: Tensor, *, lr: float, nbeta: float, localization: float
) -> Callable[..., None]:
    """Return the update of `w` by a step's noise, scaled to the step size, and the gradients of the blocks."""
    point = w.clone()
    parts = [(w[block], point[block]) for block in blocks]
    lengths = [len(part) for part, _ in parts]
    pull, slope = lr * localization / 2, -lr * nbeta / 2

    def update(noise: Tensor, *gradients: Tensor) -> None:
        etas = noise.index_select(1, stream).split(lengths)
        for (part, start), g, eta in zip(parts, gradients, etas, strict=True):
            part.lerp_(start, pull).add_(g, alpha=slope).add_(eta)

    return update


def independent_noise(
    seeds: Sequence[Sequence[int]], *, size: int, noise_level: float
) -> Iterable[Float[Tensor, "step noise stream"]]:
    """Yield normal noise without end, `size` values per step, with a generator for the seed sequence of each stream."""
    states = [np.random.SeedSequence(list(entropy)).generate_state(1, np.uint64)[0] for entropy in seeds]
    generators = [Generator().manual_seed(int(state >> np.uint64(1))) for state in states]
    while True:
        block = [torch.randn(NOISE_BLOCK, size, generator=generator) for generator in generators]
        yield torch.stack(block, dim=-1) * noise_level


def autograd_gradient(loss: Loss, w: Float[Tensor, "parameter replica"]) -> Gradient:
    """Return loss and gradient of all replicas for any differentiable loss, by autograd."""

    def gradient(step: int, with_loss: bool) -> tuple[Tensor, list[Tensor]]:
        with torch.enable_grad():
            leaf = w.detach().requires_grad_()
            value = loss(leaf)
            (slope,) = torch.autograd.grad(value.sum(), leaf)
        return value.detach(), [slope]

    return gradient
