"""Records written as JSON and read again."""

import json

import pytest

from superposition.errors import StudyError
from superposition.tables import arrays

RECORD = {"config": {"seeds": "1-10", "label": "ReLU²"}, "versions": {"python": "3.11"}}


def test_what_is_read_is_what_was_written_and_any_program_can_read_it(tmp_path):
    arrays.write_record(tmp_path / "p.json", RECORD, "provenance")
    assert arrays.read_record(tmp_path / "p.json", "provenance") == RECORD
    plain = json.loads((tmp_path / "p.json").read_text())
    assert plain.pop("identity")["kind"] == "provenance"
    assert plain == RECORD


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [("3.11", "3.12", "do not match their checksum"), ("crc32:", "md5:", "no checksum"), ("ReLU", "RELU", "checksum")],
)
def test_a_record_that_was_changed_is_refused(tmp_path, old, new, found):
    path = tmp_path / "p.json"
    arrays.write_record(path, RECORD, "provenance")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(StudyError, match=found):
        arrays.read_record(path, "provenance")


def test_a_record_of_another_kind_is_refused(tmp_path):
    arrays.write_record(tmp_path / "p.json", RECORD, "recipe")
    with pytest.raises(StudyError, match=r"(?s)expected: provenance.*found:    recipe"):
        arrays.read_record(tmp_path / "p.json", "provenance")
