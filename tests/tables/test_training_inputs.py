"""What runs are trained on, step by step."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from superposition.errors import StudyError
from superposition.model.data import training_batches, training_sample
from superposition.model.draws import TrainingDraws, draw_inputs, order_of_pass
from superposition.tables import trajectory
from superposition.training_presets import InputPreset, TrainingPreset

CPU = torch.device("cpu")


@pytest.fixture
def short(notebook) -> TrainingPreset:
    """60 epochs, more than are counted together; the last of the three steps of each has 20 inputs."""
    return replace(notebook, n_samples=100, batch_size=40, n_steps=180, logged_count=30, logged_last=60)


def batches(preset: InputPreset, seed: int) -> list[torch.Tensor]:
    """Return the inputs of each step of one run, in the order in which the loader gives them."""
    draws = TrainingDraws(preset, seed=seed)
    epochs = [draws.sample[order_of_pass(epoch, preset.n_samples)] for epoch in draws.epoch_seeds.tolist()]
    return [batch for epoch in epochs for batch in epoch.split(preset.batch_size)]


def test_unit_vectors_are_weighted_by_their_share_of_each_batch(short):
    inputs = draw_inputs(short.inputs, seeds=[3, 5])
    found = list(training_batches(inputs, short, device=CPU))
    assert inputs.counts.shape == (180, 8, 2)
    assert inputs.counts.dtype == np.uint8
    for i, seed in enumerate([3, 5]):
        expected = batches(short, seed)
        assert len(found) == len(expected) == 180
        for step, batch, counts in zip(found, expected, inputs.counts, strict=True):
            assert step.x is None
            assert counts[:, i].tolist() == batch.sum(0).tolist()
            torch.testing.assert_close(step.weight[:, 0, i], batch.mean(0), rtol=1e-6, atol=0)
    assert {len(batch) for batch in expected} == {40, 20}


@pytest.mark.parametrize("changes", [{"sparsity": 3}, {"sparsity": 0.6}, {"values": "uniform"}], ids=str)
def test_other_inputs_come_in_the_order_of_the_loader(short, changes):
    preset = replace(short, **changes)
    inputs = draw_inputs(preset.inputs, seeds=[3, 5])
    assert len(inputs.counts) == 0
    for i, seed in enumerate([3, 5]):
        for step, batch in zip(training_batches(inputs, preset, device=CPU), batches(preset, seed), strict=True):
            assert torch.equal(step.x[:, :, i], batch)
            assert (step.weight == 1 / len(batch)).all()


def test_the_axis_of_runs_is_padded_with_zeros(short):
    inputs = draw_inputs(short.inputs, seeds=[3, 5])
    for each in (next(training_batches(inputs, short, device=CPU)), training_sample(inputs, short, device=CPU)):
        assert each.weight.shape == (8, 1, 32)
        assert (each.weight[..., 2:] == 0).all()
    other = replace(short, sparsity=3)
    batch = next(training_batches(draw_inputs(other.inputs, seeds=[3, 5]), other, device=CPU))
    assert batch.x.shape == (40, 8, 32)
    assert (batch.x[..., 2:] == 0).all()


def test_the_importance_of_features_multiplies_their_weights(short):
    preset = replace(short, importance=0.5)
    plain, weighted = (
        next(training_batches(draw_inputs(p.inputs, seeds=[1]), p, device=CPU)).weight for p in (short, preset)
    )
    assert torch.equal(weighted[..., 0], plain[..., 0] * 0.5 ** torch.arange(8))


def test_what_a_run_is_trained_on_depends_neither_on_other_seeds_nor_on_values_that_draw_nothing(short):
    other = replace(short, lr=0.5, importance=0.3, optimizer="adam", bias_std=0.0, initial_polygon=5)
    alone, together = draw_inputs(short.inputs, seeds=[5]), draw_inputs(other.inputs, seeds=[3, 5])
    assert short.inputs == other.inputs
    np.testing.assert_array_equal(alone.counts[..., 0], together.counts[..., 1])
    np.testing.assert_array_equal(alone.sample[0], together.sample[1])


@pytest.mark.parametrize(("size", "dtype"), [(255, np.uint8), (256, np.int32), (600, np.int32)])
def test_batches_are_counted_without_overflow(notebook, size, dtype):
    # All inputs are the one feature that there is.
    preset = replace(notebook, n_features=1, initial_polygon=0, n_samples=2 * size, batch_size=size, n_steps=2)
    counts = draw_inputs(preset.inputs, seeds=[1]).counts
    assert counts[:, 0, 0].tolist() == [size, size]
    assert counts.dtype == dtype


def test_inputs_are_read_as_they_were_written(short, tmp_path):
    inputs = draw_inputs(short.inputs, seeds=[3, 5])
    inputs.save(tmp_path / "inputs.safetensors")
    found = trajectory.load_inputs(tmp_path / "inputs.safetensors", short.inputs)
    assert found.preset == inputs.preset
    for name in ("sample", "epoch_seeds", "counts", "seeds"):
        np.testing.assert_array_equal(vars(found)[name], vars(inputs)[name])
        assert vars(found)[name].dtype == vars(inputs)[name].dtype


@pytest.mark.parametrize(
    "changes", [{"batch_size": 45}, {"sparsity": 3}, {"values": "uniform"}, {"n_steps": 60}], ids=str
)
def test_inputs_of_another_procedure_are_refused(short, changes):
    ((name, value),) = changes.items()
    message = rf"(?s)expected: .*{name} {value}.*found: +{name} {getattr(short, name)}\n.*hint: +draw them"
    with pytest.raises(StudyError, match=message):
        training_batches(draw_inputs(short.inputs, seeds=[1]), replace(short, **changes), device=CPU)


def test_a_training_preset_is_its_inputs_and_what_draws_none(notebook):
    assert asdict(notebook).items() > asdict(notebook.inputs).items()
    assert type(notebook.inputs) is InputPreset
