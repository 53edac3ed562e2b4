"""The accuracy cases of devinterp 1.3.2's own tests, with their data, settings and tolerances."""

import warnings

import numpy as np
import pytest
import torch
from devinterp.optim.sgld import SGLD
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from superposition.estimators.known_points import deep_linear_llc
from superposition.own_model.learning_coeff import default_nbeta, estimate_learning_coeff

pytestmark = pytest.mark.oracle

N_SAMPLES = 1000
NBETA = default_nbeta(N_SAMPLES)


def mse(model, data):
    return nn.functional.mse_loss(model(data[0]), data[1])


class NormalCrossing(nn.Module):
    """y = x w1^a w2^b, at the origin."""

    def __init__(self, a: int, b: int):
        super().__init__()
        self.powers = a, b
        self.w = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return x * self.w[0] ** self.powers[0] * self.w[1] ** self.powers[1]


@pytest.mark.parametrize("powers", [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (0, 3), (1, 3), (2, 3), (3, 3)])
def test_normal_crossings(powers):
    torch.manual_seed(42)
    x = torch.normal(0, 2, size=(N_SAMPLES,))
    y = 0.25 * torch.normal(0, 1, size=(N_SAMPLES,))
    settings = {"lr": 4e-4, "nbeta": NBETA, "localization": 0.0, "num_chains": 10, "num_draws": 5000, "seed": 42}
    estimate = estimate_learning_coeff(NormalCrossing(*powers), (x, y), mse, **settings, verbose=False).estimate
    # Theirs: within 3.5 standard deviations over chains of 1 / (2 max(a, b)).
    assert abs(estimate.llc[0] - 1 / (2 * max(powers))) < 3.5 * estimate.llc_std[0]


@pytest.mark.parametrize(("n_inputs", "n_hidden", "n_outputs"), [(5, 3, 5), (5, 4, 5), (4, 3, 8), (8, 3, 4), (3, 8, 4)])
def test_reduced_rank_regressions(n_inputs, n_hidden, n_outputs):
    torch.manual_seed(1)
    x, y = torch.randn(N_SAMPLES, n_inputs), torch.randn(N_SAMPLES, n_outputs)
    model = nn.Sequential(nn.Linear(n_inputs, n_hidden, bias=False), nn.Linear(n_hidden, n_outputs, bias=False))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(5000):
        optimizer.zero_grad()
        mse(model, (x, y)).backward()
        optimizer.step()
    settings = {"lr": 6e-4, "nbeta": NBETA, "localization": 1.0, "num_chains": 3, "num_draws": 2000, "seed": 42}
    estimate = estimate_learning_coeff(model, (x, y), mse, **settings, verbose=False).estimate
    print(n_inputs, n_hidden, n_outputs, estimate.llc, estimate.llc_std)
    # Theirs: within 40 % of the coefficient of a true map of rank 0.
    assert estimate.llc[0] == pytest.approx(deep_linear_llc((n_inputs, n_hidden, n_outputs), 0), rel=0.4)


def test_a_small_mlp_has_the_estimate_that_devinterp_gives_it():
    torch.manual_seed(0)
    x, model = torch.linspace(-1, 1, 16)[:, None], nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    data = x, model(x).detach()  # instead of training
    sgld = {"lr": 2e-5, "nbeta": 1000.0, "localization": 100.0}
    chains = {"num_chains": 4, "num_draws": 250, "num_burnin_steps": 250, "seed": 1, "verbose": False}
    loader = DataLoader(TensorDataset(*data), batch_size=len(x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own defaults
        theirs = estimate_learning_coeff_with_summary(
            model,
            loader,
            evaluate=mse,
            sampling_method=SGLD,
            optimizer_kwargs=dict(sgld),
            init_loss=1e-12,  # 0 would have the library compute one
            **chains,
        )
    theirs = np.array([theirs[f"llc-chain/{i}"] for i in range(4)])
    ours = estimate_learning_coeff(model, data, mse, **sgld, **chains).estimate.per_chain[0]
    error = np.hypot(theirs.std(ddof=1), ours.std(ddof=1)) / 2
    assert ours.mean() == pytest.approx(theirs.mean(), abs=4 * error)
    assert error < 0.25 * ours.mean()  # so that half an estimate would be seen
