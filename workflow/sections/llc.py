"""Sections of the configuration on LLC estimates: samplers, estimators, their calibration and checks."""

from typing import Annotated, TypedDict

from superposition.bounds import Bounds, Decades, NotNegative, Positive, Ratio, Size, Steps
from workflow.sections.types import (
    UNIQUE,
    Activations,
    AtLeastTwo,
    BatchSizes,
    Count,
    Keyword,
    ManySteps,
    Positives,
    Sampler,
    Seed,
    Step,
    Training,
)


class CheckpointsSection(TypedDict):
    """Steps at which the LLC is estimated."""

    count: Annotated[AtLeastTwo, "Log-spaced points."]
    last: Annotated[Steps, "Last step."]


class LlcLimitsSection(TypedDict):
    """Limits beyond which an LLC estimate is not read."""

    shift: Annotated[
        Positive, "Largest share of an estimate that the gradient, or directions that curve down, may add."
    ]
    kink: Annotated[Positive, "Distance of a pre-activation from a kink of the activation below which it lies at it."]
    escape: Annotated[Positive, "Margin beyond which a chain has escaped, in LLC units."]
    r_hat: Annotated[float, Bounds(at_most=1e12, more_than=1), "Largest R-hat of chains that have converged."]
    ess: Annotated[Positive, "Smallest effective sample size of chains that have converged, all together."]


class SgldLadderSection(TypedDict):
    """SGLD over a ladder of n beta."""

    nbeta: Annotated[list[Positive], Bounds(3), "Inverse temperatures, increasing."]


class TemperedMalaSection(TypedDict):
    """Annealed particles with Metropolis-corrected Langevin moves."""

    localization: Annotated[Positive, "Strength gamma of the Gaussian from which particles start."]
    decades: Annotated[Decades, "Range of n beta."]
    ratio: Annotated[Ratio, "Ratio of n beta between neighbouring rungs."]
    moves: Annotated[int, Bounds(1, 10_000), "Moves on each rung."]
    islands: Annotated[
        int,
        Bounds(2, 1000),
        "Islands, which are groups of particles independent of one another; `num_chains` in a sampler preset.",
    ]
    particles: Annotated[AtLeastTwo, "Particles on each island."]


class VolumeSection(TypedDict):
    """Volume of the set of small loss."""

    localization: Annotated[Positive, "Strength gamma of the Gaussian that is drawn from."]
    ratio: Annotated[Ratio, "Ratio of neighbouring thresholds of the loss."]
    islands: Annotated[int, Bounds(2, 1000), "Islands of draws."]
    draws: Annotated[int, Bounds(20, 1_000_000), "Draws on each island."]


class EstimatorSettingsSection(TypedDict):
    """Settings of the other estimators."""

    sgld_ladder: SgldLadderSection
    tempered_mala: TemperedMalaSection
    volume: VolumeSection


class LeaderboardSection(TypedDict):
    """Estimators of the learning coefficient where it is known."""

    estimators: Annotated[
        list[Annotated[str, Keyword("names", "estimator")]], Bounds(1), UNIQUE, "Estimators of the default study."
    ]
    samplers: Annotated[
        list[Sampler],
        Bounds(1),
        UNIQUE,
        "Sampler presets whose estimators are compared; the first, of `sgld`, is also that of `sgld_ladder`.",
    ]
    seed: Annotated[Seed, "Seed of the estimators."]
    settings: EstimatorSettingsSection


class CoefficientsSection(TypedDict):
    """Learning coefficients at the ends of runs, on request."""

    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset."]


class BatchSweepSection(TypedDict):
    """The sweep over batch size and step size."""

    base: Annotated[Sampler, "Sampler preset; must take a fresh sample with the library's streams."]
    batch_sizes: Annotated[BatchSizes, "Inputs per SGLD step; 0 for all."]
    lr: Annotated[Positives, "Step sizes."]


class TemperatureSweepSection(TypedDict):
    """The sweep over n beta and localisation."""

    base: Annotated[Sampler, "Sampler preset."]
    nbeta: Annotated[Positives, "Inverse temperatures."]
    localization: Annotated[Positives, "Localisation strengths."]
    step_error: Annotated[Positive, "Largest share that the step size adds to a variance."]
    relaxations: Annotated[Positive, "Length of burn-in and of draws in relaxation times."]
    max_steps: Annotated[int, Bounds(16, 100_000_000), "Longest chain."]


class CriterionSection(TypedDict):
    """Criterion that the recommended setting meets at every point."""

    standard_errors: Annotated[NotNegative, "Standard errors that do not count."]
    truth: Annotated[Positive, "Relative difference from known learning coefficients."]
    prediction: Annotated[Positive, "Relative difference from predicted values."]
    drift: Annotated[Positive, "Relative difference between halves of the draws."]
    discretisation: Annotated[Positive, "Relative contribution of the step size."]
    relaxations: Annotated[NotNegative, "Shortest burn-in in relaxation times."]


class CalibrationSection(TypedDict):
    """LLC estimates under many settings of the sampler, and the recommended one."""

    training: Annotated[Training, "Training preset of the runs."]
    activations: Annotated[Activations, "Activations whose runs are taken, each at its end."]
    n_seeds: Annotated[Count, "First runs of each activation; all where the study has fewer."]
    batch_size: BatchSweepSection
    temperature: TemperatureSweepSection
    criterion: CriterionSection


class CrossCheckSection(TypedDict):
    """The batched chains against the library's."""

    activations: Annotated[Activations, "Activations to compare; others than the study's are left out."]
    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset; must be the library's chains on a fresh sample."]
    steps: Annotated[ManySteps, "Steps to compare at."]
    batch_sizes: Annotated[BatchSizes, "Inputs per SGLD step."]


class CovarianceSection(TypedDict):
    """The spread of trajectories that start at each checkpoint."""

    sampler: Annotated[Sampler, "Sampler preset; must take a fresh sample with the library's streams."]
    batch_sizes: Annotated[BatchSizes, "Inputs per step; 0 for all."]
    noise_levels: Annotated[list[NotNegative], Bounds(1), UNIQUE, "Standard deviation of the noise; 0 is SGD."]
    n_eigenvalues: Annotated[Size, "Eigenvalues from the largest on."]


class RefinedSection(TypedDict):
    """Finer tools than one LLC, on request."""

    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset of the chains."]
    activations: Annotated[Activations, "Activations whose runs are taken."]
    n_seeds: Annotated[Size, "First seeds of each activation; all where the study has fewer."]
    steps: Annotated[
        list[Step], Bounds(1, 1000), UNIQUE, "Steps at which the tools are applied, each at the nearest checkpoint."
    ]
