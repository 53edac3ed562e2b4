"""All tables of verdicts, from the tables of the study."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition.claims.evidence import Evidence, checkpoint_curves, gather
from superposition.claims.factors import Presets, changes_table, factors_table
from superposition.claims.judge import AGREEMENT, Protocol, Terms, judge_all
from superposition.claims.post import POST
from superposition.claims.prior_work import PRIOR_WORK
from superposition.claims.statement import Statement
from superposition.measures.final import with_drifting_read
from superposition.protocols import Protocols, pairs_of
from superposition.statistics import Resampling
from superposition.tables import frames

CONTROL = "control"
"""Family of the registry whose activations are no part of statements about activations in general."""

QUANTITY_LABELS = {
    "drop_excess": "loss drops",
    "llc_excess": "LLC rises",
    "log_loss": "loss",
    "log_llc": "LLC",
    "llc": "LLC",
    "loss_range": "range of losses",
}
"""Names of quantities as printed in sentences."""


def verdict_tables(
    runs: pd.DataFrame,
    transitions: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    protocols: Protocols,
    presets: Mapping[str, Presets],
    printed: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
    resampling: Resampling,
    statements: Sequence[Statement] = POST,
) -> dict[str, pd.DataFrame]:
    """Return all tables of verdicts by name.

    Args:
        runs: Table of runs.
        transitions: Table of runs' transitions.
        loss: Loss tables of all runs.
        llc: LLC tables of all runs by sampler preset.
        protocols: Protocols of the study.
        presets: Values of its training and sampler presets, by kind.
        printed: Label and family of its activations.
        settings: Margins and thresholds.
        resampling: How intervals are computed.
        statements: What is judged.
    """
    n_hidden = {name: values["n_hidden"] for name, values in presets["training"].items()}
    evidence = all_evidence(
        runs, transitions, loss, llc, protocols=protocols, n_hidden=n_hidden, printed=printed, settings=settings
    )
    labels = QUANTITY_LABELS | {name: row["label"] for name, row in printed.items()}
    kept = {name: settings[name] for name in ("margins", "threshold", "min_seeds")}
    terms = Terms(**kept, resampling=resampling, labels=labels)
    claims, comparisons, variants = judge_all(statements, evidence, terms, words={})
    findings, of_findings, variants_of_findings = judge_all(PRIOR_WORK, evidence, terms, words=AGREEMENT)
    return {
        "claims": claims,
        "prior_work": findings,
        "claim_comparisons": frames.joined([comparisons, of_findings]),
        "claim_variants": frames.joined([variants, variants_of_findings]),
        "claim_changes": changes_table(claims, protocols, presets),
        "claim_factors": factors_table(claims, protocols, presets),
    }


def all_evidence(
    runs: pd.DataFrame,
    transitions: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    protocols: Protocols,
    n_hidden: Mapping[str, int],
    printed: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
) -> dict[Protocol, dict[str, Evidence]]:
    """Return the evidence of every protocol of the study, by variant of the transitions.

    With the post's sampler preset, chains that drift are read too, under every training preset: what differs between
    two of its protocols is then their training, and not what is left out.

    Args:
        runs: Table of runs.
        transitions: Table of runs' transitions.
        loss: Loss tables of all runs.
        llc: LLC tables of all runs by sampler preset.
        protocols: Protocols of the study.
        n_hidden: Hidden dimensions by training preset.
        printed: Label and family of its activations.
        settings: Threshold and fewest activations.
    """
    post = protocols.get("post", {}).get("sampler")
    if post:
        runs = runs.assign(**{f"status_{post}": with_drifting_read(pd.Series(runs[f"status_{post}"]))})
        llc = {**llc, post: llc[post].assign(status=with_drifting_read(llc[post].status))}
    curves = checkpoint_curves(loss, llc)
    controls = [name for name, row in printed.items() if row["family"] == CONTROL]
    return {
        (first, second): {
            str(variant): gather(
                pd.DataFrame(runs[runs.training == first]),
                pd.DataFrame(seen),
                curves[first, second],
                sampler=second,
                n_hidden=n_hidden[first],
                threshold=settings["threshold"]["value"],
                controls=controls,
                min_activations=settings["min_activations"],
            )
            for variant, seen in transitions[transitions.training == first].groupby("variant", sort=False)
        }
        for first, second in pairs_of(protocols).values()
    }
