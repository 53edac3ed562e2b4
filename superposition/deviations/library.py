"""Results of devinterp that are not what they are called: its initial loss and its covariance."""

import warnings
from typing import cast

import numpy as np
import torch
from devinterp.optim.sgld import SGLD
from devinterp.slt.cov import CovarianceAccumulator, WithinHeadCovarianceAccumulator
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from devinterp.utils import get_init_loss_multi_batch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from superposition.presets import SamplerPreset


def mean_squared_error(model: nn.Module, x: Float[Tensor, "input feature"]) -> Tensor:
    """Return the model's loss on a batch, in the form that the library asks for."""
    return nn.functional.mse_loss(model(x), x)


def _loader(inputs: Float[Tensor, "input feature"], batch_size: int, order: torch.Generator | None) -> DataLoader:
    """Return a shuffling loader over the rows of a tensor, which need no Dataset around them."""
    return DataLoader(cast(Dataset[Tensor], inputs), batch_size=batch_size, shuffle=True, generator=order)


def init_losses(
    model: nn.Module,
    inputs: Float[Tensor, "input feature"],
    *,
    batch_size: int,
    n_batches: int,
    repeats: int,
    seed: int,
) -> Float[np.ndarray, " repeat"]:
    """Return the loss at the model's own parameters as the library estimates it, several times (`repeats`).

    It averages `n_batches` of `batch_size` inputs, as many as it runs chains; `seed` is that of the shuffling.
    """
    loader = _loader(inputs, batch_size, torch.Generator().manual_seed(seed))
    return np.array(
        [get_init_loss_multi_batch(loader, n_batches, model, mean_squared_error, "cpu") for _ in range(repeats)]
    )


class AcceptingAccumulator(WithinHeadCovarianceAccumulator):
    """The library's accumulator, made to accept the keywords with which the library's sampler calls it."""

    def __call__(self, model: nn.Module, **_: object) -> None:
        """Take the parameters of one draw into the moments."""
        super().__call__(model)


def covariances(
    model: nn.Module, inputs: Float[Tensor, "input feature"], sampler: SamplerPreset, *, seed: int
) -> tuple[Float[np.ndarray, "parameter parameter"], Float[np.ndarray, "parameter parameter"]]:
    """Return two covariances of the same draws: that of one of the library's accumulators, and the proper one.

    The library's sampler asks every callback for its results, and the estimator that called it asks again. Each time,
    ``WithinHeadCovarianceAccumulator.to_matrix`` subtracts the outer product of the mean from its second moments, in
    place. Chains start at the model's own parameters, which are one "head".
    """

    def parameters(model: nn.Module) -> Tensor:
        return torch.cat(
            [model.get_parameter(name).detach().flatten() for name in ("embedding.weight", "unembedding.bias")]
        )

    size = len(parameters(model))
    # With fewer eigenvalues than parameters, get_results fails on the shape of its own eigenvectors.
    shipped = AcceptingAccumulator(1, size, [lambda model: (parameters(model),)], num_evals=size)
    proper = CovarianceAccumulator(size, [parameters])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own defaults and of its deprecated class
        estimate_learning_coeff_with_summary(
            model,
            _loader(inputs, sampler.batch_size or len(inputs), None),
            callbacks=[shipped, proper],
            evaluate=mean_squared_error,
            sampling_method=SGLD,
            optimizer_kwargs=sampler.step,
            num_chains=sampler.num_chains,
            **sampler.draws,
            init_loss=1.0,
            seed=seed,
            verbose=False,
        )
    return shipped.second_moment[0, 0].numpy(), proper.to_matrix().numpy()
