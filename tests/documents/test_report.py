"""Snakemake's own report of a finished study: made without network, and readable without the workflow beside it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from conftest import ROOT, environment
from jinja2 import Template

pytestmark = pytest.mark.workflow

WITHOUT_NETWORK = ["unshare", "--net"]


@pytest.fixture(scope="module")
def report(finished_smoke, tmp_path_factory) -> str:
    """The report of the small study, made where there is no network if this machine lets a process leave it."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    may = bool(shutil.which("unshare")) and subprocess.run([*WITHOUT_NETWORK, "true"], check=False).returncode == 0
    call = [sys.executable, "-m", "snakemake", "--report", str(path), "--configfile", "config/smoke.yaml"]
    made = subprocess.run(
        [*(WITHOUT_NETWORK if may else []), *call],
        cwd=finished_smoke,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "(WARNING/" not in made.stdout + made.stderr  # docutils' of the markup of captions
    return path.read_text()


@pytest.fixture(scope="module")
def items(report) -> dict[str, dict]:
    """What the report shows, by path."""
    return json.loads(re.search(r"^ *var results = (\{.*\});$", report, flags=re.MULTILINE)[1])


def test_the_report_holds_the_figures_tables_and_documents_that_a_reader_wants(items):
    names = {str(Path(path).relative_to("results/smoke")) for path in items}
    documents = {"replication", "tables", "appendix", "compare-relu_tanh"}
    figures = {"protocols", "superposition-vs-loss", "superposition-vs-llc-close", "zero_bias/overview"}
    figures |= {f"{training}/{name}" for training in ("notebook", "zero_bias") for name in ("relu", "tanh-seeds")}
    wanted = {
        f"tables/{name}.csv"
        for name in ("claims", "prior_work", "summary", "runs", "ranking", "llc_leaderboard", "findings", "trace")
    }
    wanted |= {f"documents/{name}.docx" for name in documents} | {f"figures/{name}.svg" for name in figures}
    assert wanted <= names


def test_every_item_has_labels_and_a_caption_with_its_own_words(items):
    captions = {path: re.sub(r"<[^>]+>", "", item["caption"]).strip() for path, item in items.items()}
    assert all(len(caption) > 100 for caption in captions.values()), captions
    assert all("{{" not in caption and "Undefined" not in caption for caption in captions.values())
    assert all(all(item["labels"].values()) for item in items.values())
    for path in ("documents/tables.docx", "documents/supplement.docx", "figures/protocols.svg"):
        assert re.search("notebook.*zero_bias.*controlled", captions[f"results/smoke/{path}"]), path
    assert "ReLU and Tanh side by side" in captions["results/smoke/documents/compare-relu_tanh.docx"]


@pytest.mark.parametrize("n_initial", [0, 2])
@pytest.mark.parametrize("name", ["overview", "seeds", "training"])
def test_captions_name_the_initial_polygon_where_there_is_one(name, n_initial):
    caption = Template((ROOT / "workflow/report" / f"{name}.rst").read_text())
    look = {"n_initial": n_initial, "procedure": "as before"}
    params = {"n_initial": n_initial, "look": look, "printed": {"label": "ReLU"}, "band": 0.8}
    values = {"params": params, "wildcards": {"training": "notebook"}, "config": {"llc_seeds": 10}}
    text = caption.render(snakemake=SimpleNamespace(**values))
    assert ("initial polygon" in " ".join(text.split())) == bool(n_initial)


def test_numbers_in_captions_are_those_of_the_configuration(items):
    smoke, full = (yaml.safe_load((ROOT / "config" / name).read_text()) for name in ("smoke.yaml", "config.yaml"))
    confidence = f"{full['statistics']['confidence']:.0%}"
    for table, kind in {"claims": "interval", "summary": "bootstrap", "ranking": "bootstrap"}.items():
        assert f"{confidence} {kind}" in items[f"results/smoke/tables/{table}.csv"]["caption"].replace("\n", " ")
    chains = smoke["sampler_presets"]["sgld"]["num_chains"]
    assert f"{chains} chains)" in items["results/smoke/tables/llc_leaderboard.csv"]["caption"].replace("\n", " ")


def test_the_report_begins_with_what_this_study_found_and_where_to_read_on(report, items, finished_smoke):
    text = re.sub(r"(\\n|\s)+", " ", report)  # the description is a string of JavaScript, its ends of lines written out
    assert "This study repeats it over 2 activations, seeds 1-2" in text
    finding = pd.read_csv(finished_smoke / "results/smoke/tables/findings.csv").finding[0]
    assert finding.split(":")[0] in text
    for path in ("report/index.html", "documents/replication.docx", "documents/replication.pdf"):
        assert f'href=\\"results/smoke/{path}\\"' in text or f'href="results/smoke/{path}"' in text
    assert "show_panel('statistics')" in text.replace("\\'", "'")
    tables = sum(path.startswith("results/smoke/tables/") for path in items)
    assert f"the same tables as parquet stand beside them ({tables} items)" in text
