"""Statements of the post and of prior work, which are written down in `post.yaml` beside this module.

Tables, documents and report iterate over ``OF_POST`` and ``PRIOR_WORK``; docs/claims.md says how a statement is added.
"""

from pathlib import Path
from typing import Any

import yaml

from superposition.claims.contrasts import CONTRASTS
from superposition.claims.statement import GROUPS, Statement


def _statement(record: dict[str, Any]) -> Statement:
    """Return a statement from its record, in which lists may name groups of activations."""
    values: dict[str, Any] = {
        name: tuple(one for word in value for one in GROUPS.get(word, (word,))) if isinstance(value, list) else value
        for name, value in record.items()
    }
    revised = dict.fromkeys([record.get("revised"), *map(_PAGE["revised"].get, record["quantities"])])
    values |= {"contrast": CONTRASTS[record["contrast"]], "revised": "; ".join(filter(None, revised))}
    return Statement(**values)


_PAGE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
OF_POST, PRIOR_WORK = (tuple(map(_statement, _PAGE[name])) for name in ("post", "prior_work"))

assert len({statement.id for statement in OF_POST + PRIOR_WORK}) == len(OF_POST + PRIOR_WORK), "ids must be unique"
