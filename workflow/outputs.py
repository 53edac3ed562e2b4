"""Files of the results, and what each of them is: for the data dictionary and the deposit.

Files are described by the pattern of their path, from `paths`. What tables hold is declared with their
columns; what lies in a known folder without a pattern of its own gets the description of that folder.
"""

import functools
import re
from dataclasses import dataclass

from superposition.tables import store
from workflow import paths
from workflow.paths import BATCH, OVER_TRAINING

ON_REQUEST = {
    # Other seeds, other training presets, and further looks at the runs of the study.
    "coefficients",
    "covariance",
    "evidence_holdout",
    "full_length",
    "ladder",
    "refined_llc",
    "variants",
    # Estimators of the LLC, and their settings.
    "llc_calibration",
    "llc_calibration_traces",
    "llc_leaderboard_whole",
    "llc_recommendation",
    # Families of activations.
    "families",
    "family_best",
    "family_jumps",
    "family_runs",
    "family_verdicts",
    # Models and data of other papers.
    "chen_levels",
    "chen_runs",
    "factorial_answers",
    "factorial_effects",
    "factorial_runs",
    "model_findings",
    "model_runs",
    "model_summary",
}
"""Tables that are made only when they are asked for."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Files of one kind, which differ in their format only.

    Attributes:
        path: Their path below the results folder without suffix; words in braces stand for any name, `{path}` for
            any path.
        suffixes: Their suffixes.
        meaning: What they hold, as a sentence; words in braces are those of the path.
        table: Name of the declaration, for tables.
        on_request: Whether they are made only when they are asked for.
    """

    path: str
    suffixes: tuple[str, ...]
    meaning: str
    table: str = ""
    on_request: bool = False

    @functools.cached_property
    def expression(self) -> re.Pattern:
        """Pattern of their paths, with a group for each word in braces."""
        parts = re.split(r"\{(\w+)\}", self.path)
        for i in range(1, len(parts), 2):
            parts[i] = f"(?P<{parts[i]}>{'.+' if parts[i] == 'path' else '[^/]+'})"
        parts[::2] = map(re.escape, parts[::2])
        return re.compile(f"{''.join(parts)}(?:{'|'.join(map(re.escape, self.suffixes))})")


def _table(name: str) -> Output:
    """Return the files of a declared table: parquet, and CSV beside tables over all runs."""
    described = {"meaning": store.TABLES[name].meaning, "table": name, "on_request": name in ON_REQUEST}
    if name not in OVER_TRAINING:
        return Output(path=paths.of_table(name), suffixes=(".parquet", ".csv"), **described)
    sampler = ", sampler preset {sampler}" if "sampler" in OVER_TRAINING[name] else ""
    of_batch = f" ({{activation}}, training preset {{training}}, seeds {{seeds}}{sampler})."
    described["meaning"] = described["meaning"][:-1] + of_batch
    return Output(path=paths.of_table(name), suffixes=(".parquet",), **described)


def _of_activation(name: str, meaning: str) -> Output:
    """Return the files of the part of a table that is about one activation."""
    return Output(path=paths.of_activation(name), suffixes=(".parquet", ".csv"), meaning=meaning, table=name)


def _arrays(name: str, meaning: str) -> Output:
    return Output(path=paths.ARRAYS[name], suffixes=(".safetensors",), meaning=meaning)


def _figure(name: str, meaning: str, *, on_request: bool = False) -> Output:
    """Return the files of a figure: vector and raster, and PDF of those that show all activations or a family."""
    suffixes = (".svg", ".png") if "{activation}" in paths.of_figure(name) else (".svg", ".png", ".pdf")
    return Output(path=paths.of_figure(name), suffixes=suffixes, meaning=meaning, on_request=on_request)


def _document(name: str, meaning: str) -> Output:
    return Output(path=paths.of_document(name), suffixes=(".docx", ".pdf"), meaning=meaning)


def _file(path: str, meaning: str, *, on_request: bool = False) -> Output:
    """Return a file of a kind of its own."""
    stem, _, suffix = path.rpartition(".")
    return Output(path=stem, suffixes=(f".{suffix}",), meaning=meaning, on_request=on_request)


OF_BATCH = Output(
    path=BATCH, suffixes=("",), meaning="Runs of {activation}, training preset {training}, seeds {seeds}."
)

RUNS_OF = "{activation}, training preset {training}, seeds {seeds},"
RUN = "Training of {activation}%s, training preset {training}: polygons, loss, LLC, superposition."

OUTPUTS: tuple[Output, ...] = (
    _arrays("inputs", "Inputs of every training step, training preset {training}, seeds {seeds}."),
    _file(paths.ACTIVATIONS, "Names of the activations whose functions were tried out before training."),
    _arrays("trajectory", f"Weights of {RUNS_OF} at recorded steps."),
    _arrays("checkpoints", f"Weights of {RUNS_OF} at the checkpoints at which the LLC is estimated."),
    _arrays("outputs", f"Answers of {RUNS_OF} at recorded steps."),
    _of_activation("capacity", "The best possible loss of {activation}, model and data of training preset {training}."),
    _of_activation("minima", "Minima of the loss of {activation}, model and data of training preset {training}."),
    Output(
        path=paths.LABELS,
        suffixes=(".parquet", ".csv"),
        meaning="The critical points near the checkpoints of {activation}.",
        table="critical_points",
    ),
    *map(_table, store.TABLES),
    _figure("overview", "Final polygons of all activations, training preset {training}."),
    _figure("seeds", "Final polygons of {activation} by seed, training preset {training}."),
    _figure(
        "covariance",
        "Eigenvalues of the covariance of the weights of {activation}, training preset {training}.",
        on_request=True,
    ),
    _figure("run", RUN % " with seed {seed}", on_request=True),
    _figure("calibration", "Chains of {activation} by {sweep} of the sampler.", on_request=True),
    _figure("family", "Best possible and runs of {family} against its parameter.", on_request=True),
    _figure("refined", "LLC of single features over training, and their influence on each other.", on_request=True),
    _figure("models", "Models of other papers: {experiment}.", on_request=True),
    _file(f"{paths.FAMILY}.parquet", "Rows of {family} in the tables of families: {part}.", on_request=True),
    _figure("training", RUN % ""),
    _file(
        paths.ANIMATION,
        "Animation of the polygon of {activation} forming, training preset {training}.",
        on_request=True,
    ),
    _figure("signature", "Every activation under the post's procedure and in a controlled experiment."),
    _figure("answers", "The interval of every statement of the post beside what it states."),
    _figure("loss", "Superposition against loss, all activations."),
    _figure("llc", "Superposition against LLC (sampler preset {sampler}), all activations."),
    _figure("capacity", "The best possible loss and recovered features beside what runs reach, all activations."),
    _figure("onset", "Onset of superposition against the largest loss drop, all activations."),
    _figure("leaderboard", "LLC estimates beside known learning coefficients."),
    _figure("leaderboard_whole", "All estimators of the LLC where it is known.", on_request=True),
    _figure("protocols", "Loss and superposition from training preset to training preset, all activations."),
    _document("replication", "The paper: findings, answers to the post, method, results, discussion."),
    _document("supplement", "What the paper leaves out: verdicts, methods, results, validation."),
    _document("tables", "All activations in one table for each training preset."),
    _document("appendix", "Every run, one table for each activation."),
    _document("comparison", "Activations side by side: {comparison}."),
    _file(
        paths.EXPLORER,
        "Every run over training and every verdict with its evidence, to explore in a browser.",
    ),
    _file(
        paths.PROVENANCE,
        "The merged configuration, versions and commit with which the results were made.",
    ),
    Output(path="workflow/{path}", suffixes=("",), meaning="Source of the workflow: {path}."),
)
"""All kinds of files; of two that match, the first holds."""

FOLDERS = {
    "tables": "Tables over all runs, each as parquet with declared columns and as CSV.",
    "inputs": "What runs are trained on, a file for each training preset and batch of seeds.",
    "families": "On request: what becomes the tables of families of activations, in a folder for each family.",
    "runs": "Files of single runs, in a folder for each training preset, activation and batch of seeds: "
    + BATCH
    + "/.",
    "figures": "Figures, each as vector (SVG) and raster (PNG), those of all activations as PDF too.",
    "documents": "Word documents, with PDF twins where LibreOffice is installed.",
    "report": "The results for reading in a browser.",
    "workflow": "The workflow with which the results were made: what is needed to run the study again. "
    "Settings of a cluster (slurm/) and configurations of one's own are not part of it.",
}
"""Folders of the results, and what they hold. Others are none: logs, run times, another study, files of one's own."""


def kind_of(path: str) -> Output | None:
    """Return which kind of file lies at a path below the results folder; None for no known one."""
    return next((output for output in OUTPUTS if output.expression.fullmatch(path)), None)


def describe(path: str) -> str:
    """Return what a file is, from its path below the results folder; nothing if it is none of the results."""
    if (kind := kind_of(path)) and (match := kind.expression.fullmatch(path)):
        return kind.meaning.format(**match.groupdict())
    folder, _, name = path.partition("/")
    return f"{FOLDERS[folder][:-1]}: {name}." if folder in FOLDERS else ""
