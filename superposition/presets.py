"""Training and sampler presets: frozen records, and how presets inherit."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


class StudyError(ValueError):
    """A value of the study that cannot be used; the message says what was expected, found, where, and a hint."""

    def __init__(self, *, expected: str, found: object, where: str, hint: str):
        super().__init__(
            f"\n  expected: {expected}\n  found:    {_short(found)}\n  where:    {where}\n  hint:     {hint}"
        )


def _short(found: object) -> str:
    """Return what was found, its middle left out where it is long."""
    try:
        text = str(found)
    except ValueError:  # Python prints no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 300 else f"{text[:140]} ... {text[-140:]}"


def closest(name: str, known: list[str]) -> str:
    """Return a hint that names the known names nearest to `name`, or all of them where none is near."""
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"


@dataclass(frozen=True, kw_only=True)
class InputPreset:
    """Everything that, with a seed, determines the inputs of every training step.

    Attributes:
        n_features: Number of features, the model's input and output size.
        n_hidden: Size of the hidden layer, whose default initialisation draws before the sample.
        n_samples: Size of the training sample.
        sparsity: An integer k: exactly k features are active in each input. A number in (0, 1): the probability that
            a feature is zero.
        values: ``binary`` (active features are 1) or ``uniform`` (active features are uniform on [0, 1]).
        batch_size: Inputs in a training batch; the last batch of an epoch may be smaller.
        n_steps: Number of training steps.
        logged_count: The original logs 0 and the distinct integers of this many log-spaced points ...
        logged_last: ... up to this step. Each logging consumes random draws, so these steps are part of the procedure.
    """

    n_features: int
    n_hidden: int
    n_samples: int
    sparsity: float
    values: str
    batch_size: int
    n_steps: int
    logged_count: int
    logged_last: int

    @property
    def n_active(self) -> int | None:
        """Number of features that are active in every input, None where that number is random."""
        return int(self.sparsity) if self.sparsity >= 1 else None

    @property
    def one_hot(self) -> bool:
        """Whether every input is a unit vector."""
        return self.n_active == 1 and self.values == "binary"

    @property
    def steps_per_epoch(self) -> int:
        """Number of training steps in one pass over the sample."""
        return math.ceil(self.n_samples / self.batch_size)

    @property
    def n_epochs(self) -> int:
        """Number of passes over the sample, of which the last may be left early."""
        return math.ceil(self.n_steps / self.steps_per_epoch)


@dataclass(frozen=True, kw_only=True)
class TrainingPreset(InputPreset):
    """Everything that, with an activation and a seed, determines a training run: its inputs, and the following.

    Attributes:
        importance: Base of the geometric feature weights of the loss: feature i counts importance**i. 1 is uniform.
        optimizer: ``sgd``, ``adam`` or ``adamw``, as in torch.optim.
        lr: Learning rate.
        momentum: SGD's momentum; without effect on adam and adamw.
        weight_decay: The optimiser's weight decay.
        initial_polygon: Number of columns of W that start as corners of a regular polygon, 0 for none.
        initial_length: Norm of those columns.
        weight_std: Standard deviation of all entries of W at the start where there is no initial polygon.
        weight_noise: Standard deviation of the noise on all entries of W where there is an initial polygon.
        bias_std: Standard deviation of b at the start.
        population_size: The expected loss is exact for at most so many distinct inputs; for more, or for uniform
            values, it is the mean over a fixed sample of so many.
    """

    importance: float
    optimizer: str
    lr: float
    momentum: float
    weight_decay: float
    initial_polygon: int
    initial_length: float
    weight_std: float
    weight_noise: float
    bias_std: float
    population_size: int

    @property
    def inputs(self) -> InputPreset:
        """What determines the inputs alone."""
        return InputPreset(**{field.name: getattr(self, field.name) for field in fields(InputPreset)})

    @property
    def population_is_exact(self) -> bool:
        """Whether all distinct inputs are enumerated, so that expected losses are no means over a sample."""
        n_distinct = math.comb(self.n_features, self.n_active) if self.n_active else 2**self.n_features
        return self.one_hot or (self.values == "binary" and n_distinct <= self.population_size)

    @property
    def population(self) -> "TrainingPreset":
        """The preset with nothing but its model and its expected loss: equal for presets that share both."""
        kept = ("n_features", "n_hidden", "sparsity", "values", "importance", "population_size")
        nothing = {field.name: type(getattr(self, field.name))() for field in fields(self) if field.name not in kept}
        return replace(self, **nothing)

    def check(self, where: str) -> None:
        """Raise StudyError if the values contradict each other.

        Args:
            where: Path of the preset in the configuration, for the message.
        """
        if self.n_active is not None and self.n_active > self.n_features:
            raise StudyError(
                expected=f"at most n_features = {self.n_features} active features",
                found=f"{self.n_active} active features",
                where=f"{where}.sparsity",
                hint="an integer is the number of active features; use a number below 1 for a probability of zero",
            )
        if self.initial_polygon > self.n_features:
            raise StudyError(
                expected=f"an initial polygon with at most n_features = {self.n_features} corners",
                found=f"{self.initial_polygon} corners",
                where=f"{where}.initial_polygon",
                hint="each corner is one feature's column of W",
            )
        if self.initial_polygon and self.n_hidden != 2:
            raise StudyError(
                expected="no initial polygon where n_hidden is not 2",
                found=f"n_hidden {self.n_hidden} with a polygon of {self.initial_polygon} corners",
                where=f"{where}.initial_polygon",
                hint="set initial_polygon: 0; W then starts normal with standard deviation weight_std",
            )
        if self.batch_size > self.n_samples:
            raise StudyError(
                expected=f"batches of at most n_samples = {self.n_samples}",
                found=self.batch_size,
                where=f"{where}.batch_size",
                hint="a batch is drawn without replacement from the training sample",
            )


@dataclass(frozen=True, kw_only=True)
class SamplerPreset:
    """Everything that, with a checkpoint and a seed, determines an LLC estimate.

    Attributes:
        data: ``population`` for the expected loss over the distribution of inputs (exact where the training preset's
            population is), ``training`` for the loss over the run's own training sample, ``sample`` for a fresh sample
            as the notebook draws it, with the run's seed.
        n_samples: Size of the fresh sample; without effect for other data.
        batch_size: Inputs per SGLD step, 0 for all of them. A smaller batch needs ``sample``.
        lr: Step size epsilon of SGLD.
        nbeta: Inverse temperature n * beta.
        localization: Strength gamma of the pull towards the checkpoint.
        num_chains: Chains per checkpoint.
        num_burnin_steps: Steps of each chain before its first recorded draw.
        num_draws: Recorded draws of each chain.
        num_steps_bw_draws: Steps per recorded draw.
        noise_level: Standard deviation of the injected noise, 1 for SGLD and 0 for plain SGD.
        tied_noise: ``once`` samples the tied weights as one parameter; ``twice`` as the library does (deviation N4).
        streams: ``library`` draws chain noise as devinterp does, the same for every activation (common random
            numbers); ``independent`` gives every (activation, seed, chain) a stream of its own.
    """

    data: str
    n_samples: int
    batch_size: int
    lr: float
    nbeta: float
    localization: float
    num_chains: int
    num_burnin_steps: int
    num_draws: int
    num_steps_bw_draws: int
    noise_level: float
    tied_noise: str
    streams: str

    @property
    def n_steps(self) -> int:
        """Length of a chain in SGLD steps."""
        return self.num_burnin_steps + self.num_draws * self.num_steps_bw_draws

    def check(self, where: str) -> None:
        """Raise StudyError if the values contradict each other."""
        if self.batch_size and self.data != "sample":
            raise StudyError(
                expected=f"batch_size 0 with data: {self.data}",
                found=self.batch_size,
                where=f"{where}.batch_size",
                hint="only a fresh sample is used in batches; choose data: sample",
            )
        if self.batch_size and self.streams == "independent":
            raise StudyError(
                expected="streams: library with mini-batches",
                found=self.streams,
                where=f"{where}.streams",
                hint="only the library's streams say which inputs form a batch",
            )
        if self.batch_size > self.n_samples:
            raise StudyError(
                expected=f"batches of at most n_samples = {self.n_samples}",
                found=self.batch_size,
                where=f"{where}.batch_size",
                hint="a batch is drawn without replacement from the sample",
            )
        if self.tied_noise == "twice" and self.streams == "independent":
            raise StudyError(
                expected="streams: library with tied_noise: twice",
                found=self.streams,
                where=f"{where}.streams",
                hint="sampling the tied weights twice is the library's behaviour and uses its noise",
            )


def resolve(presets: Mapping[str, Mapping[str, Any]], name: str, *, where: str) -> dict[str, Any]:
    """Return the values of a preset with everything that it inherits.

    A preset may name another one as its `base`; its own values replace inherited ones.

    Args:
        presets: All presets of a kind as written in the configuration.
        name: Preset to resolve.
        where: Path of `presets` in the configuration, for messages.

    Raises:
        StudyError: If the preset or a base is unknown, or bases form a loop.
    """
    chain: list[str] = []
    values: dict[str, Any] = {}
    current: str | None = name
    while current is not None:
        if current not in presets:
            raise StudyError(
                expected="the name of a preset",
                found=repr(current),
                where=f"{where}.{chain[-1]}.base" if chain else where,
                hint=closest(current, list(presets)),
            )
        if current in chain:
            raise StudyError(
                expected="bases that end in a preset without a base",
                found=" -> ".join([*chain, current]),
                where=f"{where}.{chain[-1]}.base",
                hint="remove one base of the loop",
            )
        chain.append(current)
        values = {**presets[current], **values}
        current = presets[current].get("base")
    values.pop("base", None)
    return values


def _build(record: type, values: Mapping[str, Any], where: str) -> Any:
    """Return the checked record of a preset's values."""
    known = [field.name for field in fields(record)]
    for key in values:
        if key not in known:
            raise StudyError(expected="a key of a preset", found=repr(key), where=where, hint=closest(key, known))
    missing = [key for key in known if key not in values]
    if missing:
        raise StudyError(
            expected=f"values for {', '.join(missing)}",
            found="none",
            where=where,
            hint="name a base that has them, or write them here",
        )
    for key, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise StudyError(expected="a finite number", found=value, where=f"{where}.{key}", hint="such as 0.1")
    whole = {field.name for field in fields(record) if field.type in (int, "int")}
    preset = record(**{key: int(value) if key in whole else value for key, value in values.items()})
    preset.check(where)
    return preset


def training_preset(presets: Mapping[str, Mapping[str, Any]], name: str) -> TrainingPreset:
    """Return the training preset `name`, with what it inherits, checked."""
    where = "training_presets"
    return _build(TrainingPreset, resolve(presets, name, where=where), f"{where}.{name}")


def sampler_preset(presets: Mapping[str, Mapping[str, Any]], name: str) -> SamplerPreset:
    """Return the sampler preset `name`, with what it inherits, checked."""
    where = "sampler_presets"
    return _build(SamplerPreset, resolve(presets, name, where=where), f"{where}.{name}")
