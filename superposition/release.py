"""Date that documents and metadata bear: that of the version that made them, so that two runs give the same bytes."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from superposition.errors import StudyError

VARIABLE = "SOURCE_DATE_EPOCH"
"""Environment variable with another date, in seconds since 1970 (https://reproducible-builds.org/specs/)."""


def date(citation: Mapping[str, Any]) -> datetime:
    """Return the date of ``SOURCE_DATE_EPOCH`` if it is set, else that on which the version was released.

    Raises:
        StudyError: If the one that holds is no date. `citation` is the citation file (CITATION.cff), read.
    """
    if seconds := os.environ.get(VARIABLE):
        where, found, expected, hint = VARIABLE, seconds, "seconds since 1970", "unset it, or `date +%s` for now"
    else:
        where, found = "date-released in CITATION.cff", str(citation.get("date-released"))
        expected, hint = "a date such as 2026-01-31", "it is the date that documents and metadata bear"
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.fromisoformat(found)
    except (ValueError, OverflowError, OSError) as error:
        raise StudyError(expected=expected, found=found, where=where, hint=hint) from error
    return moment.replace(tzinfo=UTC)
