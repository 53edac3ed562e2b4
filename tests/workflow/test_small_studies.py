"""Studies in which there is little to compare: one preset, one activation, one seed, runs that all diverge."""

import pandas as pd
import pytest
import yaml
from conftest import snakemake

from superposition.tables import frames, store

MINIMAL = {
    "results": "results",
    "protocols": {"post": None, "zero_bias": None},
    "activations": ["relu"],
    "seeds": "1",
    "training_presets": {"notebook": {"n_steps": 200, "logged_last": 200}},
    "checkpoints": {"count": 2, "last": 200},
    "sampler_presets": {
        "notebook": {"num_draws": 2},
        "sgld": {"num_chains": 2, "num_burnin_steps": 2, "num_draws": 2, "num_steps_bw_draws": 1},
        "close": {"num_burnin_steps": 2, "num_steps_bw_draws": 1},
        "cold": {"num_burnin_steps": 2, "num_draws": 2},
    },
    "deviations": {"grid": {"activations": ["relu"], "num_chains": 2, "num_burnin_steps": 2, "num_draws": 2}},
    "leaderboard": {
        "estimators": ["tempered_mala"],
        "settings": {"tempered_mala": {"decades": 1, "ratio": 3, "moves": 1, "islands": 2, "particles": 2}},
    },
    "cross_check": {"steps": [200]},
    "refined": {"steps": [200]},
    "figures": {"moments": [0, 10, 200]},
}
"""One protocol, neither the post's nor its presets, one activation, one seed, and hardly any step."""


@pytest.mark.parametrize("table", store.TABLES)
def test_a_table_without_a_row_has_its_declared_columns_and_is_written(table, tmp_path):
    samplers = ["notebook", "sgld"]
    empty = frames.of([], table, samplers=samplers)
    for suffix in ("parquet", "csv"):
        store.write(empty, tmp_path / f"{table}.{suffix}", table, samplers=samplers)
    found = frames.read(tmp_path / f"{table}.parquet", table)
    pd.testing.assert_frame_equal(found, empty)
    assert list(found) == [column.name for column in store.columns(table, samplers=samplers)]
    assert list(pd.read_csv(tmp_path / f"{table}.csv")) == list(found)


def test_rows_below_none_keep_their_types():
    rows = frames.of([{"training": "a", "seed": 1}], "transitions")
    assert frames.joined([frames.of([], "transitions"), rows]).dtypes.to_dict() == rows.dtypes.to_dict()


@pytest.mark.workflow
@pytest.mark.xdist_group("minimal_study")
def test_the_smallest_study_of_ones_own_comes_through_to_its_documents(repository):
    (repository / "mine.yaml").write_text(yaml.safe_dump(MINIMAL))
    snakemake(repository, "--cores", "2", "--configfile", "config/smoke.yaml", "mine.yaml")
    results = repository / "results"
    assert frames.read(results / "tables/checks.parquet", "checks").passed.dropna().all()
    for path in ("documents/replication.docx", "report/index.html", "ro-crate-metadata.json"):
        assert (results / path).stat().st_size > 0
