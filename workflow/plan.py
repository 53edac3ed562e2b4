"""Plan of a study as rules ask for it: what its results must hold, and which of its parts share a computation."""

from collections.abc import Iterable
from typing import Any

from superposition.protocols import presets_of
from workflow.study import Study


def planned(study: Study) -> dict[str, Any]:
    """Return what the results must hold, by what `superposition.tables.checks.Plan` calls it."""
    return {
        "runs": [
            (training, activation, seed)
            for training in study.training
            for activation in study.activations
            for seed in study.seeds
        ],
        "samplers": {sampler: _estimated(study, sampler) for sampler in study.sampler},
        "followed": study.followed,
        "limits": {
            name: {"n_features": preset.n_features, "n_steps": preset.n_steps}
            for name, preset in study.training.items()
        },
    }


def _estimated(study: Study, sampler: str) -> dict[str, list[int]]:
    """Return the steps of the LLC estimates with a sampler preset, by training preset."""
    trained = presets_of(study.protocols, "training", sampler=sampler)
    return {name: study.sampler[sampler].sampled(study.checkpoints(name)) for name in trained}


def stand_ins(study: Study) -> dict[str, str]:
    """Return by training preset the one whose best answers are its own: all that share model and data have the same.

    Of these, the first by name stands for all, in whichever order they are.
    """
    return {
        name: min(other for other, shared in study.training.items() if shared.population == preset.population)
        for name, preset in study.training.items()
    }


def tried(study: Study, sweeps: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the settings that each sweep of the calibration tries, which change its `base`."""
    calibration: Any = study.config["calibration"]
    return {name: {key: value for key, value in calibration[name].items() if key != "base"} for name in sweeps}


def estimated_as(study: Study, sampler: str, training: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of a training with a sampler preset: each as one sampler preset does, and as its protocols do."""
    return [(name, other) for name in training for other in dict.fromkeys([sampler, *study.samplers_of(name)])]
