"""Cost of each stage of a whole study: wall time, CPU time and memory, from Snakemake's benchmark files.

    .venv/bin/python benchmarks/stages.py [results [name]]

Run it after a study has been made, on an idle machine: it also times how long the scripts take to start, by themselves.
Prints and writes benchmarks/stages.csv, or that of another name: everything.csv is that of the target `everything`.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parent.parent


def stages(results: Path, *, since: float = 0.0) -> pd.DataFrame:
    """Return jobs, wall and CPU seconds, and the largest memory in MiB of every rule, the most expensive first.

    Args:
        results: Folder of the results.
        since: Jobs that ended before are left out; in seconds since the epoch.
    """
    folder = results / "benchmarks"
    ended = [file for file in sorted(folder.rglob("*.tsv")) if file.stat().st_mtime >= since]
    files = {file: file.relative_to(folder).with_suffix("").parts[0] for file in ended}
    jobs = pd.concat([pd.read_csv(file, sep="\t").assign(rule=rule) for file, rule in files.items()])
    table = jobs.groupby("rule").agg(
        jobs=("s", "size"), wall_s=("s", "sum"), cpu_s=("cpu_time", "sum"), largest_mib=("max_rss", "max")
    )
    return table.sort_values("wall_s", ascending=False).reset_index()


def start(rule: str, *, repetitions: int = 3) -> float:
    """Return the least CPU seconds of a process that imports what a job of the rule imports, and then ends."""
    rules = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    like = re.search(rf"^use rule (\w+) as {rule} with:", rules, flags=re.MULTILINE)
    script = ROOT / "workflow" / "scripts" / f"{like[1] if like else rule}.py"
    imports = [node for node in ast.parse(script.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    snakemake = "from snakemake.script import Snakemake"  # what Snakemake puts in front of each script
    code = "\n".join([snakemake, *map(ast.unparse, imports), "import gc; gc.freeze()"])
    times = []
    for _ in range(repetitions):
        before = os.times()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        after = os.times()
        times.append(sum(after[2:4]) - sum(before[2:4]))  # user and system time of child processes
    return min(times)


def main() -> None:
    """Print and write the table, with a line for all stages together."""
    results, name = [*sys.argv[1:], *("results", "stages")[len(sys.argv) - 1 :]]
    table = stages(ROOT / results)
    table["start_s"] = table.jobs * table.rule.map(start)
    total = {"rule": "all", **table[["jobs", "wall_s", "cpu_s", "start_s"]].sum()}
    table = pd.concat([table, pd.DataFrame([total | {"largest_mib": table.largest_mib.max()}])], ignore_index=True)
    print(table.round(1).to_string(index=False))
    table.to_csv(ROOT / "benchmarks" / f"{name}.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
