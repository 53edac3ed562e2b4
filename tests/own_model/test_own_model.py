"""The LLC of a module of one's own: known answers, parts and checkpoints, and each mistake as one message."""

import inspect
import warnings

import jaxtyping
import numpy as np
import pytest
import torch
import yaml
from conftest import ROOT, readme_example
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from superposition.errors import StudyError
from superposition.figures.health import health_figure
from superposition.llc import estimate, hessian
from superposition.own_model import settings
from superposition.own_model.learning_coeff import (
    NUM_DRAWS,
    RELAXATIONS,
    STEP_ERROR,
    calibrate,
    default_limits,
    default_nbeta,
    estimate_learning_coeff,
)
from superposition.own_model.module_loss import ModuleLoss
from superposition.status import DRIFTING, NOT_A_MINIMUM, OK

X = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
Y = X @ torch.tensor([[1.0], [-2.0], [0.5]])
CHAINS = {"lr": 1e-4, "nbeta": 500.0, "localization": 1.0, "num_chains": 8, "num_burnin_steps": 500, "seed": 1}
CHAINS |= {"num_draws": 250, "num_steps_bw_draws": 4, "verbose": False}
SHORT = CHAINS | {"num_burnin_steps": 0, "num_draws": 4, "num_steps_bw_draws": 1}


def mse(model, data):
    return nn.functional.mse_loss(model(data[0]), data[1])


def linear(dtype=torch.float32):
    """The exact solution of a linear regression: a regular minimum of 3 weights and a bias."""
    model = nn.Linear(3, 1).to(dtype)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, -2.0, 0.5]]))
        model.bias.zero_()
    return model


def predicted(estimates):
    return estimates.table().predicted_llc.to_numpy()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("batch_size", [0, 16])
def test_a_linear_regression_has_the_closed_form_in_either_precision_and_with_mini_batches(dtype, batch_size):
    estimates = estimate_learning_coeff(linear(dtype), (X.to(dtype), Y.to(dtype)), mse, **CHAINS, batch_size=batch_size)
    assert estimates.loss_trace.dtype == (np.float32 if dtype == torch.float32 else np.float64)
    # The residuals are 0, so mini-batches have no gradient noise at the minimum, and little around it; 4 standard
    # errors, and 5 % for the step: lr a / 4 = 1e-4 (500 * 2 * 1.6) / 4 = 4 %.
    error = estimates.estimate.llc_std[0] / CHAINS["num_chains"] ** 0.5
    assert predicted(estimates)[0] == pytest.approx(2, abs=0.01)
    assert estimates.estimate.llc[0] == pytest.approx(predicted(estimates)[0], abs=4 * error + 0.1)
    assert estimates.estimate.init_loss[0] == pytest.approx(0, abs=1e-12)
    assert estimates.table().status[0] == OK
    assert estimates.table().reasons[0] == ""


def test_the_baseline_is_the_loss_over_all_data():
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    estimates = estimate_learning_coeff(model, (X, Y), mse, **SHORT, batch_size=4)
    # 1e-6: the same 64 squares, added in another order in single precision, 6e-8 each; as a walk, 8 x 6e-8 together.
    assert estimates.estimate.init_loss[0] == pytest.approx(mse(model, (X, Y)).item(), rel=1e-6)


def test_many_checkpoints_at_once_are_each_what_it_is_alone_and_the_module_stays_as_it_is():
    torch.manual_seed(0)
    model, other = linear(), nn.Linear(3, 1)
    before = [values.clone() for values in model.parameters()]
    both = estimate_learning_coeff(model, (X, Y), mse, **SHORT, checkpoints=[model.state_dict(), other.state_dict()])
    alone = [estimate_learning_coeff(each, (X, Y), mse, **SHORT) for each in (model, other)]
    # 1e-4, at the minimum: a step of size sqrt(lr) = 1e-2 ends at parameters of size 1 to 2, rounded by 1.2e-7. That is
    # 1.2e-5 of the distance and twice as much of the loss, 1e-4 in four steps.
    for i, estimates in enumerate(alone):
        np.testing.assert_allclose(both.loss_trace[i], estimates.loss_trace[0], rtol=1e-4)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert both.table().status.tolist()[1] == NOT_A_MINIMUM
    shift, (_, allowed) = both.table().gradient_shift[1], both.estimate.allowed_shift(limits=both.limits)
    # Both are absolute, in units of the LLC.
    words = f"the gradient adds {shift:.3g} to the estimate, at most ±{allowed:.3g} is allowed: train longer"
    assert words in both.table().reasons[1]


def test_only_the_chosen_parameters_move_and_the_llc_is_theirs():
    mask = {"weight": torch.tensor([[True, False, False]]), "bias": True}
    estimates = estimate_learning_coeff(
        linear(), (X, Y), mse, **CHAINS, optimize_over_per_model_param=mask, store_draws=True
    )
    assert (estimates.draws["weight"][..., 1:] == np.array([-2.0, 0.5], dtype=np.float32)).all()
    assert estimates.draws["weight"][..., 0].std() > 0.01
    # Two parameters: 1.
    assert predicted(estimates)[0] == pytest.approx(1, abs=0.01)
    error = estimates.estimate.llc_std[0] / CHAINS["num_chains"] ** 0.5
    assert estimates.estimate.llc[0] == pytest.approx(1, abs=4 * error + 0.05)
    moved = np.hypot(estimates.draws["weight"][:, :, 0, 0, 0] - 1, estimates.draws["bias"][:, :, 0, 0])
    np.testing.assert_allclose(estimates.distance[0], moved, atol=1e-6)


def test_a_module_s_loss_is_its_own():
    model, x = nn.Linear(2, 1), torch.tensor([[1.0, 2.0]])
    loss = ModuleLoss(model, x, lambda model, x: model(x).square().mean())
    assert loss(loss.points(())).item() == pytest.approx(model(x).item() ** 2, rel=1e-6)
    # w = (3, 4) and b = 5: (3 + 8 + 5)^2.
    assert loss(torch.tensor([[3.0], [4.0], [5.0]])).item() == 256


def test_data_may_come_from_a_loader_and_labels_may_be_whole_numbers():
    model, labels = nn.Linear(3, 2), (X[:, 0] > 0).long()

    def cross_entropy(model, data):
        return nn.functional.cross_entropy(model(data[0]), data[1]), {"more": 1}

    loader = DataLoader(TensorDataset(X, labels), batch_size=10)
    runs = [
        estimate_learning_coeff(model, data, cross_entropy, **SHORT, batch_size=5) for data in (loader, (X, labels))
    ]
    np.testing.assert_array_equal(runs[0].loss_trace, runs[1].loss_trace)
    assert len(np.unique(runs[0].loss_trace)) == runs[0].loss_trace.size


def test_draws_are_arviz_s_own():
    pytest.importorskip("arviz_base")
    estimates = estimate_learning_coeff(linear(), (X, Y), mse, **SHORT, store_draws=True)
    tree = estimates.to_arviz()
    np.testing.assert_array_equal(tree.posterior.llc.sel(point=0), estimates.llc_trace[0])
    np.testing.assert_array_equal(tree.sample_stats.loss.sel(point=0), estimates.loss_trace[0])
    assert tree.posterior.weight.shape == (8, 4, 1, 1, 3)
    # The first draw is the checkpoint, as there is no burn-in.
    assert tree.posterior.weight[0, 0, 0].values.tolist() == [[1.0, -2.0, 0.5]]


def test_many_parameters_have_no_hessian_but_an_estimate_whose_gradient_is_bounded(monkeypatch):
    monkeypatch.setattr(hessian, "MAX_PARAMETERS", 4)
    full = estimate_learning_coeff(linear(), (X, Y), mse, **SHORT)
    assert np.isfinite(predicted(full)[0])
    monkeypatch.setattr(hessian, "MAX_PARAMETERS", 3)
    estimates = estimate_learning_coeff(linear(), (X, Y), mse, **SHORT)
    np.testing.assert_array_equal(estimates.loss_trace, full.loss_trace)
    assert np.isnan(predicted(estimates)[0])
    assert estimates.table().gradient_shift[0] == pytest.approx(0, abs=1e-6)
    off = linear()
    off.bias.data += 0.1
    bound = estimate_learning_coeff(off, (X, Y), mse, **SHORT).table().gradient_shift[0]
    monkeypatch.undo()
    exact = estimate_learning_coeff(off, (X, Y), mse, **SHORT).table().gradient_shift[0]
    assert bound < exact < -1


def test_calibration_recommends_the_weakest_localization_that_can_be_read():
    calibration = calibrate(linear(), (X, Y), mse, max_steps=5000, verbose=False)
    table = calibration.table
    assert table.nbeta.unique().tolist() == [default_nbeta(64)]
    assert default_nbeta(64) == pytest.approx(64 / np.log(64))
    readable = table.loc[table.status == OK]
    assert len(table) > 1
    assert calibration.settings["localization"] == readable.localization.min()
    n_steps = (table.num_burnin_steps + table.num_draws * table.num_steps_bw_draws).tolist()
    assert max(n_steps) <= 5000
    longest = calibrate(linear(), (X, Y), mse, max_steps=n_steps[0] - 1, verbose=False).table
    assert len(longest) == 1, "the first is tried anyway"
    assert len(calibrate(linear(), (X, Y), mse, max_steps=n_steps[1], verbose=False).table) == 2
    assert len(calibrate(linear(), (X, Y), mse, max_steps=n_steps[1] - 1, verbose=False).table) == 1
    assert estimate_learning_coeff(linear(), (X, Y), mse, **calibration.settings, verbose=False).table().status[0] == OK


def test_the_health_figure_shows_every_chain_and_says_why_an_estimate_may_not_be_read():
    estimates = estimate_learning_coeff(linear(), (X, Y), mse, **SHORT | {"num_draws": 20})
    assert estimates.table().status[0] == DRIFTING
    traces, chains, distance = health_figure(estimates).axes
    assert [len(ax.lines) for ax in (traces, chains, distance)] == [8 + 1, 1, 8]
    assert "R-hat" in traces.get_title(loc="left")
    assert estimates.table().reasons[0].split(":")[0] in traces.get_title(loc="left").replace("\n", " ")
    np.testing.assert_array_equal(distance.lines[3].get_ydata(), estimates.distance[0, 3])


STUDY = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def test_limits_of_a_model_of_the_study_s_size_are_the_study_s():
    # Of another model no kinks are known.
    assert default_limits(24) == estimate.Limits(**STUDY["llc_limits"] | {"kink": 0.0})


def test_step_size_and_length_of_chains_follow_as_in_the_study_s_calibration():
    study = STUDY["calibration"]["temperature"]
    assert (study["step_error"], study["relaxations"]) == (STEP_ERROR, RELAXATIONS)
    assert STUDY["sampler_presets"][study["base"]]["num_draws"] == NUM_DRAWS


# -------------------------------------------------------------------------------------------------------- mistakes --


def in_place(model, data):
    return (model(data[0]) - data[1].mul_(2)).square().mean()


def frozen():
    model = linear()
    model.bias.requires_grad_(False)
    return model


def detached(model, data):
    return (model(data[0]).detach() - data[1]).square().mean()


class Detaches(nn.Linear):
    def __init__(self):
        super().__init__(3, 1)
        nn.init.ones_(self.weight), nn.init.ones_(self.bias)  # far from a minimum, where nothing depends on the bias

    def forward(self, x):
        return x @ self.weight.T + self.bias.detach()


def nan():
    model = linear()
    model.bias.data *= torch.nan
    return model


OTHER = linear()
BATCH_NORM = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(1))
SHUFFLED = DataLoader(TensorDataset(X, Y), shuffle=True)
DICTIONARIES = DataLoader([{"x": x} for x in X])  # type: ignore[arg-type]
LOPSIDED = DataLoader([X, X[:, :2]], batch_size=None)  # type: ignore[arg-type]
UNEVEN = DataLoader([(X, Y), (X,)], batch_size=None)  # type: ignore[arg-type]
MISTAKES = {
    "a function": (linear().forward, (X, Y), mse, "an nn.Module(?s:.*)not its forward function"),
    "an array": (linear(), X.numpy(), lambda f, d: f(d).mean(), r"found: +ndarray(?s:.*)torch.as_tensor\(x\)"),
    "several arrays": (linear(), (X.numpy(), Y.numpy()), mse, r"found: +ndarray(?s:.*)torch.as_tensor\(x\)"),
    "numbers": (linear(), [1.0, 2.0], mse, "found: +float"),
    "one number": (linear(), 1.0, mse, "found: +float"),
    "a dictionary": (linear(), {"x": X, "y": Y}, mse, "found: +dict"),
    "a loader of dictionaries": (linear(), DICTIONARIES, mse, "found: +dict"),
    "a complex loss": (linear(), (X, Y), lambda f, d: mse(f, d) * 1j, "a real scalar loss\n.*complex64"),
    "a loss of several values": (linear(), (X, Y), lambda f, d: (f(d[0]) - d[1]) ** 2, "scalar loss"),
    "a number": (linear(), (X, Y), lambda f, d: mse(f, d).item(), "scalar loss"),
    "a loss that fails": (linear(), (X, Y.double()[:, 0, None, None]), lambda f, d: f(d), "loss of the model on the"),
    "a parameter without gradient": (frozen(), (X, Y), mse, "requires_grad=False of bias"),
    "a detached parameter": (Detaches(), (X, Y), mse, "gradient of every parameter"),
    "a detached loss": (linear(), (X, Y), detached, "no gradient of any"),
    "another model": (linear(), (X, Y), lambda f, d: mse(OTHER, d), "evaluate the model that evaluate is given"),
    "data changed in place": (linear(), (X.clone(), Y.clone() + 1), in_place, "tensor 1 changed in place"),
    "NaN in the model": (nan(), (X, Y), mse, "finite points"),
    "NaN in the data": (linear(), (X, Y * torch.nan), mse, "infinite values in tensor 1"),
    "a shuffling loader": (linear(), SHUFFLED, mse, "a loader that shuffles"),
    "dropout": (nn.Sequential(linear(), nn.Dropout(0.5)), (X, Y), mse, r"draws random numbers(?s:.*)model.eval"),
    "batch normalisation": (BATCH_NORM, (X, Y), mse, r"a layer that updates them(?s:.*)model.eval"),
    "no data": (linear(), (X[:0], Y[:0]), mse, "at least one"),
    "batches of several shapes": (linear(), LOPSIDED, mse, "of the same shapes\n.*others in batch 1"),
    "batches of several sizes": (linear(), UNEVEN, mse, "as many tensors in every batch(?s:.*)others in batch 1"),
    "an empty loader": (linear(), DataLoader(TensorDataset(X[:0], Y[:0])), mse, "at least one"),
    "data of two lengths": (linear(), (X, Y[1:]), mse, r"lengths \[64, 63\]"),
    "no parameters": (nn.ReLU(), (X, X), mse, "a module with parameters"),
}


@pytest.fixture
def no_chains(monkeypatch):
    """Refuse chains, and let values of any type pass, which the suite else checks before what is tested."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    monkeypatch.setattr(estimate, "sample", lambda *_, **__: pytest.fail("chains were run"))


@pytest.mark.parametrize(("model", "data", "evaluate", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_message_before_any_chain_runs(model, data, evaluate, message, no_chains):
    module = getattr(model, "__self__", model)
    state = {name: values.clone() for name, values in module.state_dict().items()}
    with pytest.raises(StudyError, match=message):
        estimate_learning_coeff(model, data, evaluate, **SHORT)
    torch.testing.assert_close(module.state_dict(), state, equal_nan=True)


def test_a_loss_that_draws_from_the_generator_of_a_gpu_is_refused(monkeypatch):
    card = torch.Generator()  # stands in for that of a GPU, on which all tensors seem to lie
    monkeypatch.setattr(torch.Tensor, "is_cuda", property(lambda _: True))
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: card.get_state())
    with pytest.raises(StudyError, match=r"draws random numbers(?s:.*)model.eval"):
        ModuleLoss(linear(), (X, Y), lambda model, data: mse(model, data) * torch.rand((), generator=card))
    assert ModuleLoss(linear(), (X, Y), mse).n_samples == 64


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_dropout_on_a_gpu_is_refused():
    model = nn.Sequential(linear(), nn.Dropout(0.5)).cuda()
    with pytest.raises(StudyError, match=r"draws random numbers(?s:.*)model.eval"):
        ModuleLoss(model, (X.cuda(), Y.cuda()), mse)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_lazy_module_that_has_seen_no_data_is_refused(no_chains):
    with pytest.raises(StudyError, match=r"a module with parameters(?s:.*)once it has seen data"):
        estimate_learning_coeff(nn.LazyLinear(1), (X, Y), mse, **SHORT)


def test_models_in_evaluation_mode_may_have_dropout_and_batch_normalisation():
    model = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(1), nn.Dropout()).eval()
    assert np.isfinite(estimate_learning_coeff(model, (X, Y), mse, **SHORT).loss_trace).all()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"checkpoints": [nn.Linear(2, 1).state_dict()]}, "another 'weight', or none, in checkpoint 0"),
        ({"checkpoints": linear().state_dict()}, "a list of state dictionaries of this model"),
        ({"checkpoints": [linear()]}, "a list of state dictionaries of this model"),
        ({"checkpoints": 3}, "a list of state dictionaries of this model\n.*int"),
        ({"checkpoints": [linear().state_dict() | {"more": X}]}, "'more', which it lacks, in checkpoint 0"),
        ({"optimize_over_per_model_param": {"wieght": True}}, "did you mean weight"),
        ({"optimize_over_per_model_param": {"weight": "yes"}}, "True, False or a mask\n.*str for weight"),
        ({"optimize_over_per_model_param": {"weight": False}}, "at least one parameter that moves\n.*none"),
        ({"optimize_over_per_model_param": {}}, "at least one parameter that moves\n.*none"),
        ({"optimize_over_per_model_param": ["weight"]}, "a mapping of parameters' names\n.*list"),
        ({"optimize_over_per_model_param": {"weight": torch.ones(3)}}, r"shape \(3,\) for weight(?s:.*)\(1, 3\)"),
    ],
)
def test_what_is_not_the_model_s_is_named(keywords, message, no_chains):
    with pytest.raises(StudyError, match=message):
        estimate_learning_coeff(linear(), (X, Y), mse, **SHORT, **keywords)


def test_a_loss_that_is_not_finite_is_named_before_calibration(no_chains):
    with pytest.raises(StudyError, match=r"finite"):
        calibrate(linear(), X, lambda model, x: model(x).mean() * float("nan"))


def test_a_loss_without_curvature_gives_calibration_no_step_size(no_chains):
    # The mean output is linear in the parameters of a linear model.
    with pytest.raises(StudyError, match=r"a loss that is curved at a checkpoint\n.*found: +0.0"):
        calibrate(linear(), X, lambda model, x: model(x).mean())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"num_chains": 0}, "expected: at least 1\n.*found: +0\n.*where: +num_chains"),
        ({"num_draws": 0}, "at least 1(?s:.*)num_draws"),
        ({"num_steps_bw_draws": 0}, "at least 1(?s:.*)num_steps_bw_draws"),
        ({"num_burnin_steps": -1}, "at least 0(?s:.*)num_burnin_steps"),
        ({"lr": -1}, "more than 0(?s:.*)lr\n.*hint: +such as 1e-4; `calibrate` finds one"),
        ({"nbeta": 0}, "more than 0(?s:.*)nbeta"),
        ({"lr": torch.ones(2)}, "expected: a number\n(?s:.*)where: +lr"),
        ({"limits": {"r_hat": 1.1}}, "limits of an estimate\n.*dict\n.*limits\n.*Limits"),
        ({"nbeta": torch.nan}, "expected: a finite number\n.*found: +nan\n.*nbeta"),
        ({"localization": -5}, "at least 0(?s:.*)localization"),
        ({"batch_size": 65}, "at most 64(?s:.*)batch_size\n.*hint: +0 for all samples"),
        ({"batch_size": -1}, "at least 0(?s:.*)batch_size"),
        ({"seed": -1}, "at least 0(?s:.*)where: +seed"),
        ({"seed": 2**63}, "at most(?s:.*)seed"),
        ({"lr": "1e-3"}, "expected: a number\n.*found: +'1e-3'\n.*lr"),
        ({"num_draws": 4.0}, "expected: a whole number\n.*found: +4.0\n.*num_draws"),
        ({"num_chains": True}, "expected: a whole number\n.*found: +True\n.*num_chains"),
    ],
    ids=str,
)
def test_a_setting_beyond_the_bounds_of_sampler_presets_is_one_message(setting, message, no_chains):
    with pytest.raises(StudyError, match=message):
        estimate_learning_coeff(linear(), (X, Y), mse, **SHORT | setting)


def test_every_number_that_is_given_is_checked():
    given = [inspect.signature(function).parameters.values() for function in (estimate_learning_coeff, calibrate)]
    numbers = {one.name for parameters in given for one in parameters if one.annotation in (int, float, float | None)}
    assert numbers == settings.HINTS.keys()


BEYOND = [{"nbeta": 0}, {"num_chains": 0}, {"batch_size": 65}, {"max_steps": 0}, {"max_steps": 5e3}]


@pytest.mark.parametrize("setting", BEYOND, ids=str)
def test_calibration_tries_nothing_with_a_setting_beyond_these_bounds(setting, no_chains):
    with pytest.raises(StudyError, match=next(iter(setting))):
        calibrate(linear(), (X, Y), mse, **setting)


def test_settings_may_be_numbers_of_numpy_or_pytorch(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    given = {"lr": torch.tensor(1e-4), "nbeta": np.float32(500), "num_draws": np.int64(4)}
    assert estimate_learning_coeff(linear(), (X, Y), mse, **SHORT | given).loss_trace.shape == (1, 8, 4)


def test_checkpoints_with_buffers_of_their_own_are_refused(no_chains):
    model = BATCH_NORM.eval()
    other = model.state_dict() | {"1.running_mean": torch.ones(1)}
    with pytest.raises(StudyError, match=r"another '1.running_mean' in checkpoint 1"):
        estimate_learning_coeff(model, (X, Y), mse, **SHORT, checkpoints=[model.state_dict(), other])


@pytest.mark.oracle
def test_readme_s_example_works_as_it_stands_and_gives_the_known_coefficient(tmp_path, monkeypatch):
    assert len(readme_example().replace("\n\n", "\n").strip().splitlines()) <= 11
    monkeypatch.chdir(tmp_path)
    names = {}
    torch.manual_seed(1)  # of the weights of the model, which is not trained
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(readme_example(), names)
    # A deep linear map of one input is y = a x + b, with a and b not at a singularity: 2 parameters count, so 1; the
    # localisation takes 1 % off, and the curved valley of equal maps adds up to 15 % (six initial weights were tried).
    assert 0.9 < names["estimates"].estimate.llc[0] < 1.2
    assert (tmp_path / "health.png").stat().st_size
