"""The data dictionary docs/outputs.md, from the declarations of tables, arrays and files, and from the rules.

.venv/bin/python -m workflow.dictionary > docs/outputs.md
"""

import functools
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from superposition.tables import store
from superposition.tables.columns import Column
from superposition.tables.trajectory import Outputs, TrainingInputs, Trajectory
from workflow.origins import all_outputs
from workflow.outputs import FOLDERS, OUTPUTS, Output, kind_of
from workflow.paths import OVER_TRAINING
from workflow.study import ROOT

INTRODUCTION = """\
# What the results folder holds

This page is made from the declarations that the workflow itself uses, and a test compares the two. After a change:
`.venv/bin/python -m workflow.dictionary > docs/outputs.md`.

Words in braces stand for names: `{training}` and `{sampler}` are presets of the configuration, `{activation}` is a name
of `superposition/activations.py`, `{seeds}` a batch of seeds such as `1-10`. A file can be asked for by its path, also
with a preset, an activation or a batch of seeds that is not in the study; `{seed}` is one of the study.

Every table is a parquet file with declared column types. Unit, meaning and range of a column are stored in the file as
well, in the metadata of its fields (`pyarrow.parquet.read_schema`). Each table under `tables/` has a CSV file with the
same rows beside it. The tables of single runs under `runs/` are large and exist as parquet only. A missing value is a
null in parquet and empty in CSV. *On request* marks what the default target does not make. Names of rules and
scripts lead to what makes a file; [method.md](method.md) says how the numbers are computed.

Every parquet and safetensors file says in its metadata, as JSON under the key `identity`, what it holds (`kind`: the
name of a table, or of a set of arrays), and, where it is of these alone, of which `training` preset, `activation`,
`seeds` and `sampler` it is; `checksum` is the CRC-32 of the whole file with `00000000` in its place. The workflow
refuses a file that is damaged, lies where another belongs, or has other columns than declared; `provenance.json` too,
which holds its `identity` beside the rest. Other programs read all files as usual.
"""


def page() -> str:
    """Return the data dictionary as Markdown."""
    others = [output for output in OUTPUTS if not output.table]
    parts = [
        INTRODUCTION,
        "## Folders\n",
        *_grid(("folder", "content"), ((f"`{folder}/`", meaning) for folder, meaning in FOLDERS.items())),
        "\n## Figures, documents and other files\n",
        *_grid(("file", "content", "rule"), map(_file, others)),
        "\n## Inputs\n",
        "What the runs of a training preset and batch of seeds are trained on, whatever their activation"
        " (`superposition.tables.trajectory.load_inputs`).\n",
        *_grid(("array", "type", "axes", "content"), _arrays(TrainingInputs)),
        "\n## Weights\n",
        "`trajectory.safetensors` and `checkpoints.safetensors` hold the same arrays"
        " (`safetensors.numpy.load_file`, or `superposition.tables.trajectory.load`, for checkpoints with"
        ' `kind="checkpoints"`).\n',
        *_grid(("array", "type", "axes", "content"), _arrays(Trajectory)),
        "\n## Outputs\n",
        "`outputs.safetensors` belongs to the steps and seeds of `trajectory.safetensors` beside it"
        " (`superposition.tables.trajectory.load_outputs`).\n",
        *_grid(("array", "type", "axes", "content"), _arrays(Outputs)),
    ]
    for title, wanted in (("Tables of single runs", True), ("Tables over all runs", False)):
        parts.append(f"\n## {title}")
        for output in OUTPUTS:
            if output.table and (output.table in OVER_TRAINING) == wanted:
                parts += _table(output)
    return "\n".join(parts) + "\n"


def _grid(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield _line(headings)
    yield _line(["---"] * len(headings))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _file(output: Output) -> tuple[str, str, str]:
    return _paths(output), _meaning(output, output.meaning), ", ".join(_rule(rule) for rule in _makers(output))


def _makers(output: Output) -> list[Any]:
    return list(dict.fromkeys(rule for kind, rule in _kinds() if kind == output))


@functools.cache
def _kinds() -> list[tuple[Output | None, Any]]:
    """Return the kind of file that each output of each rule is, with the rule."""
    return [(kind_of(path), rule) for path, rule in all_outputs()]


def _rule(rule: Any) -> str:
    """Return the name of a rule with a link to where it stands."""
    return f"[`{rule.name}`](../{Path(rule.snakefile).relative_to(ROOT)})"


def _made_by(output: Output) -> str:
    """Return which rules and scripts make a table, as a sentence."""
    scripts = [(rule, Path(rule.script).name) for rule in _makers(output)]
    made = [f"rule {_rule(rule)}, script [`{name}`](../workflow/scripts/{name})" for rule, name in scripts]
    return f"Made by {', and by '.join(made)}."


def _paths(output: Output) -> str:
    first, *others = output.suffixes
    return ", ".join([f"`{output.path}{first}`", *(f"`{suffix}`" for suffix in others)])


def _meaning(output: Output, meaning: str) -> str:
    return f"{meaning} *On request.*" if output.on_request else meaning


def _arrays(described: type) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, axes and meaning of every array of a class, as the class says."""
    documented = re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", inspect.getdoc(described) or "", flags=re.MULTILINE)
    for name, meaning in documented:
        kind = described.__annotations__[name]
        arrays = [part for part in get_args(kind) or [kind] if hasattr(part, "dtypes")]
        if not arrays:  # something else beside the arrays
            continue
        types = " or ".join(dtype for array in arrays for dtype in array.dtypes)
        yield f"`{name}`", types, ", ".join(arrays[0].dim_str.split()), " ".join(meaning.split())


def _table(output: Output) -> Iterator[str]:
    """Yield the lines of one table: its files, what it holds, what makes it, and its columns."""
    table = store.TABLES[output.table]
    yield f"\n### {output.table}\n\n{_paths(output)}\n\n{_meaning(output, table.meaning)}\n\n{_made_by(output)}\n"
    yield from _grid(("column", "type", "unit", "values", "meaning"), map(_column, table))


def _column(column: Column) -> tuple[str, str, str, str, str]:
    within = str(column.within) if column.within else ""
    return f"`{column.name}`", column.type, column.unit, within, column.meaning


if __name__ == "__main__":
    print(page(), end="")
