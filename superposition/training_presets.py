"""Training presets as frozen records, and their combinations in a factorial."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal

from superposition.bounds import Bounds, Contradiction, NotNegative, Positive, Sample, Size, Steps, batch_contradictions


@dataclass(frozen=True, kw_only=True)
class InputPreset:
    """Everything that, with a seed, determines the inputs of every training step.

    The text of a value is its description in the configuration and in documents.
    """

    n_features: Annotated[Size, "Features."]
    n_hidden: Annotated[Size, "Size of the hidden layer."]  # its default initialisation draws before the sample
    n_samples: Annotated[Sample, "Size of the training sample."]
    sparsity: Annotated[
        Size | Annotated[float, Bounds(0, less_than=1)],
        "Active features per input (whole number), or probability that a feature is zero (below 1).",
    ]
    # Binary ones are 1, uniform ones are uniform on [0, 1].
    values: Annotated[Literal["binary", "uniform"], "Values of active features."]
    sample: Annotated[
        Literal["drawn", "balanced", "fresh"],
        "Whether the sample is drawn, holds every possible input equally often, or is fresh at each step.",
    ]
    # The last batch of an epoch may be smaller.
    batch_size: Annotated[Sample, "Inputs per step; with all n_samples, no order is drawn."]
    n_steps: Annotated[Steps, "Training steps."]
    # It logs 0 and the distinct integers of these; each logging consumes random draws: they are part of the procedure.
    logged_count: Annotated[int, Bounds(2, 100_000), "Log-spaced points that the original logs."]
    logged_last: Annotated[Steps, "Last step that the original logs."]

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
    """Everything that, with an activation and a seed, determines a training run: its inputs, and the following."""

    # A matrix of its own starts as the transpose.
    weights: Annotated[Literal["tied", "untied"], "Whether the transpose of W decodes, or a matrix of its own."]
    # With any the model is an MLP.
    hidden_layers: Annotated[int, Bounds(0, 10), "Layers with the activation between bottleneck and output."]
    layer_width: Annotated[Size, "Units of each such layer."]
    layer_norm: Annotated[
        Literal["none", "before_bottleneck", "after_activation"],
        "Where features are normalised to mean 0 and variance 1, if anywhere.",
    ]
    # `fixed` gives mean and variance of a unit vector, `learned` starts there.
    layer_norm_affine: Annotated[Literal["none", "fixed", "learned"], "Scale and shift after the normalisation."]
    # Feature i counts importance**i in the loss; 1 is uniform.
    importance: Annotated[Positive, "Base of the geometric feature weights."]
    optimizer: Annotated[Literal["sgd", "adam", "adamw"], "Optimiser."]  # as in torch.optim
    lr: Annotated[Positive, "Learning rate."]
    momentum: Annotated[float, Bounds(0, less_than=1), "Momentum of sgd."]
    weight_decay: Annotated[NotNegative, "Weight decay."]
    # Normal with weight_std, Xavier's, or orthogonal.
    initial_weights: Annotated[
        Literal["normal", "xavier", "orthogonal"], "Distribution of W without an initial polygon."
    ]
    initial_polygon: Annotated[int, Bounds(0, 1000), "Corners of the initial polygon, 0 for none."]  # columns of W
    initial_length: Annotated[NotNegative, "Length of the initial polygon's columns."]
    weight_std: Annotated[NotNegative, "Standard deviation of normal initial weights."]
    weight_noise: Annotated[NotNegative, "Standard deviation of the noise on W with one."]
    bias_std: Annotated[NotNegative, "Standard deviation of b at the start."]
    population_size: Annotated[
        Sample,
        "The expected loss is exact for at most so many distinct inputs; for more, or uniform values, it is the mean "
        "over a fixed sample of so many.",
    ]
    # From the initial weights to what is recorded.
    precision: Annotated[Literal["float32", "float64"], "Precision of weights, losses and outputs."]

    @property
    def n_free(self) -> int:
        """Number of features that are there without superposition: as many as dimensions, or as start as a polygon."""
        return max(self.n_hidden, self.initial_polygon)

    @property
    def regular_llc(self) -> float:
        """Learning coefficient of a tied autoencoder's minimum in which only rotations of the hidden layer are flat.

        Half of the number of parameters less the dimension of the rotations, under which the loss is the same. W has no
        fewer features than dimensions, and full rank: else some rotations would leave it where it is.
        """
        return (self.n_features * (self.n_hidden + 1) - math.comb(self.n_hidden, 2)) / 2

    @property
    def inputs(self) -> InputPreset:
        """Values that determine the inputs, and nothing else."""
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
        study = {"weights": ["tied"], "hidden_layers": [0], "layer_norm": ["none"], "sample": ["drawn", "balanced"]}
        return {name: getattr(self, name) for name, values in study.items() if getattr(self, name) not in values}

    def contradictions(self) -> Iterator[Contradiction]:
        """Yield what cannot be trained with: values that contradict each other."""
        if self.n_active is not None and self.n_active > self.n_features:
            expected = f"at most n_features = {self.n_features} active features"
            hint = "an integer is the number of active features; use a number below 1 for a probability of zero"
            yield "sparsity", expected, f"{self.n_active} active features", hint
        if self.initial_polygon > self.n_features:
            expected = f"an initial polygon with at most n_features = {self.n_features} corners"
            yield "initial_polygon", expected, f"{self.initial_polygon} corners", "each is one feature's column of W"
        if self.initial_polygon and self.n_hidden != 2:
            found = f"n_hidden {self.n_hidden} with a polygon of {self.initial_polygon} corners"
            hint = "set initial_polygon: 0; W then starts normal with standard deviation weight_std"
            yield "initial_polygon", "no initial polygon where n_hidden is not 2", found, hint
        if self.hidden_layers and self.weights == "tied":
            found, hint = f"weights: tied with {self.hidden_layers}", "the last layer has another shape than W"
            yield "weights", "weights: untied with hidden layers", found, hint
        yield from batch_contradictions(self.batch_size, self.n_samples)
        if self.sample == "balanced" and (self.n_inputs is None or self.n_samples % self.n_inputs):
            expected = "with sample: balanced, n_samples a multiple of the number of possible inputs"
            found = f"{self.n_samples} for {self.n_inputs or 'inputs that are not equally likely'}"
            yield "n_samples", expected, found, "it needs binary values, and a whole number of active features"


Factors = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Values of a training preset by factor and level."""


def combinations(preset: TrainingPreset, factors: Factors) -> Iterator[tuple[dict[str, str], TrainingPreset]]:
    """Yield each combination of one level of every factor, and the preset with the values of these levels."""
    for names in itertools.product(*factors.values()):
        levels = dict(zip(factors, names, strict=True))
        values = {key: value for factor, level in levels.items() for key, value in factors[factor][level].items()}
        yield levels, replace(preset, **values)
