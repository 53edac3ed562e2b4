"""How the margin decides how many features count as recovered, in the runs of a finished study.

    .venv/bin/python benchmarks/recovery_margin.py results

Counts the recovered features at the end of every run with each of some margins. Writes
benchmarks/recovery_margin.csv: for each training preset, activation and margin, their median over seeds.
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

from superposition.measures import geometry  # noqa: E402
from superposition.tables.trajectory import load_outputs  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
MARGINS = (0.25, 0.4, 0.5, 0.6, 0.75)


def main() -> None:
    """Count, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    configured, rows = geometry.Thresholds(**CONFIG["superposition"]), []
    paths = sorted(parser.parse_args().results.glob("runs/*/*/seeds-*/outputs.safetensors"))
    ends = {path: load_outputs(path).outputs[:, -1] for path in paths}
    for path, outputs in ends.items():
        finite = outputs[np.isfinite(outputs).all((1, 2))]
        for margin in MARGINS:
            recovered = geometry.recovered(finite, thresholds=replace(configured, recovery_margin=margin)).sum(-1)
            keys = {"training": path.parts[-4], "activation": path.parts[-3], "margin": margin}
            rows += [{**keys, "seed": i, "recovered": count} for i, count in enumerate(recovered)]
    medians = pd.DataFrame(rows).groupby(["training", "activation", "margin"]).recovered.median()
    medians.reset_index().to_csv(ROOT / "benchmarks" / "recovery_margin.csv", index=False)
    print(medians.unstack())


if __name__ == "__main__":
    main()
