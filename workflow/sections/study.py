"""Sections of the configuration on every study: what is recorded, measured, judged and drawn."""

from typing import Annotated, Literal, TypedDict

from superposition.bounds import Bounds, NotNegative, Positive, Sample
from workflow.sections.types import (
    DATE,
    UNIQUE,
    ActivationName,
    Activations,
    AtLeastTwo,
    Count,
    Keyword,
    ManySteps,
    Margin,
    Name,
    Positives,
    PositiveShare,
    Sampler,
    Seed,
    Share,
    Step,
    Training,
)


class LossRecordingSection(TypedDict):
    """Steps at which the loss is recorded."""

    first: Annotated[Sample, "Every step up to this one is recorded."]
    count: Annotated[Count, "Log-spaced points after it."]


class WeightRecordingSection(TypedDict):
    """Steps at which weights are recorded, beside those that the original logs."""

    count: Annotated[AtLeastTwo, "Log-spaced points."]


class RecordingSection(TypedDict):
    """Steps at which runs are recorded."""

    loss: LossRecordingSection
    weights: WeightRecordingSection


class EndLimitsSection(TypedDict):
    """Limits within which a run has converged."""

    gradient: Annotated[Positive, "Largest norm of the gradient of the training loss."]
    curvature: Annotated[Positive, "Largest curvature of a direction that curves down."]
    kink: Annotated[Positive, "Largest distance of a pre-activation that lies at a kink or jump."]
    growth: Annotated[Positive, "Largest growth of the norm, in decades per decade of steps."]


class ClassLimitsSection(TypedDict):
    """Limits that decide the class of an activation."""

    loss: Annotated[
        Share, "Relative difference from the loss of the best linear model, or of the best constant answer."
    ]
    outputs: Annotated[Share, "Relative difference from the outputs of the best linear model."]
    share: Annotated[float, Bounds(0, less_than=1), "Share of runs, and of columns of W, that is exceeded."]


class FindingsSection(TypedDict):
    """Thresholds at which a finding of the paper says so."""

    reached: Annotated[Positive, "Largest distance from the best possible loss at which a run has reached it."]
    mostly: Annotated[Share, "Share of the variance between seeds above which counts are mostly chance."]
    early: Annotated[Share, "Share of the largest loss drop before which superposition comes with the drop."]


class InitLossSection(TypedDict):
    """The library's estimate of the loss at a checkpoint."""

    batch_size: Annotated[Sample, "Inputs per batch."]
    repeats: Annotated[int, Bounds(2, 10_000), "Estimates per run."]


class KnownGridSection(TypedDict):
    """LLC estimates where the coefficient is known."""

    activations: Annotated[Activations, "relu and smooth activations."]
    nbeta: Annotated[Positives, "Inverse temperatures n beta of the chains."]
    localization: Annotated[Positives, "Localisation strengths gamma of the chains."]
    step_times_curvature: Annotated[
        float, Bounds(more_than=0, less_than=4), "Step size times the largest curvature of what chains sample."
    ]
    num_chains: Annotated[int, Bounds(2, 10_000), "Chains per point."]
    num_burnin_steps: Annotated[Step, "Steps before the first draw."]
    num_draws: Annotated[Sample, "Draws per chain."]
    seed: Annotated[Seed, "Seed of the noise."]


class DeviationsSection(TypedDict):
    """Measurement of the effect of each defect of the original."""

    original: Annotated[Training, "The original's training preset."]
    corrected: Annotated[Training, "The training preset without the large initial bias."]
    sampler: Annotated[Sampler, "The original's sampler preset."]
    tied_noise: Annotated[list[Sampler], Bounds(1), UNIQUE, "Sampler presets for doubled noise."]
    init_loss: InitLossSection
    covariance: Annotated[list[ActivationName], UNIQUE, "Activations for the library's covariance, if any."]
    grid: KnownGridSection


class SuperpositionSection(TypedDict):
    """Thresholds from which a feature counts as represented or recovered."""

    relative_norm: Annotated[Share, "Share of the largest norm."]
    absolute_norm: Annotated[NotNegative, "Smallest norm."]
    recovery_margin: Annotated[Positive, "Margin of the own output over all others."]


class CapacitySection(TypedDict):
    """The search for the best possible loss of each activation."""

    n_starts: Annotated[int, Bounds(4, 100_000), "Searches of each activation."]
    n_steps: Annotated[Sample, "Most steps of Levenberg–Marquardt of each search."]
    tolerance: Annotated[PositiveShare, "Losses within so much of the best one are the best."]
    seed: Annotated[Seed, "Seed of the starts."]


class CriticalPointsSection(TypedDict):
    """Labels of checkpoints, the critical points that runs are at."""

    reach: Annotated[PositiveShare, "Largest distance of a point that is near as a share of its length."]


class TransitionsSection(TypedDict):
    """Limits that decide what counts as an event of training."""

    slope: Annotated[Positive, "Steepest fall of the loss that is no drop."]
    smoothing: Annotated[Positive, "Decades of steps over which the slope is fitted."]
    min_size: Annotated[NotNegative, "Smallest loss drop, in decades."]
    change_window: Annotated[Literal[1, 3, 5, 7, 9, 11], "Recorded steps of a running median, an odd number."]
    standard_errors: Annotated[Positive, "Standard errors that an LLC rise exceeds."]
    tolerance: Annotated[NotNegative, "Distance at which events coincide, in decades of steps."]
    shuffles: Annotated[Sample, "Shuffles of event times."]
    sticky_tolerance: Annotated[
        float,
        Bounds(more_than=0, less_than=0.1),
        "Largest distance of a dimensionality from 1/2 or 1 at which the feature counts as sticky.",
    ]
    other_slopes: Annotated[list[Positive], UNIQUE, "Slopes to repeat the verdicts with, if any."]
    other_relative_norms: Annotated[
        list[Share], UNIQUE, "Shares of the largest norm to repeat the verdicts with, if any."
    ]


class ThresholdSection(TypedDict):
    """Superposition beyond which some statements hold."""

    value: Annotated[NotNegative, "Features beyond the hidden dimensions."]
    others: Annotated[list[NotNegative], UNIQUE, "Other thresholds, if any."]


class MarginChoiceSection(TypedDict):
    """A margin that decides, and others that are tried."""

    value: Margin
    others: Annotated[list[Margin], UNIQUE, "Other margins, if any."]
    date: Annotated[str, Keyword("pattern", DATE), "Date on which the value was fixed."]


class ClaimsSection(TypedDict):
    """Requirements and margins by which statements are judged."""

    min_seeds: Annotated[int, Bounds(2, 10_000), "Fewest readable seeds."]
    min_activations: Annotated[int, Bounds(3, 1000), "Fewest activations of a spread, correlation or share."]
    threshold: ThresholdSection
    margins: Annotated[dict[Name, MarginChoiceSection], Bounds(1), "Margins by name."]


class StatisticsSection(TypedDict):
    """Intervals over seeds."""

    confidence: Annotated[Share, "Level of all intervals."]
    resamples: Annotated[Sample, "Bootstrap resamples."]
    seed: Annotated[Seed, "Seed of the bootstrap."]


class AnimationSection(TypedDict):
    """Animations of single runs."""

    count: Annotated[AtLeastTwo, "Log-spaced steps that are shown."]
    seconds_per_frame: Annotated[float, Bounds(at_most=60, more_than=0), "Time for which each is shown."]


class FiguresSection(TypedDict):
    """Contents of figures."""

    moments: Annotated[ManySteps, "Steps at which polygons are drawn."]
    band: Annotated[float, Bounds(0, 1), "Share of seeds, around the median, within bands."]
    animation: AnimationSection


class ComparisonSection(TypedDict):
    """One document."""

    title: Annotated[str, Bounds(1, 200), "Title, which says what is compared."]
    activations: Annotated[
        list[ActivationName],
        Bounds(2),
        UNIQUE,
        "Names from superposition/activations.py; those that the study leaves out are left out here.",
    ]
