"""Table of evidence: what every verdict rests on, one value of one run in a row.

A variant is another way of counting; it has rows for the quantities alone that it changes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.statement import ALSO_BOUNDED, LIMITED
from superposition.measures.final import EndLimits, readable, runs_table
from superposition.measures.geometry import Thresholds
from superposition.measures.phases import AFTER, BASE, followed, transition_tables, with_drifting_read
from superposition.measures.transitions import EventSettings, log_loss, log_time
from superposition.presets import TrainingPreset
from superposition.protocols import POST, Protocols, pairs_of
from superposition.status import may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

Presets = Mapping[str, Mapping[str, Any]]  # values of the presets of a kind, by name

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
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the evidence of every protocol.

    With the post's sampler preset, chains that drift are read too, under every training preset: what differs between
    two of its protocols is then their training, and not what is left out. `transitions` is the table of runs'
    transitions, `llc` are tables by sampler preset, `n_hidden` by training preset: superposition is what there is
    beyond it.
    """
    post = protocols.get(POST, {}).get("sampler")
    if post:
        runs = runs.assign(**{f"status_{post}": with_drifting_read(pd.Series(runs[f"status_{post}"]))})
        llc = {**llc, post: llc[post].assign(status=with_drifting_read(llc[post].status))}
    parts = [frames.of([], "evidence")]
    for training, sampler in dict.fromkeys(pairs_of(protocols).values()):
        run, seen, curves, estimates = (
            pd.DataFrame(table[table.training == training]) for table in (runs, transitions, loss, llc[sampler])
        )
        found = _views(run.set_index(RUN_KEYS[1:]), seen, sampler, n_hidden[training], settings)
        found[BASE] = found[BASE].join(_distances(curves, estimates, settings["min_activations"]))
        parts += [_long(view).assign(training=training, sampler=sampler, variant=name) for name, view in found.items()]
    return frames.joined(parts)


def fresh_evidence(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    end_limits: Mapping[str, float],
    protocols: Protocols,
    presets: Mapping[str, Presets],
    claims: Mapping[str, Any],
    transitions: Mapping[str, Any],
    thresholds: Mapping[str, float],
    seed: int,
) -> pd.DataFrame:
    """Return the evidence of runs that the study was not made from, by their own tables and the study's values."""
    n_hidden = {name: preset["n_hidden"] for name, preset in presets["training"].items()}
    n_free = {name: TrainingPreset(**preset).n_free for name, preset in presets["training"].items()}
    num_chains = {name: preset["num_chains"] for name, preset in presets["sampler"].items()}
    post, settings = protocols.get(POST, {}).get("sampler"), EventSettings(**transitions)
    how = {"num_chains": num_chains, "thresholds": Thresholds(**thresholds), "post_sampler": post, "seed": seed}
    _, seen = transition_tables(superposition, loss, llc, n_free=n_free, settings=settings, **how)
    last = {"end_limits": EndLimits(**end_limits), "capacity": None, "n_free": n_free, "provenance": {}}
    runs = runs_table(superposition, loss, ends, llc, **last)
    return evidence_table(runs, seen, loss, llc, protocols=protocols, n_hidden=n_hidden, settings=claims)


def _views(run: pd.DataFrame, seen: pd.DataFrame, sampler: str, n_hidden: int, settings) -> dict[str, pd.DataFrame]:
    """Return the quantities of all runs with a training preset by variant, in others than the base those it changes."""
    others, value = settings["threshold"]["others"], settings["threshold"]["value"]
    by_variant = {
        str(name): _of_transitions(run, rows.set_index(RUN_KEYS[1:]).reindex(run.index), sampler, n_hidden, value)
        for name, rows in seen.groupby("variant", sort=False)
    }
    base = by_variant.pop(BASE)
    llc = readable(run, sampler).astype(float)
    of_run = {
        "log_loss": log_loss(run.loss.to_numpy(float, na_value=np.nan)),
        "log_logged_loss": log_loss(run.logged_loss.where(may_be_read(run.status)).to_numpy(float, na_value=np.nan)),
        "llc": llc,
        "log_llc": np.log10(llc.where(llc > 0)),
    }
    found = {BASE: base.drop(columns=list(STAND_INS)).assign(**of_run)}
    for name, view in by_variant.items():
        found[name] = view.loc[:, [*(DROPS if name.startswith("slope") else GEOMETRIC), LATE]]
    effective = (run.effective_features.where(may_be_read(run.status)) - n_hidden).astype(float)
    found["effective_features"] = _superposition(effective, value)
    for column, quantity in STAND_INS.items():
        found[column.removeprefix("log_")] = base.loc[:, [column, LATE]].set_axis([quantity, LATE], axis=1)
    for threshold in others:
        found[f"threshold={threshold:g}"] = _superposition(base.superposition, threshold).drop(columns="superposition")
    return found


def _of_transitions(
    run: pd.DataFrame, seen: pd.DataFrame, sampler: str, n_hidden: int, threshold: float
) -> pd.DataFrame:
    """Return what one variant of the transitions says of every run."""
    late, last = may_be_read(run.status) & seen.onset.isna(), run.step.astype(float)
    has_drop = seen.drop_over.notna()
    onset = seen.onset.astype(float).where(~late, np.inf)  # later than any drop
    return pd.DataFrame(
        {
            **_superposition(seen.n_features.astype(float) - n_hidden, threshold),
            "sticky": seen.sticky,
            "log_onset": log_time(seen.onset.astype(float).where(~late, last)),
            "log_half_formed": log_time(seen.half_formed.astype(float).where(~late, last)),
            "drop_over": seen.drop_over,
            "after_drop": ((seen["order"] == AFTER) | late).astype(float).where(has_drop),
            "after_half_drop": (onset >= seen.drop_half.astype(float)).astype(float).where(has_drop),
            "drop_excess": seen.loss_drop_rate - seen.loss_drop_expected,
            "llc_excess": seen[f"llc_rise_rate_{sampler}"] - seen[f"llc_rise_expected_{sampler}"],
            "loss_range": seen.loss_range,
            LATE: late,
        },
        index=run.index,
    )


def _superposition(features: pd.Series, threshold: float) -> pd.DataFrame:
    """Return superposition, and the same where it is beyond a threshold."""
    return pd.DataFrame({"superposition": features, "superposition_beyond": features.where(features > threshold)})


def _distances(loss: pd.DataFrame, llc: pd.DataFrame, min_activations: int) -> pd.DataFrame:
    """Return how many decades the curves of every run lie from the median curve of its seed, mean over checkpoints.

    Curves are those of the loss and of the readable LLC of the runs that are followed over training. The median is that
    over the activations that are not bounded. Checkpoints are evenly spaced in log time; those with too few readable
    activations are left out.
    """
    keys, llc = [*RUN_KEYS, "step"], pd.DataFrame(llc[followed(llc)])
    curves = llc[keys].merge(loss[[*keys, "loss"]], on=keys, how="left")
    curves["loss"] = log_loss(curves.loss.to_numpy(float, na_value=np.nan))
    curves["llc"] = np.log10(llc.llc.where(may_be_read(llc.status) & (llc.llc > 0)).to_numpy(float, na_value=np.nan))
    found = {}
    for name in ("loss", "llc"):
        table = curves.pivot(index=["seed", "step"], columns="activation", values=name).astype(float)
        others = table.drop(columns=[*LIMITED, *ALSO_BOUNDED], errors="ignore")
        typical = others.median(axis=1).where(others.notna().sum(axis=1) >= min_activations)
        of_seeds = pd.DataFrame(table.sub(typical, axis=0).abs().groupby("seed").mean())
        found[f"{name}_distance"] = of_seeds.unstack()
    return pd.DataFrame(found)


def _long(view: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities of all runs below each other."""
    late = view.pop(LATE) if LATE in view else pd.Series(False, view.index)
    rows = view.astype(float).melt(var_name="quantity", ignore_index=False)
    return rows.assign(censored=(rows.quantity == TIME) & late.reindex(rows.index)).reset_index()
