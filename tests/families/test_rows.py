"""Families of activations: their limits, derivatives, and the contract of an activation at every value."""

import re

import numpy as np
import pytest
import torch
import yaml
from conftest import ROOT

from superposition.activations import BY_NAME
from superposition.families import contract
from superposition.families.rows import FAMILIES, FAMILY_BY_NAME, Family

EVERY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
VALUES = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["families"]["values"]


def test_names_are_unique_and_every_family_has_values():
    assert len(FAMILY_BY_NAME) == len(FAMILIES) == 16
    assert set(VALUES) == set(FAMILY_BY_NAME)
    assert {len(values) for values in VALUES.values()} == {16}


@EVERY
def test_a_family_equals_the_registered_functions_at_its_limits(family):
    x = torch.linspace(-8, 8, 8 * 501, dtype=torch.float64).view(1, 501, 8)
    for name, (value, distance) in family.limits.items():
        outputs = family.activation([value]).function(x)
        largest = float((outputs - BY_NAME[name].function(x)).abs().max())
        assert largest <= distance + 1e-14, name  # some roundings of values up to 8, 64 for squares
        assert largest >= distance / 2, name  # no larger than need be


@EVERY
def test_a_family_keeps_the_contract_of_an_activation_at_every_value(family):
    contract.check_each({f"{value}": family.activation([value]).function for value in VALUES[family.name]})


@EVERY
def test_the_parameter_changes_along_the_replicas_in_cycles(family):
    values = VALUES[family.name][:3]
    x = torch.linspace(-2, 2, 14 * 5 * 8).view(5, 8, 14).permute(2, 0, 1)
    outputs = family.activation(values, each=2).function(x)
    for replica, value in enumerate(np.resize(np.repeat(values, 2), 14)):
        torch.testing.assert_close(outputs[[replica]], family.activation([value]).function(x[[replica]]))


def test_the_held_gelu_has_one_minimum_for_every_value():
    x = torch.linspace(-8, 8, 100_001, dtype=torch.float64)[None, :, None]
    for value in (0.0, 0.3, 1.0):
        values = FAMILY_BY_NAME["gelu_elu_mix"].activation([value]).function(x)
        assert float(values.min()) == pytest.approx(-0.16997120747990369, abs=1e-9)
        assert float(values[0, 0, 0]) == pytest.approx(-0.16997120747990369 * value, abs=1e-12)


def test_the_row_that_the_page_shows_is_one():
    page = (ROOT / "docs" / "families.md").read_text()
    family = eval(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], {"Family": Family, "torch": torch})
    contract.check(family.activation([2.0]).function, where="the page")
    x = torch.linspace(-2, 2, 40).view(1, 5, 8)
    torch.testing.assert_close(family.activation([2.0]).function(x), torch.sin(2 * x))


def test_the_page_names_every_family():
    page = (ROOT / "docs" / "families.md").read_text()
    assert all(f"`{family.name}`" in page for family in FAMILIES)
