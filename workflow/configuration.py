"""The configuration: every section and value with its type, its bounds and what it means.

From this, and from the records of presets, are made the schema that refuses a configuration (`schema`) and the list of
parameters config/README.md (`parameters`). Every number has an upper bound, beyond which a job would fail late, without
memory or in an overflow:

* seeds 4,294,967,295: the legacy generator of NumPy, part of the original procedure, takes no larger one
* steps 1e8: five thousand times the default's, weeks of training
* sizes 1e6 inputs, chains at a time, draws, resamples; 1e5 points of a schedule; 1e4 seeds or chains of a job: some GB
* features 1000: Hessians are exact, of (features x (hidden + 1)) squared numbers
* other numbers 1e12: its square is far within single precision
* names 40 characters: those of files join several of them and may have 255
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from superposition.presets import Bounds, NotNegative, Positive, Sample, SamplerPreset, Size, Steps, TrainingPreset


@dataclass(frozen=True)
class Keyword:
    """A keyword of the schema with its value, for what a type and bounds do not say."""

    name: str
    value: str | bool | tuple[str, ...]


UNIQUE = Keyword("uniqueItems", True)

Name = Annotated[
    str,
    Keyword("pattern", "^[a-z][a-z0-9_]*$"),
    Bounds(at_most=40),
    "A name of lower-case letters, digits and underscores.",
]
ActivationName = Annotated[str, Keyword("names", "activation")]
Training = Annotated[str, Keyword("names", "training preset")]
Sampler = Annotated[str, Keyword("names", "sampler preset")]

Step = Annotated[int, Bounds(0, 100_000_000)]
Count = Annotated[int, Bounds(1, 100_000)]
AtLeastTwo = Annotated[int, Bounds(2, 100_000)]
Seed = Annotated[int, Bounds(0, 4_294_967_295)]
Number = Annotated[float, Bounds(-1e12, 1e12)]
Share = Annotated[float, Bounds(more_than=0, less_than=1)]
PositiveShare = Annotated[float, Bounds(at_most=1, more_than=0)]

Activations = Annotated[list[ActivationName], Bounds(1)]
ManySteps = Annotated[list[Step], Bounds(1)]
BatchSizes = Annotated[list[Annotated[int, Bounds(0, 1_000_000)]], Bounds(1)]
Positives = Annotated[list[Positive], Bounds(1)]
Seeds = Annotated[
    Annotated[str, Bounds(1)] | Seed | list[Seed],
    "Seeds, at least one, as ranges and single values such as `1-10` or `1,3,7`.",
]
Margin = Annotated[Number | Annotated[list[Number], Bounds(2, 2)], "A number, or two increasing numbers."]


class TrainingBase:
    """What a training preset says beside its values."""

    base: Annotated[Training, "Preset whose values this one takes where it sets none."]
    bundle: Annotated[str, Bounds(1, 200), "Why it changes several values of the step of the ladder before it."]


class SamplerBase:
    """What a sampler preset says beside its values."""

    base: Annotated[Sampler, "Preset whose values this one takes where it sets none."]


class WrittenTraining(TrainingPreset, TrainingBase):
    """A training preset, without the values that it takes from its base."""


class WrittenSampler(SamplerPreset, SamplerBase):
    """A sampler preset, without the values that it takes from its base."""


class ProtocolSection(TypedDict):
    """A training preset with a sampler preset."""

    label: Annotated[str, Bounds(1, 40), "What it is called in text."]
    training: Annotated[Training, "Training preset."]
    sampler: Annotated[Sampler, "Sampler preset."]


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


class CheckpointsSection(TypedDict):
    """Steps at which the LLC is estimated."""

    count: Annotated[AtLeastTwo, "Log-spaced points."]
    last: Annotated[Steps, "Last step."]


class LlcLimitsSection(TypedDict):
    """Beyond what an LLC estimate may not be read."""

    shift: Annotated[
        Positive, "Largest share of an estimate that the gradient, or directions that curve down, may add."
    ]
    kink: Annotated[Positive, "Distance of a pre-activation from a kink of the activation below which it lies at it."]
    escape: Annotated[Positive, "Margin beyond which a chain has escaped, in LLC units."]
    r_hat: Annotated[float, Bounds(at_most=1e12, more_than=1), "Largest R-hat of chains that have converged."]
    ess: Annotated[Positive, "Smallest effective sample size of chains that have converged, all together."]


class EndLimitsSection(TypedDict):
    """Up to where a run has converged."""

    gradient: Annotated[Positive, "Largest norm of the gradient of the training loss."]
    curvature: Annotated[Positive, "Largest curvature of a direction that curves down."]
    kink: Annotated[Positive, "Largest distance of a pre-activation that lies at a kink or jump."]
    growth: Annotated[Positive, "Largest growth of the norm, in decades per decade of steps."]


class ClassLimitsSection(TypedDict):
    """Up to where an activation belongs to a class."""

    loss: Annotated[
        Share, "Relative difference from the loss of the best linear model, or of the best constant answer."
    ]
    outputs: Annotated[Share, "Relative difference from the outputs of the best linear model."]
    share: Annotated[float, Bounds(0, less_than=1), "Share of runs, and of columns of W, that is exceeded."]


class SgldLadderSection(TypedDict):
    """SGLD over a ladder of n beta."""

    nbeta: Annotated[list[Positive], Bounds(3), "Inverse temperatures, increasing."]


class TemperedMalaSection(TypedDict):
    """Annealed particles with Metropolis-corrected Langevin moves."""

    localization: Annotated[Positive, "Strength gamma of the Gaussian from which particles start."]
    decades: Annotated[float, Bounds(1, 14), "Range of n beta."]
    ratio: Annotated[float, Bounds(1.01, 10), "Ratio of n beta between neighbouring rungs."]
    moves: Annotated[int, Bounds(1, 10_000), "Moves on each rung."]
    islands: Annotated[int, Bounds(2, 1000), "Independent groups of particles."]
    particles: Annotated[AtLeastTwo, "Particles in each."]


class VolumeSection(TypedDict):
    """Volume of the set of small loss."""

    localization: Annotated[Positive, "Strength gamma of the Gaussian that is drawn from."]
    ratio: Annotated[float, Bounds(1.01, 10), "Ratio of neighbouring thresholds of the loss."]
    islands: Annotated[int, Bounds(2, 1000), "Independent groups of draws."]
    draws: Annotated[int, Bounds(20, 1_000_000), "Draws in each."]


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

    training: Annotated[Training, "Training preset of the runs; one of the study."]
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
    """What the recommended setting meets at every point."""

    standard_errors: Annotated[NotNegative, "Standard errors that do not count."]
    truth: Annotated[Positive, "Relative difference from known learning coefficients."]
    prediction: Annotated[Positive, "Relative difference from predicted values."]
    drift: Annotated[Positive, "Relative difference between halves of the draws."]
    discretisation: Annotated[Positive, "Relative contribution of the step size."]
    relaxations: Annotated[NotNegative, "Shortest burn-in in relaxation times."]


class CalibrationSection(TypedDict):
    """How LLC estimates depend on the sampler's settings."""

    training: Annotated[Training, "Training preset of the runs."]
    activations: Annotated[Activations, "Activations at the ends of whose runs to estimate."]
    n_seeds: Annotated[Count, "Runs of each activation."]
    batch_size: BatchSweepSection
    temperature: TemperatureSweepSection
    criterion: CriterionSection


class CrossCheckSection(TypedDict):
    """The batched chains against the library's."""

    activations: Annotated[Activations, "Activations to compare; others than the study's are left out."]
    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset; must have the library's streams."]
    steps: Annotated[ManySteps, "Steps to compare at."]
    batch_sizes: Annotated[BatchSizes, "Inputs per SGLD step."]


class CovarianceSection(TypedDict):
    """The spread of trajectories that start at each checkpoint."""

    sampler: Annotated[Sampler, "Sampler preset; must take a fresh sample with the library's streams."]
    batch_sizes: Annotated[BatchSizes, "Inputs per step; 0 for all."]
    noise_levels: Annotated[list[NotNegative], Bounds(1), "Standard deviation of the noise; 0 is SGD."]
    n_eigenvalues: Annotated[Size, "Eigenvalues from the largest on."]


class InitLossSection(TypedDict):
    """The library's estimate of the loss at a checkpoint."""

    batch_size: Annotated[Sample, "Inputs per batch."]
    repeats: Annotated[int, Bounds(2, 10_000), "Estimates per run."]


class KnownGridSection(TypedDict):
    """LLC estimates where the coefficient is known."""

    activations: Annotated[Activations, "relu and smooth activations."]
    nbeta: Annotated[Positives, "n beta."]
    localization: Annotated[Positives, "Localisation strengths gamma of the chains."]
    step: Annotated[float, Bounds(more_than=0, less_than=4), "Step size times curvature."]
    num_chains: Annotated[int, Bounds(2, 10_000), "Chains per point."]
    num_burnin_steps: Annotated[Step, "Steps before the first draw."]
    num_draws: Annotated[Sample, "Draws per chain."]
    seed: Annotated[Seed, "Seed of the noise."]


class DeviationsSection(TypedDict):
    """How the effect of each defect of the original is measured."""

    original: Annotated[Training, "The original's training preset."]
    corrected: Annotated[Training, "The training preset without the large initial bias."]
    sampler: Annotated[Sampler, "The original's sampler preset."]
    tied_noise: Annotated[list[Sampler], Bounds(1), "Sampler presets for doubled noise."]
    init_loss: InitLossSection
    covariance: Annotated[list[ActivationName], "Activations for the library's covariance."]
    grid: KnownGridSection


class FullLengthSection(TypedDict):
    """Runs of all steps of the original, on demand."""

    training: Annotated[Training, "Training preset of the full length."]
    activations: Annotated[Activations, "Activations."]
    seeds: Seeds


class BestSearchSection(TypedDict):
    """How the best possible loss of each value is sought."""

    n_starts: Annotated[Count, "Fresh starts at each value."]
    n_steps: Annotated[Count, "Most steps from each start."]
    tolerance: Annotated[PositiveShare, "Losses within so much of the best are the best."]
    halvings: Annotated[int, Bounds(0, 50), "How often the interval around a change of the capacity is halved."]
    seed: Annotated[Seed, "Seed of the starts."]


class FamiliesSection(TypedDict):
    """Activations with a parameter, made on request."""

    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset of the LLC at their ends."]
    best: BestSearchSection
    values: Annotated[
        dict[
            Name, Annotated[list[Number], Bounds(1, 1000), "Values of the parameter, within the range of the family."]
        ],
        "Values of the parameter of each family, which superposition/families/rows.py defines.",
    ]


class RefinedSection(TypedDict):
    """Finer tools than one LLC, on request."""

    training: Annotated[Training, "Training preset of the runs."]
    sampler: Annotated[Sampler, "Sampler preset of the chains."]
    activations: Annotated[Activations, "Whose runs."]
    n_seeds: Annotated[Size, "First seeds of each."]
    steps: Annotated[list[Step], Bounds(1, 1000), "At which steps."]


class ExperimentSection(TypedDict):
    """One experiment."""

    paper: Annotated[Literal["elhage", "lad_kostolansky"], "Whose it is; the target that makes it."]
    training: Annotated[Training, "Its training preset."]
    activations: Annotated[Activations, UNIQUE, "Its activations."]
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
    activations: Annotated[Activations, UNIQUE, "Its activations."]
    seeds: Seeds
    factors: FactorsSection


class OtherModelsSection(TypedDict):
    """Models and data of other papers, made on request."""

    experiments: Annotated[dict[Name, ExperimentSection], "What is run under a training preset, by name."]
    chen: ChenSection
    factorial: FactorialSection


class SuperpositionSection(TypedDict):
    """From when on a feature is represented or recovered."""

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
    """What counts as an event of training."""

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
    other_slopes: Annotated[list[Positive], UNIQUE, "Slopes to repeat the verdicts with."]
    other_relative_norms: Annotated[list[Share], UNIQUE, "Shares of the largest norm to repeat the verdicts with."]


class ThresholdSection(TypedDict):
    """Superposition beyond which some statements hold."""

    value: Annotated[NotNegative, "Features beyond the hidden dimensions."]
    others: Annotated[list[NotNegative], "Other thresholds."]


class MarginChoiceSection(TypedDict):
    """A margin that decides, and others that are tried."""

    value: Margin
    others: Annotated[list[Margin], "Other margins."]
    date: Annotated[str, Keyword("pattern", r"^\d{4}-\d{2}-\d{2}$"), "Date on which the value was fixed."]


class ClaimsSection(TypedDict):
    """How statements are judged."""

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
    """What figures show."""

    moments: Annotated[ManySteps, "Steps at which polygons are drawn."]
    band: Annotated[float, Bounds(0, 1), "Share of seeds, around the median, within bands."]
    animation: AnimationSection


class ComparisonSection(TypedDict):
    """One document."""

    title: Annotated[str, Bounds(1, 200), "What is compared."]
    activations: Annotated[
        list[ActivationName],
        Bounds(2),
        UNIQUE,
        "Names from superposition/activations.py; those that the study leaves out are left out here.",
    ]


class Configuration(TypedDict):
    """Configuration of the study."""

    results: Annotated[str, Keyword("pattern", r"^[^{}\x00-\x1f]+$"), "Folder for everything that the workflow writes."]
    activations: Annotated[Literal["all"] | Activations, "`all`, or names from superposition/activations.py."]
    seeds: Seeds
    holdout_seeds: Seeds
    seeds_per_job: Annotated[int, Bounds(1, 10_000), "Seeds that one job computes together."]
    seeds_for_power: Annotated[Count, "Seeds that verdicts are to rest on. With fewer the study begins with a warning."]
    protocols: Annotated[
        dict[Name, ProtocolSection],
        Bounds(1),
        "What the study trains, and with which sampler it estimates the LLC of these runs.",
    ]
    ladder: Annotated[
        list[Training],
        Bounds(1),
        "Training presets from the original to the controlled one. Each changes one value of the one before.",
    ]
    variants: Annotated[
        list[Training], Bounds(1), UNIQUE, "Training presets whose verdicts the target `variants` compares."
    ]
    device: Annotated[Literal["auto", "cpu", "cuda"], "Where runs and chains are computed."]
    replicas_per_chunk: Annotated[Sample, "Chains that one job computes at a time."]
    training_presets: Annotated[dict[Name, WrittenTraining], Bounds(1), "Training presets by name."]
    recording: RecordingSection
    checkpoints: CheckpointsSection
    llc_seeds: Annotated[
        Count, "First seeds whose LLC is estimated over training. Of the others it is at the last checkpoint alone."
    ]
    sampler_presets: Annotated[dict[Name, WrittenSampler], Bounds(1), "Sampler presets by name."]
    llc_limits: LlcLimitsSection
    end_limits: EndLimitsSection
    class_limits: ClassLimitsSection
    leaderboard: LeaderboardSection
    coefficients: CoefficientsSection
    calibration: CalibrationSection
    cross_check: CrossCheckSection
    covariance: CovarianceSection
    deviations: DeviationsSection
    full_length: FullLengthSection
    families: FamiliesSection
    refined: RefinedSection
    other_models: OtherModelsSection
    superposition: SuperpositionSection
    capacity: CapacitySection
    critical_points: CriticalPointsSection
    transitions: TransitionsSection
    claims: ClaimsSection
    statistics: StatisticsSection
    figures: FiguresSection
    comparisons: Annotated[dict[Name, ComparisonSection], "Documents that show activations side by side, by name."]
