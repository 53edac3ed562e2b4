"""What is taken of the reference library: its estimate of the loss, and its covariances."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from devinterp.slt.cov import WithinHeadCovarianceAccumulator
from devinterp.slt.sampler import estimate_learning_coeff

from superposition.activations import BY_NAME
from superposition.estimators.reference import ToyAutoencoder, covariances, init_loss, mean_squared_error, shuffled
from superposition.llc.chains import run_sample
from superposition.model.draws import TrainingDraws


@pytest.fixture
def relu(reference) -> ToyAutoencoder:
    """The end of the original's ReLU run."""
    return ToyAutoencoder(BY_NAME["relu"], *(torch.from_numpy(reference[f"relu_3_{part}"][-1]) for part in "Wb"))


def test_the_librarys_initial_loss_scatters_with_mini_batches_and_not_with_the_whole_sample(relu, notebook):
    inputs = TrainingDraws(notebook, seed=1).sample[:200]
    exact = mean_squared_error(relu, inputs).item()
    sizes = (shuffled(inputs, batch_size, seed=1) for batch_size in (200, 20))
    full, few = (np.array([init_loss(relu, batches, 5) for _ in range(10)]) for batches in sizes)
    # 200 x 8 squares in another order: added in pairs in single precision, they are rounded 11 times by 6e-8 at most.
    np.testing.assert_allclose(full, exact, rtol=1e-6)
    assert few.std() > 100 * full.std()
    # Ten means of 100 of 200 inputs: their mean is the exact loss to a few of their standard errors.
    assert few.mean() == pytest.approx(exact, abs=4 * few.std(ddof=1) / 10**0.5)


def test_the_librarys_within_head_covariance_cannot_be_called_by_the_librarys_sampler(relu):
    accumulator = WithinHeadCovarianceAccumulator(1, 8, [lambda model: [model.unembedding.bias.detach()]], num_evals=8)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        estimate_learning_coeff(
            relu,
            shuffled(torch.eye(8), 0),
            callbacks=[accumulator],
            evaluate=mean_squared_error,
            optimizer_kwargs={"lr": 1e-3, "nbeta": 1.0},
            num_draws=2,
            num_chains=1,
            init_loss=1.0,
            verbose=False,
        )


def test_asked_twice_the_librarys_covariance_has_lost_the_mean_twice():
    accumulator = WithinHeadCovarianceAccumulator(1, 2, [lambda draw: [draw]], num_evals=2)
    for drawn in ([1.0, 0.0], [3.0, 0.0]):
        accumulator(torch.tensor(drawn))
    accumulator.finalize()
    # Mean 2 and variance 1 in the first direction, nothing in the second.
    assert accumulator.get_results()["matrix"][0, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert accumulator.get_results()["matrix"][0, 0].tolist() == [[-3.0, 0.0], [0.0, 0.0]]  # 1 - 2 x 2


def test_the_library_itself_asks_twice_and_ends_with_a_negative_eigenvalue(relu, notebook, notebook_sampler):
    sampler = replace(notebook_sampler, num_chains=2, num_draws=20)
    shipped, proper = covariances(relu, run_sample(notebook, sampler, 1), sampler, seed=1)
    mean_sq = sum(part.square().sum().item() for part in (relu.embedding.weight, relu.unembedding.bias))
    assert np.linalg.eigvalsh(proper)[0] > -1e-3  # single precision of moments of size 100
    # Second moments minus twice the mean's outer product: the smallest eigenvalue is about minus the squared mean.
    # Draws stay within some hundredths of the point's length, and change it by less than 5 %.
    assert np.linalg.eigvalsh(shipped)[0] == pytest.approx(-mean_sq, rel=0.05)
