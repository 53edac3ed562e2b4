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

from typing import Annotated, Literal, TypedDict

from superposition.bounds import Bounds, Sample
from workflow.sections.llc import (
    CalibrationSection,
    CheckpointsSection,
    CoefficientsSection,
    CovarianceSection,
    CrossCheckSection,
    LeaderboardSection,
    LlcLimitsSection,
    RefinedSection,
)
from workflow.sections.on_request import FamiliesSection, FullLengthSection, OtherModelsSection
from workflow.sections.presets import ProtocolSection, WrittenSampler, WrittenTraining
from workflow.sections.study import (
    CapacitySection,
    ClaimsSection,
    ClassLimitsSection,
    ComparisonSection,
    CriticalPointsSection,
    DeviationsSection,
    EndLimitsSection,
    FiguresSection,
    FindingsSection,
    RecordingSection,
    StatisticsSection,
    SuperpositionSection,
    TransitionsSection,
)
from workflow.sections.types import FOLDER, UNIQUE, Activations, Count, Keyword, Name, Seeds, Training


class Configuration(TypedDict):
    """Configuration of the study."""

    results: Annotated[str, Keyword("pattern", FOLDER), "Folder for everything that the workflow writes."]
    activations: Annotated[Literal["all"] | Activations, "`all`, or names from superposition/activations.py."]
    seeds: Seeds
    holdout_seeds: Seeds
    seeds_per_job: Annotated[int, Bounds(1, 10_000), "Seeds that one job computes together."]
    seeds_for_power: Annotated[Count, "Seeds that verdicts are to rest on. With fewer the study begins with a warning."]
    protocols: Annotated[
        dict[Name, ProtocolSection],
        Bounds(1),
        "Pairs of a training preset and the sampler preset that estimates the LLC of its runs.",
    ]
    ladder: Annotated[
        list[Training],
        Bounds(2),
        "Training presets from the original to the controlled one. Each changes one value of the one before.",
    ]
    variants: Annotated[
        list[Training], Bounds(2), UNIQUE, "Training presets whose verdicts the target `variants` compares."
    ]
    device: Annotated[Literal["auto", "cpu", "cuda"], "Device on which runs and chains are computed."]
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
    findings: FindingsSection
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
