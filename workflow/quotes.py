"""The numbers that pages quote: each stands between two comments, which Markdown does not show, and is written by this.

.venv/bin/python -m workflow.quotes              # pages, from benchmarks/*.csv and docs/data/*.csv
.venv/bin/python -m workflow.quotes results      # first these copies, from the results of a full study
"""

import re
import sys
from pathlib import Path

from superposition.tables import frames
from workflow.quoted.estimators import OF_ESTIMATORS
from workflow.quoted.results import OF_RESULTS, ON_REQUEST, deviation
from workflow.quoted.run_times import OF_RUN_TIMES
from workflow.study import ROOT

PAGES = ("README.md", *(f"docs/{name}.md" for name in ("deviations", "leaderboard", "method", "other_models", "scale")))
COPIED = ("deviations", "findings", "full_length")
"""Tables of a full study that pages quote; docs/data holds copies, as results are not part of a commit."""

BLOCK = re.compile(r"(<!-- quote: (.+?) -->\n).*?(<!-- end of quote -->)", flags=re.DOTALL)

QUOTES = OF_RUN_TIMES | OF_ESTIMATORS | OF_RESULTS
"""All quotes by name, beside those of the sizes of single deviations."""


def copied(results: Path, name: str) -> str:
    """Return the copy of a table of the results, as CSV without its sentences, with six digits."""
    path = results / "tables" / f"{name}.parquet"
    table = frames.read(path, name.partition("/")[0]).drop(columns="evidence", errors="ignore")
    return table.to_csv(index=False, float_format="%.6g")


def renewed(page: str) -> str:
    """Return a page with its quotes as the tables say."""
    return BLOCK.sub(lambda found: f"{found[1]}{quoted(found[2])}\n{found[3]}", page)


def quoted(name: str) -> str:
    """Return a quote by its name: one of ``QUOTES``, or the measured size of a deviation such as `N3`."""
    return QUOTES[name]() if name in QUOTES else deviation(name)


def main() -> None:
    """Write the copies of the tables that lie in the results, if these are named, and all pages."""
    for results in map(Path, sys.argv[1:]):
        for name in (*COPIED, *ON_REQUEST):
            if (results / "tables" / f"{name}.parquet").exists():
                (ROOT / "docs" / "data" / f"{name.replace('/', '-')}.csv").write_text(copied(results, name))
    for page in PAGES:
        (ROOT / page).write_text(renewed((ROOT / page).read_text()))


if __name__ == "__main__":
    main()
