"""Table of evidence: what every verdict rests on, one value of one run in a row.

A variant is another way of counting; it has rows for the quantities alone that it changes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.statement import ALSO_BOUNDED, LIMITED, ClaimSettings
from superposition.measures.phases import AFTER, BASE, followed, with_drifting_read
from superposition.measures.summary import readable
from superposition.measures.transitions import log_loss, log_time
from superposition.protocols import POST, Protocols, pairs_of
from superposition.status import may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

DEGREE = ("superposition", "superposition_beyond")
GEOMETRIC = (*DEGREE, "sticky", "log_onset", "drop_over", "drop_excess", "llc_excess")  # depend on which features count
DROPS = ("drop_over", "drop_excess")  # quantities that depend on what counts as a loss drop

STAND_INS = {"log_half_formed": "log_onset", "after_drop": "drop_over", "after_half_drop": "drop_over"}
"""Quantities for which a column can stand in, in a variant of its own."""

TIME, LATE = "log_onset", "is_late"  # a time, and in which runs it had not come by the last step, whose time it then is


def evidence_table(
    runs: pd.DataFrame,
    transitions: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    protocols: Protocols,
    n_hidden: Mapping[str, int],
    settings: ClaimSettings,
) -> pd.DataFrame:
    """Return the evidence of every protocol; with the post's sampler preset, chains that drift are read too.

    Args:
        runs: How every run ended.
        transitions: Table of runs' transitions.
        loss: Their loss curves.
        llc: Their estimates by sampler preset.
        protocols: The pairs of presets that are judged.
        n_hidden: Dimensions by training preset, beyond which features are superposition.
        settings: Threshold of superposition, and the fewest activations.
    """
    post = protocols.get(POST, {}).get("sampler")
    if post:  # under every training preset, lest two of its protocols differ in what is left out
        runs = runs.assign(**{f"status_{post}": with_drifting_read(pd.Series(runs[f"status_{post}"]))})
        llc = {**llc, post: llc[post].assign(status=with_drifting_read(llc[post].status))}
    parts = [frames.of([], "evidence")]
    for training, sampler in dict.fromkeys(pairs_of(protocols).values()):
        ends, events, curves, estimates = (
            pd.DataFrame(table[table.training == training]) for table in (runs, transitions, loss, llc[sampler])
        )
        views = _views(ends.set_index(RUN_KEYS[1:]), events, sampler, n_hidden[training], settings.threshold)
        views[BASE] = views[BASE].join(_distances(curves, estimates, settings.min_activations))
        parts += [_long(view).assign(training=training, sampler=sampler, variant=name) for name, view in views.items()]
    return frames.joined(parts)


def _views(
    runs: pd.DataFrame, transitions: pd.DataFrame, sampler: str, n_hidden: int, threshold: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Return the quantities of all runs with a training preset by variant, in others than the base those it changes."""
    by_variant = {
        str(name): _of_transitions(runs, rows.set_index(RUN_KEYS[1:]).reindex(runs.index), sampler, n_hidden, threshold)
        for name, rows in transitions.groupby("variant", sort=False)
    }
    base = by_variant.pop(BASE)
    llc = readable(runs, sampler).astype(float)
    of_runs = {
        "log_loss": log_loss(runs.loss.to_numpy(float, na_value=np.nan)),
        "log_logged_loss": log_loss(runs.logged_loss.where(may_be_read(runs.status)).to_numpy(float, na_value=np.nan)),
        "llc": llc,
        "log_llc": np.log10(llc.where(llc > 0)),
    }
    views = {BASE: base.drop(columns=list(STAND_INS)).assign(**of_runs)}
    for name, view in by_variant.items():
        views[name] = view.loc[:, [*(DROPS if name.startswith("slope") else GEOMETRIC), LATE]]
    effective = (runs.effective_features.where(may_be_read(runs.status)) - n_hidden).astype(float)
    views["effective_features"] = _superposition(effective, threshold["value"])
    for column, quantity in STAND_INS.items():
        views[column.removeprefix("log_")] = base.loc[:, [column, LATE]].set_axis([quantity, LATE], axis=1)
    for other in threshold["others"]:
        views[f"threshold={other:g}"] = _superposition(base.superposition, other).drop(columns="superposition")
    return views


def _of_transitions(
    runs: pd.DataFrame, transitions: pd.DataFrame, sampler: str, n_hidden: int, threshold: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what one variant of the transitions says of every run."""
    late, last = may_be_read(runs.status) & transitions.onset.isna(), runs.step.astype(float)
    has_drop = transitions.drop_over.notna()
    onset = transitions.onset.astype(float).where(~late, np.inf)  # later than any drop
    return pd.DataFrame(
        {
            **_superposition(transitions.n_features.astype(float) - n_hidden, threshold["value"]),
            "sticky": transitions.sticky,
            "log_onset": log_time(transitions.onset.astype(float).where(~late, last)),
            "log_half_formed": log_time(transitions.half_formed.astype(float).where(~late, last)),
            "drop_over": transitions.drop_over,
            "after_drop": ((transitions["order"] == AFTER) | late).astype(float).where(has_drop),
            "after_half_drop": (onset >= transitions.drop_half.astype(float)).astype(float).where(has_drop),
            "drop_excess": transitions.loss_drop_rate - transitions.loss_drop_expected,
            "llc_excess": transitions[f"llc_rise_rate_{sampler}"] - transitions[f"llc_rise_expected_{sampler}"],
            "loss_range": transitions.loss_range,
            LATE: late,
        },
        index=runs.index,
    )


def _superposition(features: pd.Series, threshold: float) -> pd.DataFrame:
    """Return superposition, and the same where it is beyond a threshold."""
    return pd.DataFrame({"superposition": features, "superposition_beyond": features.where(features > threshold)})


def _distances(loss: pd.DataFrame, llc: pd.DataFrame, min_activations: int) -> pd.DataFrame:
    """Return how many decades the curves of every run lie from the median curve of its seed, mean over checkpoints."""
    # Of runs that are followed over training; the median is that of activations without bounds, where enough have one.
    keys, llc = [*RUN_KEYS, "step"], pd.DataFrame(llc[followed(llc)])
    curves = llc[keys].merge(loss[[*keys, "loss"]], on=keys, how="left")
    curves["loss"] = log_loss(curves.loss.to_numpy(float, na_value=np.nan))
    curves["llc"] = np.log10(llc.llc.where(may_be_read(llc.status) & (llc.llc > 0)).to_numpy(float, na_value=np.nan))
    distances = {}
    for name in ("loss", "llc"):
        table = curves.pivot(index=["seed", "step"], columns="activation", values=name).astype(float)
        others = table.drop(columns=[*LIMITED, *ALSO_BOUNDED], errors="ignore")
        typical = others.median(axis=1).where(others.notna().sum(axis=1) >= min_activations)
        of_seeds = pd.DataFrame(table.sub(typical, axis=0).abs().groupby("seed").mean())
        distances[f"{name}_distance"] = of_seeds.unstack()
    return pd.DataFrame(distances)


def _long(view: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities of all runs below each other."""
    late = view.pop(LATE) if LATE in view else pd.Series(False, view.index)
    rows = view.astype(float).melt(var_name="quantity", ignore_index=False)
    return rows.assign(censored=(rows.quantity == TIME) & late.reindex(rows.index)).reset_index()
