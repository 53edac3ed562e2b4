"""The evidence for statements: what is read of runs, curves and events."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import protocols
from planted import record

from superposition.claims.evidence import views_of
from superposition.claims.evidence_table import evidence_table
from superposition.claims.statement import ClaimSettings
from superposition.measures.phases import BASE

SETTINGS = ClaimSettings(margins={}, threshold={"value": 1.5, "others": [0.5]}, min_seeds=1, min_activations=1)


def tables_of_runs(n: int, **changes) -> dict[str, pd.DataFrame]:
    """Tables of n runs of ReLU that all end alike, but for the changes."""
    keys = {"training": "notebook", "activation": "relu", "seed": list(range(1, n + 1))}
    runs = {"status": "ok", "step": 999, "loss": 0.1, "logged_loss": 0.1, "effective_features": 5.5}
    runs |= {f"{name}_{sampler}": value for sampler in SAMPLERS for name, value in (("llc", 1.0), ("status", "ok"))}
    seen = {"variant": BASE, "order": "after", "n_features": 9.0, "sticky": 0.0, "onset": 99.0, "half_formed": 99.0}
    seen |= {"drop_half": 9.0, "drop_over": 1.0, "loss_range": 1.0, "loss_drop_rate": 0.0, "loss_drop_expected": 0.0}
    seen |= {f"llc_rise_{kind}_{sampler}": 0.0 for kind in ("rate", "expected") for sampler in SAMPLERS}
    llc = {"step": 0, "llc": 1.0, "status": "ok"}
    given = {"runs": runs, "seen": seen, "llc": llc, "loss": {"step": 0, "loss": 0.1}}
    return {
        table: pd.DataFrame({**keys, **columns, **{name: changes[name] for name in changes if name in columns}})
        for table, columns in given.items()
    }


SAMPLERS = ("notebook", "sgld")


def evidence_from(tables: dict[str, pd.DataFrame], sampler: str = "sgld", settings=SETTINGS) -> pd.DataFrame:
    table = evidence_table(
        tables["runs"],
        tables["seen"],
        tables["loss"],
        dict.fromkeys(SAMPLERS, tables["llc"]),
        protocols={"post": {"training": "notebook", "sampler": "notebook"}} | protocols("notebook"),
        n_hidden={"notebook": 2},
        settings=settings,
    )
    return pd.DataFrame(table[table.sampler == sampler])


def values_of(evidence: pd.DataFrame, quantity: str, variant: str = BASE) -> list[float]:
    return evidence[(evidence.quantity == quantity) & (evidence.variant == variant)].value.tolist()


def test_evidence_reads_only_what_may_be_read():
    tables = tables_of_runs(2, llc_sgld=[4.0, 5.0], status_sgld=["ok", "escaped"])
    tables["runs"].loc[1, ["status", "loss"]] = ["diverged", np.nan]
    tables["seen"].loc[1, ["n_features", "onset", "drop_over"]] = np.nan
    evidence = evidence_from(tables)
    expected = {"superposition": 7.0, "log_loss": -1.0, "log_onset": 2.0, "llc": 4.0, "drop_over": 1.0}
    for name, value in expected.items():
        assert values_of(evidence, name)[0] == pytest.approx(value)
        assert np.isnan(values_of(evidence, name)[1]), name
    assert not evidence.censored.any()  # a run that diverged is no run without onset


def test_a_run_without_onset_is_later_than_its_last_step_and_after_every_drop():
    tables = tables_of_runs(2, onset=[99.0, np.nan], half_formed=[99.0, np.nan], order=["before", None])
    evidence = evidence_from(tables)
    # The last recorded step is 999: log10(1000).
    assert values_of(evidence, "log_onset") == values_of(evidence, "log_onset", "half_formed") == [2.0, 3.0]
    assert values_of(evidence, "drop_over", "after_drop") == [0.0, 1.0]
    assert evidence[evidence.quantity == "log_onset"].censored.tolist() == [False, True] * 2
    assert not evidence[evidence.quantity != "log_onset"].censored.any()


def test_an_onset_where_half_of_the_drop_is_lost_is_after_that_half():
    evidence = evidence_from(tables_of_runs(3, onset=[8.0, 9.0, 10.0], drop_half=9.0))
    assert values_of(evidence, "drop_over", "after_half_drop") == [0.0, 1.0, 1.0]


def test_the_protocol_of_the_post_reads_chains_that_drift_and_others_do_not():
    status = ["ok", "drifting", "escaped"]
    values = [1.0, 2.0, 3.0]
    tables = tables_of_runs(
        3, **{f"status_{name}": status for name in SAMPLERS}, **{f"llc_{n}": values for n in SAMPLERS}
    )
    for sampler, read in {"notebook": [1.0, 2.0, np.nan], "sgld": [1.0, np.nan, np.nan]}.items():
        np.testing.assert_array_equal(values_of(evidence_from(tables, sampler), "llc"), read)


def test_evidence_is_the_excess_over_chance_and_what_is_beyond_a_threshold():
    tables = tables_of_runs(2, n_features=[3.0, 4.0], loss_drop_rate=0.75, loss_drop_expected=0.25)
    evidence = evidence_from(tables)
    assert values_of(evidence, "drop_excess") == [0.5, 0.5]
    # One and two features beyond the two dimensions, of which only two are beyond 1.5, and both beyond 0.5.
    np.testing.assert_array_equal(values_of(evidence, "superposition_beyond"), [np.nan, 2.0])
    assert values_of(evidence, "superposition_beyond", "threshold=0.5") == [1.0, 2.0]
    assert values_of(evidence, "superposition", "effective_features") == [3.5, 3.5]


@pytest.mark.parametrize(("threshold", "features"), [(1.5, 3.5), (0.5, 2.5)])
def test_superposition_is_beyond_a_threshold_on_one_side_of_it_alone(threshold, features):
    # Two dimensions, so features less 2.
    evidence = evidence_from(tables_of_runs(3, n_features=[features - 0.02, features, features + 0.02]))
    variant = BASE if threshold == 1.5 else "threshold=0.5"
    np.testing.assert_allclose(values_of(evidence, "superposition_beyond", variant), [np.nan, np.nan, threshold + 0.02])


@pytest.mark.parametrize(("min_activations", "distance"), [(2, 0.5), (3, np.nan)])
def test_the_median_curve_needs_as_many_activations_as_statements_do(min_activations, distance):
    tables = {
        name: pd.concat([table.assign(activation=one) for one in ("relu", "gelu")])
        for name, table in tables_of_runs(1).items()
    }
    tables["loss"]["loss"] = [0.1, 0.01]
    evidence = evidence_from(tables, settings=replace(SETTINGS, min_activations=min_activations))
    np.testing.assert_allclose(values_of(evidence, "loss_distance"), [distance] * 2)


def test_curves_are_compared_with_the_median_of_those_that_are_not_bounded_and_may_be_read():
    tables = tables_of_runs(1)
    # Tanh is what the post calls bounded, softmax as bounded as these.
    names, logs = ["relu", "gelu", "celu", "tanh", "softmax"], [-1.0, -2.0, -2.5, -4.0, -5.0]
    tables = {name: pd.concat([table.assign(activation=one) for one in names]) for name, table in tables.items()}
    tables["loss"]["loss"] = 10.0 ** np.array(logs)
    status = ["ok", "ok", "escaped", "ok", "ok"]
    tables["llc"] = tables["llc"].assign(llc=[1.0, 10.0, 1000.0, 1.0, 100.0], status=status)
    evidence = evidence_from(tables)
    # Median of -1, -2, -2.5; of the readable LLCs 0 and 1 decades: 0.5.
    np.testing.assert_allclose(values_of(evidence, "loss_distance"), [1.0, 0.0, 0.5, 2.0, 3.0])
    np.testing.assert_allclose(values_of(evidence, "llc_distance"), [0.5, 0.5, np.nan, 0.5, 1.5])


def test_curves_of_the_llc_are_compared_for_runs_that_are_followed_over_training_alone():
    tables = tables_of_runs(2)
    at_end = {name: tables[name].assign(step=999) for name in ("loss", "llc")}
    tables["loss"] = pd.concat([tables["loss"], at_end["loss"]])
    tables["llc"] = pd.concat([tables["llc"][tables["llc"].seed == 1], at_end["llc"]])
    evidence = evidence_from(tables)
    for name in ("loss_distance", "llc_distance"):
        np.testing.assert_array_equal(values_of(evidence, name), [0.0, np.nan])
    assert values_of(evidence, "llc") == [1.0, 1.0]  # at the end, of both


def test_activations_are_the_same_under_the_training_presets_where_they_are():
    table = evidence_from(tables_of_runs(2))
    evidence = pd.concat([table.assign(training=training) for training in ("notebook", "controlled")])
    classes = pd.DataFrame(
        {"training": ["notebook", "controlled", "controlled"], "activation": ["relu", "relu", "relu6"]}
    )
    classes = classes.assign(**{"class": ["trained", "trained", "same"], "same_as": [None, None, "relu"]})
    printed = {"relu": {"family": "rectifiers"}, "relu6": {"family": "rectifiers"}}
    views = views_of(evidence, printed=printed, classes=classes, min_activations=1)
    same = {training: of_protocol[BASE].same for (training, _), of_protocol in views.items()}
    assert same == {"notebook": {}, "controlled": {"relu6": "relu"}}


def test_a_variant_replaces_the_quantities_that_it_has_and_keeps_the_others():
    evidence = evidence_from(tables_of_runs(2, onset=[99.0, np.nan]))
    shared = {"printed": {"relu": {"family": "rectifiers"}}, "classes": None, "min_activations": 1}
    [views] = views_of(evidence, **shared).values()
    assert views[BASE].changed == frozenset()
    assert views["effective_features"].changed == {"superposition", "superposition_beyond"}
    assert views["effective_features"].of("superposition", "relu").tolist() == [3.5, 3.5]
    assert views["effective_features"].of("log_onset", "relu").tolist() == [2.0, 3.0]
    claim = record(activations=("relu",), against=(), quantities=("log_onset",))
    assert views[BASE].runs_of(claim) == (2, 0, 1)
