"""Paths of all files of the results: rules make what is named here, `outputs` says what it is.

Paths are below the folder of the results and without suffix; words in braces stand for any name.
"""

BATCH = "runs/{training}/{activation}/seeds-{seeds}"
"""Folder of the runs of one activation, training preset and batch of seeds."""

OVER_TRAINING = {name: name for name in ("ends", "loss", "superposition", "covariance")} | {"llc": "llc-{sampler}"}
"""Tables of a batch of runs, and what their files are called; all others lie in tables/ under their own names."""

OF_ACTIVATION = {
    "curves": "curves/{training}/{activation}",
    "family_best": "family_best/{family}",
    "model_runs": "model_runs/{experiment}/{activation}",
    "model_summary": "model_summary/{paper}",
    "model_findings": "model_findings/{paper}",
    "factorial_runs": "factorial_runs/{activation}",
}
"""Tables in tables/ of which there is one for each activation, family, paper or experiment."""

FAMILY = "families/{family}/{part}"
"""Parts of the tables of families that are about one of them."""

LABELS = "tables/critical_points/{activation}"
"""The part of the table of critical points that is about one activation."""

ARRAYS = {
    "inputs": "inputs/{training}/seeds-{seeds}",
    "trajectory": f"{BATCH}/trajectory",
    "checkpoints": f"{BATCH}/checkpoints",
    "outputs": f"{BATCH}/outputs",
}
FIGURES = {
    "overview": "{training}/overview",
    "training": "{training}/{activation}",
    "seeds": "{training}/{activation}-seeds",
    "run": "{training}/{activation}/seed-{seed}",
    "covariance": "{training}/{activation}-covariance",
    "calibration": "calibration/{activation}-{sweep}",
    "family": "families/{family}",
    "refined": "refined",
    "models": "other_models/{experiment}",
    "signature": "signature",
    "answers": "answers",
    "loss": "superposition-vs-loss",
    "llc": "superposition-vs-llc-{sampler}",
    "capacity": "capacity",
    "onset": "onset-vs-drop",
    "leaderboard": "llc-leaderboard",
    "leaderboard_whole": "llc-leaderboard-whole",
    "protocols": "protocols",
}
DOCUMENTS = {
    "replication": "replication",
    "supplement": "supplement",
    "tables": "tables",
    "appendix": "appendix",
    "comparison": "compare-{comparison}",
}

ACTIVATIONS, ANIMATION, EXPLORER, PROVENANCE = (
    "inputs/activations.json",
    "figures/{training}/{activation}.gif",
    "report/index.html",
    "provenance.json",
)


def of_table(name: str) -> str:
    """Return where a table lies."""
    if name in OVER_TRAINING:
        return f"{BATCH}/{OVER_TRAINING[name]}"
    return f"tables/{OF_ACTIVATION.get(name, name)}"


def of_activation(name: str) -> str:
    """Return where the part of a table of capacities lies that is about one activation."""
    return f"tables/{name}/{{training}}/{{activation}}"


def of_figure(name: str) -> str:
    """Return where a figure lies."""
    return f"figures/{FIGURES[name]}"


def of_document(name: str) -> str:
    """Return where a document lies."""
    return f"documents/{DOCUMENTS[name]}"
