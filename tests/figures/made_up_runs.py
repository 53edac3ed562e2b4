"""Runs that figures show in tests, their tables, and what is read of a figure."""

import numpy as np
import pandas as pd

from superposition.figures.directions import Ends
from superposition.figures.training import Marks, training_figure
from superposition.measures.geometry import Thresholds
from superposition.measures.history import History
from superposition.measures.transitions import EventSettings
from superposition.status import DIVERGED, NOT_A_MINIMUM, OK
from superposition.tables.trajectory import Trajectory

STEPS = np.array([0, 1, 10, 100])
THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
SETTINGS = EventSettings(
    slope=0.1,
    smoothing=0.1,
    min_size=0.02,
    change_window=5,
    standard_errors=2,
    tolerance=0.05,
    shuffles=10,
    sticky_tolerance=0.05,
)


def run_weights(n_hidden=2, n_features=4):
    """Weights that start as an antipodal pair and end, from step 10 on, with feature 2 long as well."""
    W = np.zeros((len(STEPS), n_hidden, n_features), np.float32)
    W[:, 0, 0], W[:, 0, 1] = 1, -1
    W[2:, -1, 2] = 1
    return W


def runs_of(n_seeds=3, n_hidden=2, diverged=()):
    """A history of runs whose loss at every step is their seed; diverged seeds are not finite from step 100 on."""
    seeds = np.arange(1, n_seeds + 1)
    W = np.stack([run_weights(n_hidden)] * n_seeds)
    for seed in diverged:
        W[seed - 1, -1] = np.nan
    keys = pd.DataFrame({"seed": np.repeat(seeds, len(STEPS)), "step": np.tile(STEPS, n_seeds)})
    lost = keys.seed.isin(diverged) & (keys.step == STEPS[-1])
    counts = pd.array(np.tile([2, 2, 3, 3], n_seeds), dtype="Int64")
    measures = keys.assign(status=np.where(lost, DIVERGED, OK), loss=keys.seed.astype(float), n_represented=counts)
    measures["n_recovered"] = measures.n_represented - 1
    measures.loc[lost, ["loss", "n_represented", "n_recovered"]] = None
    of = {"training": "notebook", "activation": "relu"}
    llc = keys.assign(**of, llc=5.0, status=np.where(keys.step < 10, NOT_A_MINIMUM, np.where(lost, DIVERGED, OK)))
    llc.loc[lost, "llc"] = np.nan
    return History(
        training="notebook",
        label="ReLU",
        family="rectifiers",
        formula=r"\max(x, 0)",
        trajectory=Trajectory(W=W, b=np.zeros((n_seeds, len(STEPS), 4), np.float32), steps=STEPS, seeds=seeds),
        loss=measures[["seed", "step", "loss"]],
        superposition=measures,
        llc={"coarse": llc.assign(llc=lambda table: table.llc - 1000), "fine": llc},
        critical=keys[keys.seed <= 2].assign(**critical_points(min(n_seeds, 2))),
    )


def marks_of(runs, n_initial=2, recovered=True):
    """Marks of runs of which all features are recovered, or those that are given."""
    counted = np.full(runs.trajectory.W.shape[:2] + runs.trajectory.W.shape[3:], recovered)
    look = {"moments": [0, 9, 100], "procedure": "as before", "n_initial": n_initial, "band": 0.8}
    n_free = max(n_initial, runs.trajectory.W.shape[2])
    return Marks(**look, n_free=n_free, settings=SETTINGS, recovered=counted)


def critical_points(n_seeds):
    """Labels of runs: from step 10 on at a saddle and, at the last step of the second, at a minimum."""
    labels = np.array([["none near", "none near", "4 live, 4 at 1/8", "4 live, 4 at 1/8"]] * n_seeds, object)
    labels[1:, -1] = "8 live"
    kinds = {"none near": "none near", "4 live, 4 at 1/8": "saddle", "8 live": "minimum"}
    return {"label": labels.ravel(), "kind": [kinds[label] for label in labels.ravel()]}


def training_of(runs):
    return training_figure(runs, runs.curves(band=0.8), marks_of(runs))


def ends_of(W, recovered=True):
    """Ends of runs of which all features are recovered, or those that are given."""
    counted = np.full((W.shape[0], W.shape[2]), recovered) & np.isfinite(W).all((1, 2))[:, None]
    return Ends(W, counted, np.arange(1, len(W) + 1))


def drawn(figure):
    """Draw a figure as saving does, and return all its texts."""
    figure.draw_without_rendering()
    texts = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    return " ".join(" ".join(text.get_text().split()) for text in texts)  # wherever lines break


def axes_of(figure):
    return [ax for ax in figure.findobj(match=lambda artist: hasattr(artist, "get_xlim"))]


PRINTED = {
    "relu": {"label": "ReLU", "family": "rectifiers"},
    "tanh": {"label": "Tanh", "family": "bounded"},
    "softmax": {"label": "Softmax", "family": "normalising"},
}


def table_of_runs():
    """Three seeds of three activations with two presets; tanh diverges once."""
    rows = [
        {"training": training, "activation": activation, "seed": seed, "loss": 0.1 * seed, "n_recovered": seed + 2}
        for training in ("notebook", "zero_bias")
        for activation in PRINTED
        for seed in (1, 2, 3)
    ]
    runs = pd.DataFrame(rows).astype({"n_recovered": "Int64"})
    lost = (runs.activation == "tanh") & (runs.seed == 3)
    runs.loc[lost, ["loss", "n_recovered"]] = None
    return runs


SHOWN = {"training": {"notebook": "as before", "zero_bias": "without a bias"}, "printed": PRINTED, "confidence": 0.95}


def table_of_summary():
    """Medians of three activations with two presets; of softmax no LLC may be read, of tanh one of three runs has."""
    measures = {
        "loss": 0.2,
        "n_represented": 4.0,
        "n_recovered": 3.0,
        "llc_fine": 4.0,
        "drop_start": 10.0,
        "drop_end": 100.0,
        "onset": 50.0,
    }
    rows = [
        {"training": training, "activation": activation, "measure": measure, "median": value}
        for training in SHOWN["training"]
        for activation in PRINTED
        for measure, value in measures.items()
    ]
    summary = pd.DataFrame(rows)
    summary[["n_used", "n_excluded"]] = 3, 0
    scarce = (summary.activation == "tanh") & summary.measure.isin(["llc_fine", "onset"])
    summary.loc[scarce, ["n_used", "n_excluded"]] = 1, 2
    summary.loc[(summary.activation == "softmax") & (summary.measure == "llc_fine"), "median"] = np.nan
    return summary.assign(low=0.9 * summary["median"], high=1.1 * summary["median"])
