"""History of all runs of one activation: the data of its training figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from superposition.measures import transitions
from superposition.measures.phases import followed, onsets
from superposition.measures.transitions import EventSettings
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.status import may_be_read
from superposition.tables import frames
from superposition.tables.identity import Identity, by_runs, of_batch, of_curves
from superposition.tables.trajectory import Trajectory, load

Key = tuple[str, str]  # training preset and activation
Paths = Iterable[str | Path]


@dataclass(frozen=True, kw_only=True)
class History:
    """All runs of one activation with one training preset: how it is printed, weights, and tables by runs.

    `formula` is in LaTeX; LLC tables are by sampler preset; `critical` are rows of the table of critical points.
    """

    training: str
    label: str
    family: str
    formula: str
    trajectory: Trajectory
    loss: pd.DataFrame
    superposition: pd.DataFrame
    llc: Mapping[str, pd.DataFrame]
    critical: pd.DataFrame

    @cached_property
    def final(self) -> pd.DataFrame:
        """Last row of the superposition table of every run, by seed; measures are missing for diverged runs."""
        return self.superposition.groupby("seed", sort=False).tail(1).set_index("seed")

    def run(self, seed: int) -> "History":
        """Return the history of one of the runs alone."""
        tables = {"loss": self.loss, "superposition": self.superposition, "critical": self.critical}
        of_run = {name: table[table.seed == seed] for name, table in tables.items()}
        llc = {sampler: table[table.seed == seed] for sampler, table in self.llc.items()}
        return replace(self, trajectory=self.trajectory.of(seed), llc=llc, **of_run)

    def onsets(self, *, n_free: int) -> np.ndarray:
        """Return the step from which each run recovers more than `n_free` features, NaN for none, shape (seed,)."""
        return np.array([*onsets(self.superposition, n_free, by="seed").values()])

    def largest_drops(self, settings: EventSettings) -> np.ndarray:
        """Return first and last step of the largest loss drop of the runs that have one, shape (run, 2)."""
        ends = []
        for _, run in self.loss.groupby("seed"):
            losses = run.loss.to_numpy(float, na_value=np.nan)
            if len(drops := transitions.loss_drops(run.step.to_numpy(int), losses, settings)):
                ends.append(10 ** np.array([drops.start, drops.end])[:, drops.size.argmax()] - 1)
        return np.array(ends).reshape(-1, 2)

    def curves(self, *, band: float) -> pd.DataFrame:
        """Return what the seeds say together at every step: rows of the table curves.

        Medians and bands of loss and counts are over the runs that are finite at a step, those of the LLC over
        estimates that may be read of the runs that are followed over training, where at least half of these have one,
        lest few runs speak for all. The band holds such a share of the seeds, around the median, in [0, 1].
        """
        curves = {LOSS.name: quantiles(self.loss, LOSS.name, band=band)}
        curves |= {name: quantiles(self.superposition, name, band=band) for name in (REPRESENTED.name, RECOVERED.name)}
        for sampler, table in self.llc.items():
            same_runs = followed(table)
            readable = table.assign(llc=table.llc.astype(float).where(same_runs & may_be_read(table.status)))
            over_seeds = quantiles(readable, "llc", band=band)
            half = table.seed[same_runs].nunique() / 2
            curves[f"llc_{sampler}"] = over_seeds.where(over_seeds.n_used >= half).assign(n_used=over_seeds.n_used)
        return pd.concat(curves, names=["quantity", "step"]).reset_index()


def by_quantity(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of a table of curves by quantity, indexed by step."""
    return {str(quantity): rows.set_index("step") for quantity, rows in curves.groupby("quantity", sort=False)}


def read_history(
    printed: Mapping[str, str],
    *,
    trajectories: Paths,
    losses: Paths,
    superposition: Paths,
    llc: Mapping[str, Paths],
    critical: str | Path | None = None,
) -> History:
    """Return the history of an activation's runs from files, one of each kind for every batch of seeds.

    Args:
        printed: Label, family and formula of the activation.
        trajectories: Weights over training.
        losses: Tables of losses.
        superposition: Tables of superposition.
        llc: Tables of LLC estimates by sampler preset.
        critical: The activation's table of critical points, where they are shown.
    """
    [((training, activation), runs)] = load_runs(trajectories).items()
    labels = frames.of([], "critical_points")
    if critical:
        labels = frames.read(critical, "critical_points", Identity(activation=activation))
    return History(
        training=training,
        **printed,
        critical=labels.loc[labels.training == training],
        trajectory=runs,
        loss=frames.read_runs(losses, "loss"),
        superposition=frames.read_runs(superposition, "superposition"),
        llc=read_llc(llc),
    )


def read_llc(paths: Mapping[str, Paths]) -> dict[str, pd.DataFrame]:
    """Return the LLC tables of runs by sampler preset, from the paths of each."""
    return {sampler: frames.read_runs(batches, "llc", sampler=sampler) for sampler, batches in paths.items()}


def load_runs(paths: Paths) -> dict[Key, Trajectory]:
    """Return trajectories in the study's folders by training preset and activation, batches of seeds joined."""
    return {
        key: joined_runs([load(path, of_batch(path)) for path in batches]) for key, batches in by_runs(paths).items()
    }


def load_curves(paths: Paths) -> dict[Key, pd.DataFrame]:
    """Return the tables of curves by training preset and activation."""
    keys = {path: of_curves(path) for path in paths}
    return {(key.training, key.activation): frames.read(path, "curves", key) for path, key in keys.items()}


def joined_runs(trajectories: Sequence[Trajectory]) -> Trajectory:
    """Return the trajectories of several batches of seeds, recorded at the same steps, as one."""
    parts = ("W", "b", "seeds")
    joined = {name: np.concatenate([getattr(batch, name) for batch in trajectories]) for name in parts}
    return replace(trajectories[0], **joined)


def representative_seed(final_loss: pd.Series) -> int:
    """Return the seed whose final loss is the median, of an even number of runs the lower of the two middle ones.

    Diverged runs, whose loss is missing, are not chosen; if all diverged, the first is. The signature figure and the
    explorer show the run with the median count of recovered features instead, as they compare counts.
    """
    ranked = final_loss.astype(float).dropna().sort_values(kind="stable")
    return int(ranked.index[(len(ranked) - 1) // 2] if len(ranked) else final_loss.index[0])


def quantiles(table: pd.DataFrame, column: str, *, band: float) -> pd.DataFrame:
    """Return `low` end, `median` and `high` end of a band over seeds at every step, and the number `n_used` of values.

    Runs that are not finite at a step are left out there; without any, values are missing.
    """
    wide = table.pivot(index="step", columns="seed", values=column).astype(float)
    finite = wide.where(np.isfinite(wide))
    ends = finite.quantile([(1 - band) / 2, 0.5, (1 + band) / 2], axis=1).T
    return ends.set_axis(["low", "median", "high"], axis=1).assign(n_used=finite.notna().sum(axis=1))
