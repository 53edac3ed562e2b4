"""A loss of one's own: every mistake is one message before any chain runs."""

import pytest
import torch

from superposition.errors import StudyError
from superposition.llc import estimate, hessian

CHAINS = {"lr": 1e-4, "nbeta": 1e2, "localization": 1.0, "num_chains": 2, "num_burnin_steps": 0, "num_draws": 4}
MATRIX = torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 1.5]])


def bowl(w):
    return w @ MATRIX @ w / 2


def in_place(w):
    w.mul_(2)
    return w.square().sum(0)


MANY = torch.func.vmap(bowl, in_dims=1)
POINTS = torch.ones(3, 2)
MISTAKES = {
    "one point without an axis": (MANY, torch.ones(3), r"shape \(parameter, point\)"),
    "whole numbers": (MANY, torch.ones(3, 2, dtype=torch.long), "floating type"),
    "no point": (MANY, torch.ones(3, 0), r"shape \(3, 0\)"),
    "NaN in a point": (MANY, POINTS * torch.nan, "finite points"),
    "loss of one vector": (bowl, POINTS, r"RuntimeError: .*(?s:.*)vmap"),
    "loss of one vector at one point": (lambda w: w.square().sum(), POINTS[:, :1], r"found: +\(\)(?s:.*)vmap"),
    "points as rows": (MANY, POINTS.T.contiguous(), r"RuntimeError(?s:.*)each column of the points is one"),
    "points as rows, as many as parameters": (lambda w: w.square().sum(1), torch.rand(3, 3), "shape|other points"),
    "several values of a point": (lambda w: w.square(), POINTS, r"a value for each of 4 points"),
    "a number": (lambda w: 1.0, POINTS, "found: +float"),
    "mixed points": (lambda w: w.square().mean().expand(w.shape[1]), POINTS, "values that depend on other points"),
    "another dtype": (MANY, POINTS.double(), "float64"),
    "NaN near the point": (lambda w: w.sqrt().sum(0), -POINTS, "a finite loss"),
    "no gradient": (lambda w: w.detach().square().sum(0), POINTS, "a value without gradient"),
    "a parameter without gradient": (lambda w: (w[:2] ** 2).sum(0) + w[2].detach() ** 2, POINTS, r"none of \[2\]"),
    "changed in place": (in_place, POINTS, "in-place"),
}


@pytest.mark.parametrize(("loss", "points", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_message_before_any_chain_runs(loss, points, message, monkeypatch):
    monkeypatch.setattr(estimate, "sample", lambda *_, **__: pytest.fail("chains were run"))
    with pytest.raises(StudyError, match=message):
        estimate.estimate_llc(loss, points, **CHAINS, num_steps_bw_draws=1, seed=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loss_of_either_precision_has_its_exact_curvature_and_keeps_the_points(dtype):
    matrix, points = MATRIX.to(dtype), torch.zeros(3, 2, dtype=dtype)
    loss = torch.func.vmap(lambda w: w @ matrix @ w / 2, in_dims=1)
    estimates, _ = estimate.estimate_llc(loss, points, **CHAINS, num_steps_bw_draws=1, seed=1)
    # 1e-6: single precision.
    torch.testing.assert_close(
        estimates.curvature.eigenvalues[0], torch.linalg.eigvalsh(MATRIX.double()), rtol=1e-6, atol=1e-6
    )
    assert not points.any()


def test_a_loss_that_is_linear_in_a_parameter_has_curvature_zero_there():
    estimates, _ = estimate.estimate_llc(
        lambda w: 2 * w[0] + w[1] ** 2, POINTS[:2], **CHAINS, num_steps_bw_draws=1, seed=1
    )
    assert estimates.curvature.eigenvalues[0].tolist() == [0, 2]
    assert estimate.curvature(lambda w: 2 * w.sum(0), POINTS).eigenvalues.eq(0).all()


def test_a_dead_unit_is_no_parameter_without_gradient():
    hessian.check_loss(lambda w: (torch.relu(w[0] - 5) - 1) ** 2 + w[1] ** 2, torch.zeros(2, 1))
