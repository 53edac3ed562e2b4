"""The tutorial runs from top to bottom, and says nothing that its numbers do not."""

import json

import numpy as np
import pytest
from conftest import ROOT

from superposition.status import NOT_A_MINIMUM, OK

CELLS = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text())["cells"]


@pytest.mark.oracle
def test_the_tutorial_runs_and_its_estimates_are_what_it_says():
    names = {}
    for cell in CELLS:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    table = names["estimates"].table()
    assert table.status[0] == NOT_A_MINIMUM  # before training
    assert table.status.iloc[-1] == OK
    assert table.init_loss.is_monotonic_decreasing
    assert set(names["calibration"].table.status) == {OK}
    # The first layer has 6 of the 10 parameters, and its LLC at most half of them.
    assert 0 < names["layer"].table()["llc/mean"][0] < 3
    both = [names[name].estimate for name in ("batches", "estimates")]
    error = np.hypot(*(each.llc_std[-1] / len(each.per_chain[-1]) ** 0.5 for each in both))
    assert both[0].llc[-1] == pytest.approx(both[1].llc[-1], abs=4 * error)


def test_the_tutorial_is_stored_without_outputs_and_linked_from_readme():
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in CELLS)
    assert "](docs/tutorial.ipynb)" in (ROOT / "README.md").read_text()
