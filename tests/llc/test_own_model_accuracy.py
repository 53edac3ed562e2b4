"""The accuracy cases of devinterp 1.3.2's own tests, with their data, settings and tolerances."""

import pytest
import torch
from torch import nn

from superposition.llc.known_points import reduced_rank_llc
from superposition.llc.own_model import default_nbeta, estimate_learning_coeff

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
    found = estimate_learning_coeff(NormalCrossing(*powers), (x, y), mse, **settings, verbose=False).estimate
    # Theirs: within 3.5 standard deviations over chains of 1 / (2 max(a, b)).
    assert abs(found.llc[0] - 1 / (2 * max(powers))) < 3.5 * found.llc_std[0]


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
    found = estimate_learning_coeff(model, (x, y), mse, **settings, verbose=False).estimate
    print(n_inputs, n_hidden, n_outputs, found.llc, found.llc_std)
    # Theirs: within 40 % of the coefficient of a true map of rank 0.
    assert found.llc[0] == pytest.approx(reduced_rank_llc(n_inputs, n_outputs, n_hidden, 0), rel=0.4)
