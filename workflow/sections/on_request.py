"""Sections of the configuration on what is made on request: full lengths, families, models of other papers."""

from typing import Annotated, TypedDict

from superposition.bounds import Bounds
from superposition.other_models.papers import WITH_EXPERIMENTS
from workflow.sections.presets import WrittenTraining
from workflow.sections.types import (
    UNIQUE,
    Activations,
    AtLeastTwo,
    Count,
    Keyword,
    Name,
    Number,
    PositiveShare,
    Sampler,
    Seed,
    Seeds,
    Share,
    Training,
)


class FullLengthSection(TypedDict):
    """Runs of all steps of the original, on demand."""

    training: Annotated[Training, "Training preset of the full length."]
    activations: Annotated[Activations, "Activations that are run."]
    seeds: Seeds


class BestSearchSection(TypedDict):
    """Search for the best possible loss of each value."""

    n_starts: Annotated[Count, "Fresh starts at each value."]
    n_steps: Annotated[Count, "Most steps of Levenberg–Marquardt from each start."]
    tolerance: Annotated[PositiveShare, "Losses within so much of the best are the best."]
    halvings: Annotated[int, Bounds(0, 50), "How often the interval around a change of the capacity is halved."]
    seed: Annotated[Seed, "Seed of the starts."]


class FamiliesSection(TypedDict):
    """Activations with a parameter, made on request."""

    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset of the LLC at their ends; must be of chains at one n beta."]
    stepped: Annotated[Share, "Share of a response between two neighbouring values above which it is stepped."]
    best: BestSearchSection
    values: Annotated[
        dict[
            Name, Annotated[list[Number], Bounds(1, 1000), "Values of the parameter, within the range of the family."]
        ],
        "Values of the parameter of each family, which superposition/families/rows.py defines.",
    ]


class ExperimentSection(TypedDict):
    """One experiment."""

    paper: Annotated[
        str,
        Keyword("enum", tuple(WITH_EXPERIMENTS)),
        "Paper of the experiment, by the name of the target that makes it.",
    ]
    training: Annotated[Training, "Its training preset."]
    activations: Annotated[Activations, "Its activations."]
    sparsity: Annotated[
        list[Annotated[float, Bounds(0, 1000)]],
        Bounds(1, 100),
        UNIQUE,
        "Values of the preset's `sparsity` that replace its own.",
    ]
    importance: Annotated[
        list[Annotated[float, Bounds(at_most=1000, more_than=0)]],
        Bounds(1, 100),
        UNIQUE,
        "Values of the preset's `importance` that replace its own.",
    ]
    seeds: Seeds


class ChenSection(TypedDict):
    """SGD on the model of Chen et al."""

    training: Annotated[Training, "Its training preset, of six features and two dimensions."]
    seeds: Seeds
    recorded: Annotated[AtLeastTwo, "Log-spaced steps at which runs are recorded."]
    tolerance: Annotated[PositiveShare, "Largest difference of a length or bias at which a run is at a polygon."]


Levels = Annotated[
    dict[Name, WrittenTraining],
    Bounds(2),
    Keyword("required", ("post",)),
    "Levels by name, with the values of a training preset that each sets.",
]


class FactorsSection(TypedDict):
    """Levels of each factor; `post` is the post's."""

    data: Levels
    start: Levels
    model: Levels
    optimizer: Levels


class FactorialSection(TypedDict):
    """Every level of each factor with those of all others."""

    training: Annotated[Training, "Training preset whose values no level changes."]
    activations: Annotated[Activations, "Its activations."]
    seeds: Seeds
    factors: FactorsSection


class OtherModelsSection(TypedDict):
    """Models and data of other papers, made on request."""

    experiments: Annotated[dict[Name, ExperimentSection], "Experiments by name, each with a training preset."]
    nearly: Annotated[
        float, Bounds(more_than=0, less_than=1), 'Share that "nearly" leaves out in findings of these papers.'
    ]
    chen: ChenSection
    factorial: FactorialSection
