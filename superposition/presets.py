"""Training and sampler presets: frozen records, and how presets inherit."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal

from superposition.errors import StudyError, closest


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Between which numbers a value lies.

    Each number has an upper bound, beyond which a job would fail late, without memory or in an overflow.
    """

    at_least: float | None = None
    more_than: float | None = None
    at_most: float | None = None
    less_than: float | None = None


Size = Annotated[int, Bounds(at_least=1, at_most=1000)]
Sample = Annotated[int, Bounds(at_least=1, at_most=1_000_000)]
Steps = Annotated[int, Bounds(at_least=1, at_most=100_000_000)]
Positive = Annotated[float, Bounds(more_than=0, at_most=1e12)]
NotNegative = Annotated[float, Bounds(at_least=0, at_most=1e12)]


@dataclass(frozen=True, kw_only=True)
class InputPreset:
    """Everything that, with a seed, determines the inputs of every training step.

    The first sentence on a value is its description in the configuration.

    Attributes:
        n_features: Features. The model's input and output size.
        n_hidden: Size of the hidden layer. Its default initialisation draws before the sample.
        n_samples: Size of the training sample.
        sparsity: Active features per input (whole number), or probability that a feature is zero (below 1).
        values: Values of active features. Binary ones are 1, uniform ones are uniform on [0, 1].
        sample: Whether the sample is drawn, holds every possible input equally often, or is fresh at each step.
        batch_size: Inputs per step; with all n_samples, no order is drawn. The last batch of an epoch may be smaller.
        n_steps: Training steps.
        logged_count: Log-spaced points that the original logs. It logs 0 and the distinct integers of these; each
            logging consumes random draws, so they are part of the procedure.
        logged_last: Last step that the original logs.
    """

    n_features: Size
    n_hidden: Size
    n_samples: Sample
    sparsity: Size | Annotated[float, Bounds(at_least=0, less_than=1)]
    values: Literal["binary", "uniform"]
    sample: Literal["drawn", "balanced", "fresh"]
    batch_size: Sample
    n_steps: Steps
    logged_count: Annotated[int, Bounds(at_least=2, at_most=100_000)]
    logged_last: Steps

    @property
    def n_active(self) -> int | None:
        """Number of features that are active in every input, None where that number is random."""
        return int(self.sparsity) if self.sparsity >= 1 else None

    @property
    def one_hot(self) -> bool:
        """Whether every input is a unit vector."""
        return self.n_active == 1 and self.values == "binary"

    @property
    def full_batch(self) -> bool:
        """Whether every step sees the whole sample."""
        return self.batch_size == self.n_samples

    @property
    def n_inputs(self) -> int | None:
        """Number of possible inputs, None where they are not equally likely, or infinitely many."""
        return math.comb(self.n_features, self.n_active) if self.n_active and self.values == "binary" else None

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
        weights: Whether the transpose of W decodes, or a matrix of its own. That one starts as the transpose.
        hidden_layers: Layers with the activation between bottleneck and output. With any the model is an MLP.
        layer_width: Units of each such layer. Without effect without any.
        layer_norm: Where features are normalised to mean 0 and variance 1, if anywhere.
        layer_norm_affine: What follows it. `fixed` gives mean and variance of a unit vector, `learned` starts there.
        importance: Base of the geometric feature weights. Feature i counts importance**i in the loss; 1 is uniform.
        optimizer: Optimiser. As in torch.optim.
        lr: Learning rate.
        momentum: Momentum of sgd. Without effect on adam and adamw.
        weight_decay: Weight decay.
        initial_weights: Distribution of W without an initial polygon. Normal with weight_std, Xavier's, or orthogonal.
        initial_polygon: Corners of the initial polygon, 0 for none. They are columns of W.
        initial_length: Length of the initial polygon's columns.
        weight_std: Standard deviation of normal initial weights.
        weight_noise: Standard deviation of the noise on W with one.
        bias_std: Standard deviation of b at the start.
        population_size: The expected loss is exact for at most so many distinct inputs; for more, or uniform values, it
            is the mean over a fixed sample of so many.
        precision: Precision of weights, losses and outputs. From the initial weights to what is recorded.
    """

    weights: Literal["tied", "untied"]
    hidden_layers: Annotated[int, Bounds(at_least=0, at_most=10)]
    layer_width: Size
    layer_norm: Literal["none", "before_bottleneck", "after_activation"]
    layer_norm_affine: Literal["none", "fixed", "learned"]
    importance: Positive
    optimizer: Literal["sgd", "adam", "adamw"]
    lr: Positive
    momentum: Annotated[float, Bounds(at_least=0, less_than=1)]
    weight_decay: NotNegative
    initial_weights: Literal["normal", "xavier", "orthogonal"]
    initial_polygon: Annotated[int, Bounds(at_least=0, at_most=1000)]
    initial_length: NotNegative
    weight_std: NotNegative
    weight_noise: NotNegative
    bias_std: NotNegative
    population_size: Sample
    precision: Literal["float32", "float64"]

    @property
    def n_free(self) -> int:
        """Number of features that are there without superposition: as many as dimensions, or as start as a polygon."""
        return max(self.n_hidden, self.initial_polygon)

    @property
    def inputs(self) -> InputPreset:
        """What determines the inputs alone."""
        return InputPreset(**{field.name: getattr(self, field.name) for field in fields(InputPreset)})

    @property
    def population_is_exact(self) -> bool:
        """Whether all distinct inputs are enumerated, so that expected losses are no means over a sample."""
        n_distinct = self.n_inputs or 2**self.n_features
        return self.one_hot or (self.values == "binary" and n_distinct <= self.population_size)

    @property
    def population(self) -> "TrainingPreset":
        """The preset with nothing but its model and its expected loss: equal for presets that share both."""
        data = ("n_features", "n_hidden", "sparsity", "values", "importance", "population_size")
        kept = (*data, "weights", "hidden_layers", "layer_width", "layer_norm", "layer_norm_affine")
        nothing = {field.name: type(getattr(self, field.name))() for field in fields(self) if field.name not in kept}
        words = {"sample": "drawn", "precision": "float64", "optimizer": "sgd", "initial_weights": "normal"}
        return replace(self, **nothing | words)

    @property
    def beyond(self) -> dict[str, str | int]:
        """Values with which it is not the study's tied autoencoder on a training sample, none if it is."""
        study = {"weights": "tied", "hidden_layers": 0, "layer_norm": "none"}
        found = {name: getattr(self, name) for name, value in study.items() if getattr(self, name) != value}
        return found | ({"sample": self.sample} if self.sample == "fresh" else {})

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
        if self.hidden_layers and self.weights == "tied":
            raise StudyError(
                expected="weights: untied with hidden layers",
                found=f"weights: tied with {self.hidden_layers}",
                where=f"{where}.weights",
                hint="the last layer has another shape than W",
            )
        if self.batch_size > self.n_samples:
            raise StudyError(
                expected=f"batches of at most n_samples = {self.n_samples}",
                found=self.batch_size,
                where=f"{where}.batch_size",
                hint="a batch is drawn without replacement from the training sample",
            )
        if self.sample == "balanced" and (self.n_inputs is None or self.n_samples % self.n_inputs):
            raise StudyError(
                expected="with sample: balanced, n_samples a multiple of the number of possible inputs",
                found=f"{self.n_samples} for {self.n_inputs or 'inputs that are not equally likely'}",
                where=f"{where}.n_samples",
                hint="it needs binary values, and a whole number of active features",
            )


@dataclass(frozen=True, kw_only=True)
class SamplerPreset:
    """Everything that, with a checkpoint and a seed, determines an LLC estimate.

    Attributes:
        estimator: How the LLC is estimated. `sgld` runs chains at one n beta; `tempered_mala` anneals particles to ever
            larger ones and extrapolates, for which most of the values below are without effect.
        data: Inputs over which the sampled loss is a mean. For `population` their whole distribution (exact where the
            training preset's population is), for `training` the run's own training sample, for `sample` a fresh one as
            the notebook draws it, with the run's seed.
        n_samples: Size of a fresh sample. Without effect for other data.
        batch_size: Inputs per step, 0 for all. Fewer need a fresh sample.
        lr: Step size epsilon.
        nbeta: Inverse temperature n beta.
        localization: Localisation strength gamma.
        num_chains: Chains per checkpoint. For tempered_mala, groups of particles.
        num_burnin_steps: Steps before the first draw.
        num_draws: Draws per chain.
        num_steps_bw_draws: Steps per draw.
        noise_level: Standard deviation of the noise. 1 for SGLD, 0 for plain SGD.
        tied_noise: How often the tied weights are sampled per step. `once` as one parameter, `twice` as the library
            does (deviation N4).
        streams: Where random draws come from. For `library` as in devinterp, the same for every activation (common
            random numbers); `independent` gives every (activation, seed, chain) a stream of its own.
        checkpoint_stride: Chains run at every so many checkpoints, counted back from the last; 1 for all of them.
        particles: Particles in each group of tempered_mala. Groups, as many as num_chains, are independent.
        decades: Range of n beta of tempered_mala.
        ratio: Ratio of n beta between its neighbouring rungs.
        moves: Moves on each of its rungs.
    """

    estimator: Literal["sgld", "tempered_mala"]
    data: Literal["population", "training", "sample"]
    n_samples: Sample
    batch_size: Annotated[int, Bounds(at_least=0, at_most=1_000_000)]
    lr: Positive
    nbeta: Positive
    localization: NotNegative
    num_chains: Annotated[int, Bounds(at_least=1, at_most=10_000)]
    num_burnin_steps: Annotated[int, Bounds(at_least=0, at_most=100_000_000)]
    num_draws: Sample
    num_steps_bw_draws: Steps
    noise_level: NotNegative
    tied_noise: Literal["once", "twice"]
    streams: Literal["library", "independent"]
    checkpoint_stride: Annotated[int, Bounds(at_least=1, at_most=100_000)]
    particles: Annotated[int, Bounds(at_least=2, at_most=100_000)]
    decades: Annotated[float, Bounds(at_least=1, at_most=14)]
    ratio: Annotated[float, Bounds(at_least=1.01, at_most=10)]
    moves: Annotated[int, Bounds(at_least=1, at_most=10_000)]

    def sampled(self, checkpoints: Sequence[int]) -> list[int]:
        """Return those of increasing checkpoints at which chains run, the last always among them."""
        return list(checkpoints[:: -self.checkpoint_stride])[::-1]

    @property
    def n_steps(self) -> int:
        """Length of a chain in SGLD steps."""
        return self.num_burnin_steps + self.num_draws * self.num_steps_bw_draws

    @property
    def step(self) -> dict[str, Any]:
        """What a step of SGLD takes, as keywords of every function that makes them, the library's too."""
        return {name: getattr(self, name) for name in ("lr", "nbeta", "localization")}

    @property
    def draws(self) -> dict[str, Any]:
        """When a chain is recorded, as keywords of the same functions."""
        return {name: getattr(self, name) for name in ("num_burnin_steps", "num_draws", "num_steps_bw_draws")}

    @property
    def chains(self) -> dict[str, Any]:
        """All of these and the number of chains, as keywords of `estimate_llc`."""
        return {"num_chains": self.num_chains, **self.step, **self.draws}

    @property
    def annealing(self) -> dict[str, Any]:
        """What annealed particles take, as keywords of `TemperedMala`."""
        named = {name: getattr(self, name) for name in ("localization", "decades", "ratio", "moves", "particles")}
        return named | {"islands": self.num_chains}

    def check(self, where: str) -> None:
        """Raise StudyError if the values contradict each other."""
        if self.estimator == "tempered_mala" and (self.data != "population" or self.num_chains < 2):
            raise StudyError(
                expected="data: population and at least two groups of particles with estimator: tempered_mala",
                found=f"data: {self.data}, num_chains: {self.num_chains}",
                where=where,
                hint="it needs the exact loss, and the spread of groups gives its error",
            )
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


INHERITANCE = ("base", "bundle")
"""Keys of a written preset that are no values: what it inherits from, and why it changes several values of it."""


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
    return {key: value for key, value in values.items() if key not in INHERITANCE}


def _build(record: type, values: Mapping[str, Any], where: str) -> Any:
    """Return the checked record of a preset's values, each of which the schema has checked by itself."""
    missing = [field.name for field in fields(record) if field.name not in values]
    if missing:
        raise StudyError(
            expected=f"values for {', '.join(missing)}",
            found="none",
            where=where,
            hint="name a base that has them, or write them here",
        )
    preset = record(**values)
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


Factors = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Values of a training preset by factor and level."""


def combinations(preset: TrainingPreset, factors: Factors) -> Iterator[tuple[dict[str, str], TrainingPreset]]:
    """Yield each combination of one level of every factor, and the preset with the values of these levels."""
    for names in itertools.product(*factors.values()):
        levels = dict(zip(factors, names, strict=True))
        values = {key: value for factor, level in levels.items() for key, value in factors[factor][level].items()}
        yield levels, replace(preset, **values)
