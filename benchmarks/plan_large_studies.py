"""Measure what planning costs Snakemake, for the default study and for studies ten and a hundred times as large.

.venv/bin/python benchmarks/plan_large_studies.py

It writes plan_large_studies.csv beside itself: jobs, time and memory of a dry run, and of running as many jobs that
sleep for a second, eight at a time, with the limits of their rate of Snakemake and of profiles/default. The largest
study takes most of the time. Processor time depends least on what else the machine does.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent

# Seeds, seeds per job, and presets beside those of the study, which differ in nothing that matters here.
STUDIES = {
    "default": ("1-10", 10, 0),
    "10x, seeds": ("1-100", 10, 0),
    "10x, seeds in large batches": ("1-100", 100, 0),
    "10x, presets": ("1-10", 10, 18),
    "100x, seeds in large batches": ("1-1000", 100, 0),
    "100x, seeds": ("1-1000", 10, 0),
}
CHAINS = {"default": 69, "10x": 555}
"""Chains of five jobs of a second, as many jobs as the study has."""

RATES = ("100/1s", "10000/1m", "1000000/1h")
"""Snakemake's own limit of the rate of jobs, that of profiles/default, and the one that docs/scale.md advises."""

SLEEPING = """
import sys
sys.path.insert(0, ROOT)
from workflow.closing import cancel_timers
onsuccess:
    cancel_timers()
rule all:
    input: expand("{i}/5", i=range(N))
rule first:
    output: "{i}/1"
    shell: "sleep 1; touch {output}"
""" + "".join(
    f"""
rule step_{k}:
    input: "{{i}}/{k - 1}"
    output: "{{i}}/{k}"
    shell: "sleep 1; touch {{output}}"
"""
    for k in range(2, 6)
)


def configuration(seeds: str, seeds_per_job: int, n_presets: int) -> dict:
    """Return what differs from the default configuration in a larger study."""
    names = [f"preset_{i}" for i in range(n_presets)]
    return {
        "seeds": seeds,
        "seeds_per_job": seeds_per_job,
        "training": ["notebook", "zero_bias", *names],
        "training_presets": {name: {"base": "notebook", "bias_std": 0.1 * i} for i, name in enumerate(names)},
    }


def snakemake(arguments: list[str], folder: Path) -> dict[str, float]:
    """Return jobs, wall and processor time in seconds, and peak memory in MB of a run of Snakemake.

    The processor time includes that of the jobs; peak memory is that of the largest process.
    """
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    if status:
        raise RuntimeError(text)
    totals = re.findall(r"^total +(\d+)$", text, flags=re.MULTILINE)
    return {
        "jobs": int(totals[-1]),
        "wall_s": round(wall, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def plan(name: str, repository: Path) -> dict[str, object]:
    """Return what a dry run of one of the studies costs."""
    config = configuration(*STUDIES[name])
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(config, file)
        file.flush()
        cost = snakemake(["--dry-run", "--quiet", "rules", "--configfile", file.name], repository)
    n_seeds = int(config["seeds"].removeprefix("1-"))
    runs = n_seeds * len({protocol["training"] for protocol in config["protocols"].values()}) * 27
    return {"what": "dry run", "study": name, "seeds_per_job": config["seeds_per_job"], "runs": runs, **cost}


def run_idle_jobs(name: str, rate: str) -> dict[str, object]:
    """Return what it costs to run as many jobs as a study has, all of which sleep, with a limit of their rate."""
    arguments = ["--cores", "8", "--scheduler", "greedy", "--quiet", "rules", "--max-jobs-per-timespan", rate]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Snakefile").write_text(f"N, ROOT = {CHAINS[name]}, {str(ROOT)!r}\n{SLEEPING}")
        cost = snakemake(arguments, Path(folder))
    return {"what": f"sleeping jobs, {rate}", "study": name, **cost}


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", type=Path, default=ROOT, help="measure another version of this repository")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_suffix(".csv"))
    parser.add_argument("--studies", nargs="*", default=list(STUDIES), help="plan these only")
    parser.add_argument("--without-jobs", action="store_true", help="run no jobs")
    arguments = parser.parse_args()
    fields = ["what", "study", "seeds_per_job", "runs", "jobs", "wall_s", "cpu_s", "peak_mb"]
    with arguments.output.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=fields)
        writer.writeheader()
        for name in arguments.studies:
            writer.writerow(plan(name, arguments.repository.resolve()))
            file.flush()
        for name in [] if arguments.without_jobs else CHAINS:
            for rate in RATES:
                writer.writerow(run_idle_jobs(name, rate))
                file.flush()


if __name__ == "__main__":
    main()
