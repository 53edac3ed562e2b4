"""The study that the configuration asks for: checked, with names instead of nested values, for the rules."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from superposition.errors import StudyError
from superposition.other_models.papers import PAPERS
from superposition.protocols import presets_of, training_labels
from superposition.schedules import dense_steps, log_spaced_steps, nearest_steps
from superposition.training_presets import TrainingPreset
from superposition.wording import plural
from workflow import presets, seeds
from workflow.checks import planned, requests, samplers, verdicts
from workflow.configuration import Configuration
from workflow.provenance import registry
from workflow.schema import SCHEMA, check_schema, without_null

ROOT = Path(__file__).parent.parent
"""The repository, from wherever it is used."""


class Study:
    """The activations, seeds, presets and schedules of a configuration.

    Raises:
        StudyError: On the first value that cannot be used.
    """

    def __init__(self, config: Mapping[str, Any]):
        config = without_null(config)
        check_schema(config)
        # Protocols keep their order, in which documents show them.
        self.protocols = {name: _sorted(one) for name, one in config["protocols"].items()}
        self.config = cast(Configuration, _sorted(config) | {"protocols": self.protocols})
        self.activations = self._activations()
        self.seeds = planned.checked_seeds(config["seeds"], where="seeds")
        planned.checked_seeds(config["full_length"]["seeds"], where="full_length.seeds")
        self.holdout = seeds.name(verdicts.checked_holdout(config["holdout_seeds"], self.seeds))
        self.batches = seeds.batches(self.seeds, seeds_per_job=config["seeds_per_job"])
        known = config["training_presets"], config["sampler_presets"]
        self.training_presets = {name: presets.training_preset(known[0], name) for name in known[0]}
        self.sampler_presets = {name: presets.sampler_preset(known[1], name) for name in known[1]}
        planned.check_protocols(self.protocols)
        planned.check_studied(config, self.training_presets)
        self.training = {name: self.training_presets[name] for name in presets_of(self.protocols, "training")}
        self.sampler = {name: self.sampler_presets[name] for name in presets_of(self.protocols, "sampler")}
        planned.check_ladder(config["ladder"], self.training_presets, config["training_presets"])
        planned.check_steps(config, self.training, self.training_presets)
        samplers.check_samplers(config, self.sampler_presets)
        requests.check_deviations(config["deviations"], self.training_presets)
        requests.check_families(config["families"])
        requests.check_other_models(config["other_models"], self.training_presets)
        verdicts.check_margins(config["claims"]["margins"])
        verdicts.check_threshold(config["claims"]["threshold"], self.training.values())
        verdicts.check_variants(config)
        verdicts.check_resamples(config["statistics"])
        planned.check_printable(config["comparisons"], "comparisons", "title")
        self.comparisons = self._comparisons()
        longest = (max(names, key=len) for names in (self.training, self.activations, self.sampler))
        n_of_seed = len(self.training) * len(self.activations)
        planned.check_batches(self.batches, n_of_seed, "{}-{}--{}.log".format(*longest))

    def _activations(self) -> list[str]:
        known, wanted = list(registry.rows()), self.config["activations"]
        if wanted == "all":
            return known
        return [name for name in known if name in wanted]

    def _comparisons(self) -> dict[str, dict[str, Any]]:
        """Return the comparisons with the activations of the study, without those of which fewer than two are left."""
        comparisons = {}
        for name, comparison in self.config["comparisons"].items():
            chosen = [activation for activation in comparison["activations"] if activation in self.activations]
            if len(chosen) > 1:
                comparisons[name] = {**comparison, "activations": chosen}
        return comparisons

    def summary(self) -> list[str]:
        """Return what the study is: what was read, in case it is not what was meant."""
        n_runs = len(self.training) * len(self.activations) * len(self.seeds)
        name = seeds.name(self.seeds)
        which = name if len(name) <= 60 else f"from {self.seeds[0]} to {self.seeds[-1]}"
        of_each = f"{plural(len(self.activations), 'activation')}, {plural(len(self.seeds), 'seed')} ({which})"
        protocols = (f"{name} ({one['training']} × {one['sampler']})" for name, one in self.protocols.items())
        return [
            f"{plural(n_runs, 'run')}: {of_each}, training presets {', '.join(self.training)}",
            f"Protocols {', '.join(protocols)}; results in {Path(self.config['results']).absolute()}",
            *verdicts.warnings(self.config, n_seeds=len(self.seeds), n_activations=len(self.activations)),
        ]

    def samplers_of(self, training: str) -> list[str]:
        """Sampler presets with which the LLC of a training preset's runs is estimated."""
        return presets_of(self.protocols, "sampler", training=training)

    @property
    def pairs(self) -> dict[str, dict[str, str]]:
        """The presets of each protocol without its label: what numbers depend on."""
        return {name: {"training": one["training"], "sampler": one["sampler"]} for name, one in self.protocols.items()}

    @property
    def labels(self) -> dict[str, str]:
        """What figures and documents call the training presets of the protocols."""
        return training_labels(self.protocols)

    def procedure(self, training: str) -> str:
        """Return what figures call a training preset; one without a protocol by its name."""
        return self.labels.get(training, f"training preset {training}")

    @cached_property
    def printed(self) -> dict[str, dict[str, str]]:
        """What figures print of each activation."""
        return {name: registry.printed(name) for name in self.activations}

    @property
    def presets(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The values of the training and sampler presets of the protocols, by kind and name."""
        kinds = {"training": self.training, "sampler": self.sampler}
        return {kind: {name: asdict(preset) for name, preset in named.items()} for kind, named in kinds.items()}

    def training_preset(self, name: str) -> TrainingPreset:
        """Return a training preset of the configuration that the study can run, whether or not it does.

        Raises:
            StudyError: If it is of another model.
        """
        planned.check_model(name, self.training_presets[name], where=f"training_presets.{name}")
        return self.training_presets[name]

    @property
    def names(self) -> dict[str, Collection[str]]:
        """Names that paths of the results can have in them, by kind, whether or not the study has asked for them."""
        return {
            "training": self.training_presets,
            "sampler": self.sampler_presets,
            "activation": registry.rows(),
            "comparison": self.comparisons,
            "family": registry.family_rows(),
            "experiment": [*self.config["other_models"]["experiments"], "chen", "factorial"],
            "paper": PAPERS,
        }

    def judged_along(self, training: list[str]) -> dict[str, Any]:
        """Return the values that the verdicts at each of some training presets depend on, the LLC left out."""
        return {
            "ladder": {name: asdict(self.training_preset(name)) for name in training},
            "checkpoints": {name: self.checkpoints(name) for name in training},
            "thresholds": self.config["superposition"],
            "end_limits": self.config["end_limits"],
            "transitions": self.config["transitions"],
            "printed": self.printed,
            "claims": self.config["claims"],
            "statistics": self.config["statistics"],
        }

    def experiments_of(self, paper: str) -> list[str]:
        """Return the names of a paper's experiments."""
        experiments = self.config["other_models"]["experiments"]
        return [name for name, one in experiments.items() if one["paper"] == paper]

    def grid(self, experiment: str) -> dict[str, list]:
        """Return the values and seeds of an experiment of another paper."""
        values = self.config["other_models"]["experiments"][experiment]
        chosen = planned.checked_seeds(values["seeds"], where=f"other_models.experiments.{experiment}.seeds")
        return {"sparsity": values["sparsity"], "importance": values["importance"], "seeds": chosen}

    def seeds_of(self, experiment: str) -> list[int]:
        """Return the seeds of Chen's experiment, `chen`, or of the `factorial`."""
        values = self.config["other_models"][experiment]
        return planned.checked_seeds(values["seeds"], where=f"other_models.{experiment}.seeds")

    @property
    def chen_steps(self) -> list[int]:
        """Steps at which Chen's experiment is recorded."""
        chen = self.config["other_models"]["chen"]
        return log_spaced_steps(count=chen["recorded"], last=self.training_presets[chen["training"]].n_steps)

    @staticmethod
    def meanings(kind: str) -> dict[str, str]:
        """Return what the values of a training or sampler preset mean, as the schema says."""
        values = SCHEMA["properties"][f"{kind}_presets"]["additionalProperties"]["properties"]
        return {name: value["description"] for name, value in values.items() if name not in presets.INHERITANCE}

    def weight_steps(self, training: str) -> list[int]:
        """Return the steps at which weights are recorded, the original's among them."""
        return list(_weight_steps(self.training_preset(training), self.config["recording"]["weights"]["count"]))

    def loss_steps(self, training: str) -> list[int]:
        """Return the steps at which the loss is recorded, those of the weights among them."""
        return list(_loss_steps(tuple(self.weight_steps(training)), **self.config["recording"]["loss"]))

    @cached_property
    def checkpoint_steps(self) -> list[int]:
        """Steps at which the LLC is wanted; each is taken at the nearest recorded one."""
        return log_spaced_steps(**self.config["checkpoints"])

    def checkpoints(self, training: str) -> list[int]:
        """Return the recorded steps of a training preset's runs at which the LLC is estimated."""
        return nearest_steps(self.checkpoint_steps, self.weight_steps(training))

    @property
    def followed(self) -> list[int]:
        """Seeds whose LLC is estimated over training, fresh ones among them; of others it is at the last checkpoint."""
        batches = self.seeds, seeds.parse(self.holdout)
        return [seed for batch in batches for seed in batch[: self.config["llc_seeds"]]]

    @property
    def cross_check_steps(self) -> list[int]:
        """Checkpoints nearest to the steps at which chains are compared with the library's."""
        compared = self.config["cross_check"]
        return nearest_steps(compared["steps"], self.checkpoints(compared["training"]))

    @property
    def refined_steps(self) -> list[int]:
        """Checkpoints nearest to the steps at which the LLC of single features is estimated."""
        return nearest_steps(self.config["refined"]["steps"], self.checkpoints(self.config["refined"]["training"]))

    def batch_of(self, seed: str | int) -> str:
        """Return the name of the batch that a seed is computed in."""
        for batch in self.batches:
            if int(seed) in seeds.parse(batch):
                return batch
        hint = f"seeds: {seeds.name(self.seeds)}"
        raise StudyError(expected="a seed of the study", found=seed, where="the requested file", hint=hint)


def _sorted(value: Any) -> Any:
    """Return a configuration with its keys in alphabetical order: in another order it is the same study."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@functools.cache
def _weight_steps(preset: TrainingPreset, count: int) -> tuple[int, ...]:
    """Return log-spaced steps and those that the original logs; every job of a preset asks for them."""
    spaced = log_spaced_steps(count=count, last=preset.n_steps)
    logged = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    return tuple(sorted({*spaced, *(step for step in logged if step <= preset.n_steps)}))


@functools.cache
def _loss_steps(weight_steps: tuple[int, ...], first: int, count: int) -> tuple[int, ...]:
    dense = dense_steps(first=first, count=count, last=weight_steps[-1])
    return tuple(sorted({*dense, *weight_steps}))
