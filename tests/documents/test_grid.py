"""Tables of Word documents, as elements."""

from docx.oxml.ns import qn

from superposition.documents.word.grid import Grid, Head, build


def kept(row) -> list[bool]:
    """Return for each paragraph of a row whether it stays on the page of what follows it."""
    return [text.find(qn("w:keepNext")) is not None for text in row.iter(qn("w:pPr"))]


def test_the_last_row_of_a_table_stays_on_the_page_of_the_note_below_it():
    columns = [Head(heading=heading, width=1) for heading in "ab"]
    table, _ = build(Grid(columns=columns, rows=[["1", "2"], "a name", ["3", "4"]]), width_cm=10)
    _, first, _, last = table.iter(qn("w:tr"))
    assert kept(last) == [True, True]
    assert kept(first) == [False, False]  # a long table may part
    order = [child.tag for child in next(last.iter(qn("w:pPr")))]
    assert order[:2] == [qn("w:pStyle"), qn("w:keepNext")]  # as the schema has them; Word refuses others
