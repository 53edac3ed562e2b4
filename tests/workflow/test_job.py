"""How a script begins, what it leaves in its log, and where its error is seen if the log takes none."""

import subprocess
import sys
from pathlib import Path

from conftest import ROOT

LOGGED = "from superposition.errors import StudyError; from workflow.job import begin; begin({path!r}); "
MISTAKE = "raise StudyError(expected='a', found='b', where='c', hint='d')"
MESSAGE = "\n  expected: a\n  found:    b\n  where:    c\n  hint:     d\n"


def run(path: Path | str, code: str) -> str:
    """Run a script that logs to a path, and return what it says elsewhere."""
    script = LOGGED.format(path=str(path)) + code
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    return result.stdout + result.stderr


def test_a_mistake_of_the_user_is_four_lines_in_the_log(tmp_path):
    assert run(tmp_path / "log", MISTAKE) == ""
    assert (tmp_path / "log").read_text() == MESSAGE


def test_any_other_error_is_in_the_log_with_its_traceback_after_what_was_printed(tmp_path):
    assert run(tmp_path / "log", "print('first'); 1 / 0") == ""
    first, *_, last = (tmp_path / "log").read_text().splitlines()
    assert (first, last) == ("first", "ZeroDivisionError: division by zero")


def test_an_error_that_a_full_disk_keeps_out_of_the_log_is_shown_instead():
    assert MESSAGE in run("/dev/full", MISTAKE)


def test_a_log_that_cannot_be_written_is_named(tmp_path):
    said = run(tmp_path / "nowhere" / "log", "")
    assert f"where:    {tmp_path}/nowhere/log" in said
    assert "Traceback" not in said


def test_garbage_is_collected_once_all_is_imported_and_what_was_imported_is_left_alone(tmp_path):
    code = "import gc; from workflow.job import begin; before = gc.isenabled(); begin({path!r}); "
    code += "print(before, gc.isenabled(), gc.get_freeze_count() > 1000)"
    subprocess.run([sys.executable, "-c", code.format(path=str(tmp_path / "log"))], cwd=ROOT, check=True)
    assert (tmp_path / "log").read_text().split() == ["False", "True", "True"]
