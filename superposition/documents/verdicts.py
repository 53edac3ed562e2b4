"""Tables of verdicts in the supplement: every statement under every protocol, and its evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition import wording
from superposition.claims.statement import VERDICTS
from superposition.documents.shared import Study
from superposition.documents.word.grid import Cell, Grid, Group, Head, Row
from superposition.palette import FILLS

LEGEND = "Colour repeats the word. No second line: not testable, so there is no value."
EXCLUDED = "Runs used, and below how many are excluded: a value is missing, may not be read, or is out of scope."
"""Notes below the tables."""


def counts(claims: pd.DataFrame, protocol: tuple[str, str]) -> str:
    """Return how many statements have each verdict under a protocol: `3 replicated and 2 reversed`."""
    found = Counter(claims[(claims.training == protocol[0]) & (claims.sampler == protocol[1])].verdict)
    return wording.listing([f"{found[word]} {word.replace(', ', ' but ')}" for word in VERDICTS if found[word]])


def differing(claims: pd.DataFrame, protocols: Sequence[tuple[str, str]]) -> str:
    """Return how many verdicts differ between two protocols, as a further sentence; nothing for another number."""
    if len(protocols) != 2:
        return ""
    words = [claims[(claims.training == one) & (claims.sampler == other)].verdict for one, other in protocols]
    n_changed = sum(first != second for first, second in zip(*words, strict=True))
    return f" {wording.plural(n_changed, 'verdict')} {'differs' if n_changed == 1 else 'differ'} between the two."


def statements(found: Mapping[str, pd.DataFrame]) -> Grid:
    """Return statements as rows and protocols, by their labels, as columns: word, colour, and the measured value."""
    table = Grid([Head("The post says", 6.4), *(Head(wording.title(name), 3.3) for name in found)])
    for (name, statement), _ in pd.concat(found.values()).groupby(["id", "statement"], sort=False):  # type: ignore[misc]
        cells = [pd.DataFrame(rows[rows.id == name]).to_dict("records") for rows in found.values()]
        table.rows.append([f"{statement} ({name})", *(_verdict(cell[0]) if cell else Cell() for cell in cells)])
    return table


def _verdict(row: Mapping[str, Any]) -> Cell:
    said = f"{row['verdict']}: {row['reason']}" if row["reason"] else row["verdict"]
    if wording.is_missing(row["estimate"]):
        return Cell(said)
    unit, ends = f" {row['unit']}" if row["unit"] else "", [wording.in_text(row[end]) for end in ("low", "high")]
    numbers = f"{wording.in_text(row['estimate'])}{unit} [{ends[0]},{wording.FIXED_SPACE}{ends[1]}]"
    return Cell(said, detail=numbers, fill=FILLS.get(row["verdict"], ""))


def evidence(study: Study, claims: pd.DataFrame) -> Grid:
    """Return the sentence with the numbers behind every verdict."""
    columns = [("Protocol", 2.8), ("Verdict", 2.3), ("Evidence", 9.6), ("Variants that agree", 1.8), ("Runs used", 1.5)]
    grid = Grid([Head(*column) for column in columns])
    for name, group in study.labelled(claims).groupby("id", sort=False):
        grid.rows.append(Group(f"{name}  {group.statement.iloc[0]}"))
        for row in group.to_dict("records"):
            cells: Row = [
                wording.title(study.label(row["training"], row["sampler"])),
                Cell(row["verdict"], fill=FILLS.get(row["verdict"], "")),
                " ".join(filter(None, [row["sentence"] or row["reason"], *_more(row)])),
                f"{row['n_agree']} of {row['n_variants']}",
                Cell(str(row["n_used"]), detail=f"{row['n_excluded']} excluded"),
            ]
            grid.rows.append(cells)
    return grid


def _more(row: Mapping[str, Any]) -> Sequence[str]:
    """Return what becomes of the parts of a statement, of its measure, and of its verdict on fresh seeds."""
    texts = [f"Parts: {row['parts']}."] if row["parts"] else []
    if wording.number(row["detectable"]) != wording.MISSING:
        texts.append(f"Found with 80 % from {wording.in_text(row['detectable'])} beyond the margin on.")
    texts += [f"Changed after results were seen: {row['revised']}."] if row["revised"] else []
    if isinstance(row["holdout_verdict"], str):
        chance = wording.percent(row["holdout_chance"])
        texts.append(f"On fresh seeds {row['holdout_verdict']}; the same word by chance: {chance}.")
    return texts
