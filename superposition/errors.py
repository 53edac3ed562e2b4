"""Errors in what a user gives: what was expected, what was found, where, and what to do."""

import difflib


class StudyError(ValueError):
    """A value of the study that cannot be used; the message says what was expected, found, where, and a hint."""

    def __init__(self, *, expected: str, found: object, where: str, hint: str):
        self.expected, self.found, self.where, self.hint = expected, found, where, hint
        super().__init__(
            f"\n  expected: {expected}\n  found:    {_short(found)}\n  where:    {where}\n  hint:     {hint}"
        )


def _short(found: object) -> str:
    """Return what was found, its middle left out where it is long."""
    try:
        text = str(found)
    except ValueError:  # Python prints no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 300 else f"{text[:140]} ... {text[-140:]}"


def closest(name: str, known: list[str]) -> str:
    """Return a hint that names the known names nearest to `name`, in any case, or all of them where none is near."""
    lowered = {word.lower(): word for word in known}
    n = 1 if str(name).lower() in lowered else 3
    near = [lowered[word] for word in difflib.get_close_matches(str(name).lower(), lowered, n, cutoff=0.5)]
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
