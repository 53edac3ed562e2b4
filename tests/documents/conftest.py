"""Every Word document of a made-up study.

Three activations of two families, two training presets, three seeds; the runs of one activation diverged with one
preset, and some LLC estimates may not be read. Verdicts are made up as well.
"""

import dataclasses

import docx
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, four_protocols

from superposition.documents import shared
from superposition.documents.paper import paper
from superposition.documents.paper.findings import FindingLimits
from superposition.documents.supplement import SupplementSources, supplement_document
from superposition.documents.tables import ShownEnds, appendix_document, comparison_document, tables_document
from superposition.figures.directions import Ends
from superposition.measures.history import History
from superposition.measures.summary import summary_table
from superposition.quantities import MEASURED
from superposition.statistics import Resampling
from superposition.status import VERDICTS
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory
from workflow.provenance import registry
from workflow.study import Study

from .reading import ACTIVATIONS, SAMPLERS, SEEDS, TRAINING, made_up, text_of

STATISTICS = {"confidence": 0.95, "resamples": 50, "seed": 0}


@pytest.fixture(scope="package")
def study() -> shared.ShownStudy:
    return shared.study_of(
        ROOT / "CITATION.cff",
        printed={name: registry.cited(name) for name in ACTIVATIONS},
        protocols=four_protocols(),
        confidence=STATISTICS["confidence"],
        n_followed=2,
    )


@pytest.fixture(scope="package")
def runs() -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([TRAINING, ACTIVATIONS, SEEDS], names=["training", "activation", "seed"])
    runs = keys.to_frame(index=False)
    diverged = (runs.training == "notebook") & (runs.activation == "relu_squared")
    runs["status"] = np.where(diverged, "diverged", "ok")
    runs["diverged_step"] = pd.array(np.where(diverged, 13, None), dtype="Int64")
    for position, measure in enumerate(quantity.name for quantity in MEASURED):
        runs[measure] = np.where(diverged, np.nan, runs.seed + position)
    runs["onset"] = pd.array([None] * len(runs), dtype="Int64")
    runs["end_status"] = np.where(diverged, "diverged", "converged")
    open_end = (runs.training == "zero_bias") & (runs.seed == 2)
    runs["loss_at_step"] = pd.array(np.where(open_end, 20_000, None), dtype="Int64")
    for sampler in SAMPLERS:
        runs[f"llc_{sampler}"] = np.where(diverged, np.nan, 1.25 * runs.seed)
        runs[f"llc_std_{sampler}"] = np.where(diverged, np.nan, 0.5)
        runs[f"status_{sampler}"] = np.where(runs.seed == 3, "not_a_minimum", "ok")
    return runs


@pytest.fixture(scope="package")
def summary(runs) -> pd.DataFrame:
    times = runs[["training", "activation", "seed"]].assign(drop_start=1.0, drop_end=9.0, distance=0.1, onset=5.0)
    times = pd.concat([times.assign(variant=name) for name in ("base", "n_represented")])
    return summary_table(runs, times, samplers=dict.fromkeys(TRAINING, SAMPLERS), resampling=Resampling(**STATISTICS))


@pytest.fixture(scope="package")
def shown_ends(study, histories, runs, summary) -> ShownEnds:
    """Ends of runs that recover every feature."""
    ends = {
        key: Ends(runs.trajectory.W[:, -1], np.ones((len(SEEDS), 8), dtype=bool), runs.trajectory.seeds)
        for key, runs in histories.items()
    }
    return ShownEnds(study=study, runs=runs, summary=summary, ends=ends, n_initial=dict.fromkeys(TRAINING, 2))


@pytest.fixture(scope="package")
def verdicts() -> dict[str, pd.DataFrame]:
    """Tables of two statements under the four protocols; every verdict occurs."""
    keys = pd.MultiIndex.from_product([["G1", "S2a"], TRAINING, SAMPLERS]).to_frame(index=False)
    verdict = [*VERDICTS[:3], VERDICTS[4], *VERDICTS[:1:-1], VERDICTS[0]]  # four of each statement
    low, estimate = ([np.nan if word == "not testable" else one for word in verdict] for one in (0.25, 1.0))
    of_claims = {
        "id": keys[0],
        "training": keys[1],
        "sampler": keys[2],
        "verdict": verdict,
        "low": low,
        "estimate": estimate,
        "unit": [""] * 8,
    }
    return {
        "claims": made_up("claims", **of_claims),
        "llc_leaderboard": made_up("llc_leaderboard", group=["quadratic", "quadratic", "TMS"], se=[0.5, 1.0, np.nan]),
        "deviations": made_up(
            "deviations",
            deviation=["N2", "N2", "N3"],
            activation=["relu", None, None],
            setting=[None, None, "snapshot 7"],
            evidence=["of one", "of all", "of a snapshot"],
        ),
    }


@pytest.fixture(scope="package")
def figure(shown_ends, tmp_path_factory) -> str:
    """Path of a picture that stands for every figure."""
    path = tmp_path_factory.mktemp("figures") / "figure.png"
    path.write_bytes(next(iter(shown_ends.polygons.values())))
    return str(path)


@pytest.fixture(scope="package")
def inputs(runs, summary, verdicts, config, figure, histories) -> SupplementSources:
    overviews = [(training, "overview") for training in TRAINING]
    whole = Study(config)
    kinds = {
        "training": {name: whole.training_preset(name) for name in TRAINING},
        "sampler": {name: whole.sampler_presets[name] for name in SAMPLERS},
    }
    return SupplementSources(
        template=text_of("reading", "definitions", "supplement"),
        references=text_of("references"),
        tables={"runs": runs, "summary": summary, **verdicts},
        figures=dict.fromkeys([*overviews, ("figures", "protocols"), ("figures", "llc-leaderboard")], figure),
        curves={key: runs.curves(band=0.8) for key, runs in histories.items()},
        presets={kind: {k: dataclasses.asdict(v) for k, v in values.items()} for kind, values in kinds.items()},
        meanings={kind: whole.meanings(kind) for kind in kinds},
        thresholds=config["superposition"],
        limits=config["llc_limits"],
        **yaml.safe_load((ROOT / "workflow/documents/supplement.yaml").read_text()),
        versions={"python": "3.11", "torch": "2.13"},
    )


@pytest.fixture(scope="package")
def of_paper(runs, verdicts, figure) -> paper.PaperSources:
    names = ("signature", "answers", "capacity", "onset-vs-drop", "superposition-vs-loss")
    figures = {("figures", name): figure for name in names}
    made = {"file": "results/tables/runs.parquet", "rule": "summarise_runs", "script": "summarise_runs.py"}
    drawn = {"script": "plot.py", "tables": ["runs", "capacity"]}
    return paper.PaperSources(
        template=text_of("definitions", "replication"),
        references=text_of("references"),
        tables={"runs": runs, "claims": verdicts["claims"]},
        figures=figures,
        n_features=8,
        n_hidden=2,
        limits=FindingLimits(reached=1e-3, mostly=0.5, early=0.5),
        made_by=dict.fromkeys(("runs", "claims", "evidence", "summary", "capacity"), made),
        drawn=dict.fromkeys(names, drawn),
        commit="0123456789abcdef",
    )


@pytest.fixture(scope="package")
def histories(study) -> dict[tuple[str, str], History]:
    """Three runs of every activation, recorded at steps 0, 10 and 100."""
    steps, seeds = np.array([0, 10, 100]), np.array(SEEDS)
    weights = np.random.default_rng(0).normal(size=(3, 3, 2, 8)).astype(np.float32)
    grid = pd.DataFrame({"seed": np.repeat(seeds, 3), "step": np.tile(steps, 3), "status": "ok"})
    curves = grid.assign(loss=0.1, n_represented=2, n_recovered=1)
    return {
        (training, name): History(
            training=training,
            **{key: study.printed[name][key] for key in ("label", "family", "formula")},
            trajectory=Trajectory(W=weights, b=weights[:, :, 0], steps=steps, seeds=seeds),
            loss=curves,
            superposition=curves,
            llc={sampler: grid.assign(llc=1.5, training=training, activation=name) for sampler in SAMPLERS},
            critical=frames.of([], "critical_points"),
        )
        for training in TRAINING
        for name in ACTIVATIONS
    }


@pytest.fixture(scope="package")
def saved(study, runs, shown_ends, inputs, of_paper, histories, figure, tmp_path_factory) -> dict:
    """Paths of all documents by name."""
    folder = tmp_path_factory.mktemp("documents")
    every = dict.fromkeys(histories, figure)
    appendix = shared.Sources(template=text_of("appendix"), tables={"runs": runs}, figures=every)
    documents = {
        "tables": tables_document(shown_ends, text_of("reading", "tables")),
        "appendix": appendix_document(study, appendix),
        "supplement": supplement_document(study, inputs),
        "replication": paper.paper(study, of_paper)[0],
        "comparison": comparison_document(shown_ends, text_of("comparison"), inputs.curves, title="Three", band=0.8),
    }
    for name, document in documents.items():
        document.save(folder / f"{name}.docx")
    return {name: folder / f"{name}.docx" for name in documents}


@pytest.fixture(params=["tables", "appendix", "supplement", "replication", "comparison"])
def name(request) -> str:
    return request.param


@pytest.fixture
def opened(saved, name):
    return docx.Document(saved[name])
