"""Texts that figures, documents and the explorer print as they are written.

Figures take `$` for mathematics, documents `$` and `[[`, captions of the report the marks of reStructuredText, and XML
has no place for control characters.
"""

import re

MARKUP = re.compile(r"[$\\*`|]|\[\[|(?<!\w)_|_(?!\w)")  # marks that one of the three takes for an instruction
LATIN = re.compile("[ -~\u00a1-\u024f]*")  # letters that the font of figures has for certain


def check(text: str, *, longest: int, drawn: bool = False) -> None:
    """Raise ValueError with the reason if a text of at most so many characters cannot be printed as it is written.

    Of one that is `drawn`, figures need to have every letter in their font.
    """
    if not text.strip():
        raise ValueError("it is empty")
    if len(text) > longest:
        raise ValueError(f"it has {len(text)} characters, and there is room for {longest}")
    for letter in text:
        if not letter.isprintable():
            raise ValueError(f"U+{ord(letter):04X} cannot be printed")
    if mark := MARKUP.search(text):
        raise ValueError(f"{mark[0]} is an instruction for figures, documents or captions; write letters such as α")
    if drawn and not LATIN.fullmatch(text):
        for letter in text:
            if letter not in _font():
                raise ValueError(f"the font of figures has no {letter}")


def _font() -> frozenset[str]:
    """Return the letters of the font of figures; few studies have labels that need to know."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf").get_charmap()))
