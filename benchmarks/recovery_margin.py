"""Effect of the margin of recovered features on counts and verdicts, in the runs of a finished study.

    .venv/bin/python benchmarks/recovery_margin.py results

Counts the recovered features of every run again with each of some margins, and judges every statement by these counts.
Writes benchmarks/recovery_margin.csv, the median over seeds at the end for each training preset, activation and margin,
and benchmarks/recovery_margin_verdicts.csv, the verdicts for each margin.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # benchmarks run from anywhere, without installation

from superposition.claims.fresh_runs import Definitions, fresh_evidence  # noqa: E402
from superposition.claims.judge import judge_statements  # noqa: E402
from superposition.claims.statement import ClaimSettings  # noqa: E402
from superposition.measures import geometry  # noqa: E402
from superposition.statistics import Resampling  # noqa: E402
from superposition.status import may_be_read  # noqa: E402
from superposition.tables import frames  # noqa: E402
from superposition.tables.trajectory import load_outputs  # noqa: E402
from workflow.study import Study  # noqa: E402

STUDY = Study(yaml.safe_load((ROOT / "config" / "config.yaml").read_text()))
CONFIG = STUDY.config
MARGINS = (0.25, 0.4, 0.5, 0.6, 0.75)


def counted(folders: list[Path], superposition: pd.DataFrame, thresholds: geometry.Thresholds) -> pd.DataFrame:
    """Return the table of superposition with the features that count as recovered with other thresholds."""
    counts = [
        geometry.recovered(np.nan_to_num(outputs).astype(np.float64), thresholds=thresholds).sum(-1).ravel()
        for outputs in (load_outputs(folder / "outputs.safetensors").outputs for folder in folders)
    ]
    recovered = pd.Series(np.concatenate(counts), superposition.index, dtype="Int64")
    return superposition.assign(n_recovered=recovered.where(may_be_read(superposition.status)))


def main() -> None:
    """Count, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    runs = [results / "runs" / training / activation for training in STUDY.training for activation in STUDY.activations]
    folders = [folder / f"seeds-{batch}" for folder in runs for batch in STUDY.batches]
    superposition, loss, ends = (
        frames.read_runs([folder / f"{name}.parquet" for folder in folders], name)
        for name in ("superposition", "loss", "ends")
    )
    estimates = {name: [folder / f"llc-{name}.parquet" for folder in folders] for name in STUDY.sampler}
    llc = {
        name: frames.read_runs([path for path in paths if path.exists()], "llc", sampler=name)
        for name, paths in estimates.items()
    }
    judged_with = {
        "presets": list(STUDY.training),
        "printed": STUDY.printed,
        "settings": ClaimSettings(**CONFIG["claims"]),
        "resampling": Resampling(**CONFIG["statistics"]),
        "classes": frames.read(results / "tables" / "activation_classes.parquet", "activation_classes"),
    }
    presets = {"protocols": STUDY.pairs, "presets": STUDY.training}
    presets |= {"num_chains": {name: preset.num_chains for name, preset in STUDY.sampler.items()}}
    medians, verdicts = [], []
    for margin in MARGINS:
        thresholds = replace(geometry.Thresholds(**CONFIG["superposition"]), recovery_margin=margin)
        table = counted(folders, superposition, thresholds)
        values = {"thresholds": vars(thresholds), "events": CONFIG["transitions"], "ends": CONFIG["end_limits"]}
        definitions = Definitions.of(CONFIG["statistics"]["seed"], claims=CONFIG["claims"], **values)
        evidence = fresh_evidence(table, loss, ends, llc, **presets, definitions=definitions)
        claims = judge_statements(evidence, **judged_with)["claims"]
        verdicts.append(claims[["id", "training", "sampler", "verdict"]].assign(margin=margin))
        last = table[table.step == table.groupby("training").step.transform("max")]
        counts = last.n_recovered.astype(float).groupby([last.training, last.activation], sort=False).median()
        medians.append(counts.rename("recovered").reset_index().assign(margin=margin))
        print(verdicts[-1].groupby(["training", "verdict"]).size().unstack("verdict"), flush=True)
    for name, tables in (("recovery_margin", medians), ("recovery_margin_verdicts", verdicts)):
        pd.concat(tables).to_csv(ROOT / "benchmarks" / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
