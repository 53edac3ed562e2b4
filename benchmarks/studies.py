"""Cost of studies of several sizes: processor time, memory and files of whole results.

    .venv/bin/python benchmarks/studies.py results ../hundred/results

Takes the folders of results that were made whole, such as with `--config seeds=1-100 seeds_per_job=100`; writes
benchmarks/studies.csv, a row for each.
"""

import sys
from pathlib import Path

import pandas as pd
from stages import ROOT, stages  # beside this file


def study(results: Path) -> dict[str, float]:
    """Return the size of a study, and what it took by Snakemake's benchmark files, which miss the end of each job."""
    runs, table = pd.read_parquet(results / "tables" / "runs.parquet", columns=["seed"]), stages(results)
    files = [file for file in results.rglob("*") if file.is_file()]
    return {
        "seeds": runs.seed.nunique(),
        "runs": len(runs),
        "jobs": table.jobs.sum(),
        "cpu_s": table.cpu_s.sum(),
        "largest_mib": table.largest_mib.max(),
        "results_mb": sum(file.stat().st_size for file in files) / 1e6,
        "files": len(files),
    }


if __name__ == "__main__":
    table = pd.DataFrame([study(Path(results)) for results in sys.argv[1:]])
    print(table.round(0).to_string(index=False))
    table.to_csv(ROOT / "benchmarks" / "studies.csv", index=False, float_format="%.4g")
