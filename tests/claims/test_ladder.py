"""Verdicts along the ladder of training presets."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from superposition.activations import BY_NAME
from superposition.claims.fresh_runs import NO_SAMPLER, Definitions, fresh_evidence, ladder_table
from superposition.measures.ends import ends_table
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.draws import draw_inputs
from superposition.model.training import loss_table, outputs_of, train
from superposition.provenance import registry
from superposition.statistics import Resampling
from superposition.tables import store
from superposition.training_presets import TrainingPreset
from workflow.presets import training_preset

LADDER = ("notebook", "zero_bias")
ACTIVATIONS = ("relu", "gelu", "celu")
STEPS = [0, 1, 5, 20, 60, 200]


@pytest.fixture(scope="module")
def presets(config) -> dict[str, TrainingPreset]:
    """The presets of two steps, for short runs."""
    short = {"n_steps": 200, "logged_count": 5, "logged_last": 200}
    written = config["training_presets"] | {"notebook": config["training_presets"]["notebook"] | short}
    return {name: training_preset(written, name) for name in LADDER}


@pytest.fixture(scope="module")
def tables(config, cpu, presets) -> tuple[pd.DataFrame, ...]:
    """Superposition, losses and ends of runs of three activations over three seeds."""
    thresholds = Thresholds(**config["superposition"])
    measured, losses, ends = [], [], []
    for training, preset in presets.items():
        inputs = draw_inputs(preset.inputs, seeds=[1, 2, 3])
        for name in ACTIVATIONS:
            activation = BY_NAME[name]
            runs, loss = train(activation, preset, inputs, weight_steps=STEPS, loss_steps=STEPS, device=cpu)
            outputs = outputs_of(activation, preset, runs)
            table = superposition_table(runs, outputs, thresholds=thresholds)
            keys = {"training": training, "activation": name}
            measured.append(pd.DataFrame(table).assign(**keys))
            ends.append(pd.DataFrame(ends_table(activation, preset, inputs, runs, outputs)).assign(**keys))
            losses.append(pd.DataFrame(loss_table(preset, runs.seeds, loss)).assign(**keys))
    return tuple(pd.concat(parts, ignore_index=True) for parts in (measured, losses, ends))


def definitions(config: dict[str, Any]) -> Definitions:
    """Those of the study for few activations, with few shuffles."""
    return Definitions.of(
        0,
        thresholds=config["superposition"],
        events=config["transitions"] | {"shuffles": 10},
        ends=config["end_limits"],
        claims=config["claims"] | {"min_activations": 3},
    )


@pytest.fixture(scope="module")
def ladder(config, presets, tables) -> pd.DataFrame:
    """The table of two steps."""
    return ladder_table(
        *tables,
        presets=presets,
        checkpoints={name: [0, 20, 200] for name in LADDER},
        printed={name: registry.printed(name) for name in ACTIVATIONS},
        resampling=Resampling(confidence=0.95, resamples=50, seed=0),
        definitions=definitions(config),
    )


def test_every_step_says_what_it_changes_and_has_a_verdict_on_every_statement(ladder, tmp_path):
    assert ladder.groupby("training", sort=False).changed.unique().str[0].to_dict() == {
        "notebook": "",
        "zero_bias": "bias_std",
    }
    assert not ladder.duplicated(["id", "training"]).any()
    assert (ladder.groupby("id").training.nunique() == len(LADDER)).all()
    store.write(ladder, tmp_path / "ladder.parquet", "ladder")


def test_statements_without_llc_are_judged_and_those_on_it_are_not_testable(ladder):
    of = ladder.set_index(["id", "training"])
    for training in LADDER:
        assert of.loc[("G4a", training), "verdict"] != "not testable"  # features of GELU and CELU
        assert of.loc[("G2b", training), "verdict"] == "not testable"  # the development of loss and LLC
    assert set(ladder.sampler) == {NO_SAMPLER}


@pytest.mark.parametrize(("corners", "onset"), [(0, 5), (2, 5), (3, 20), (4, 200)])
def test_features_that_start_as_a_polygon_are_no_superposition_of_fresh_runs(config, presets, tables, corners, onset):
    # Recovered are 2 features, 3 from step 5 on, 4 from step 20 on, 5 at the end; 2 dimensions have room for two.
    counts = dict(zip(STEPS, [2, 2, 3, 4, 4, 5], strict=True))
    of_one = (table[table.training == LADDER[0]] for table in tables)
    superposition, loss, ends = (pd.DataFrame(table) for table in of_one)
    none = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan) | {"status": None}
    evidence = fresh_evidence(
        superposition.assign(n_recovered=superposition.step.map(counts)),
        loss,
        ends,
        {NO_SAMPLER: loss[["training", "activation", "seed", "step"]].assign(**none)},
        protocols={"fresh": {"training": LADDER[0], "sampler": NO_SAMPLER}},
        presets={LADDER[0]: replace(presets[LADDER[0]], initial_polygon=corners)},
        num_chains={NO_SAMPLER: 1},
        definitions=definitions(config),
    )
    onsets = evidence[(evidence.quantity == "log_onset") & (evidence.variant == "base")]
    assert len(onsets) == 9
    assert onsets.value.to_numpy() == pytest.approx(np.log10(onset + 1))
