"""R-hat and effective sample size."""

import numpy as np
import pytest
import torch
from arviz_stats.base.array import array_stats

from superposition.llc.convergence import effective_sample_size, r_hat

N_DRAWS = (4, 5, 24, 25, 50, 101)


def autoregressive(n_draws: int, correlation: float, *, n_points: int = 20, n_chains: int = 4) -> torch.Tensor:
    """Return traces whose neighbouring draws are correlated, with an offset between the chains of some points."""
    generator = torch.Generator().manual_seed(n_draws)
    noise = torch.randn(n_points, n_chains, n_draws, generator=generator, dtype=torch.float64)
    for draw in range(1, n_draws):
        noise[..., draw] += correlation * noise[..., draw - 1]
    return noise + torch.arange(n_points)[:, None, None] / 10 * torch.arange(n_chains)[:, None]


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.9])
@pytest.mark.parametrize("n_draws", N_DRAWS)
def test_both_are_those_of_arviz_at_every_point(n_draws, correlation):
    traces = autoregressive(n_draws, correlation)
    traces[0] = traces[0].round()  # equal values share a rank
    axes = {"chain_axis": -2, "draw_axis": -1}
    # 1e-9: the same formulas in double precision, summed in another order.
    np.testing.assert_allclose(r_hat(traces), array_stats.rhat(traces.numpy(), **axes), rtol=1e-9)
    np.testing.assert_allclose(effective_sample_size(traces), array_stats.ess(traces.numpy(), **axes), rtol=1e-9)


def test_a_constant_trace_has_no_r_hat_and_counts_every_draw():
    traces = torch.ones(1, 2, 10)
    assert r_hat(traces).isnan().all()
    assert effective_sample_size(traces).tolist() == [20.0]


@pytest.mark.parametrize("n_draws", [1, 3])
def test_traces_of_hardly_any_draw_have_no_r_hat(n_draws):
    assert r_hat(torch.randn(3, 2, n_draws)).isnan().tolist() == [True] * 3
    assert r_hat(torch.randn(3, 2, 4)).isfinite().all()


def test_chains_apart_have_a_large_r_hat_and_few_effective_draws():
    together = autoregressive(100, 0.0, n_points=1)
    apart = together + 10 * torch.arange(4)[:, None]
    assert r_hat(together) < 1.05
    assert r_hat(apart) > 1.5
    assert effective_sample_size(together) > 5 * effective_sample_size(apart)
