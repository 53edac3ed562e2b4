"""Names of batches of seeds."""

import pytest

from superposition.errors import StudyError
from workflow import seeds


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1-10", list(range(1, 11))),
        ("7", [7]),
        ("1,3,7", [1, 3, 7]),
        ("0-2,9", [0, 1, 2, 9]),
        (" 1 , 2 ", [1, 2]),
        ("5-5", [5]),
    ],
)
def test_a_text_names_ranges_and_single_seeds(text, values):
    assert seeds.parse(text) == values


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "1..3", "1,,2", "1-2-3", "1.5"])
def test_a_text_that_names_no_seeds_is_refused_with_the_text_in_the_message(text):
    with pytest.raises(StudyError, match="seeds such as 1-10") as error:
        seeds.parse(text)
    assert repr(text) in str(error.value)


def test_a_range_whose_first_seed_exceeds_the_last_is_refused_with_the_range_that_is_meant():
    with pytest.raises(StudyError, match=r"'1,5-2'[\s\S]*the first must not exceed the last: 2-5"):
        seeds.parse("1,5-2")


def test_seeds_of_all_ranges_together_are_at_most_as_many_as_tables_hold():
    assert len(seeds.parse("0-49999,50000-99999")) == seeds.MOST == 100_000
    with pytest.raises(StudyError, match=r"at most 100,000 seeds[\s\S]*100,001 seeds"):
        seeds.parse("0-49999,50000-99999,100000")


@pytest.mark.parametrize(("values", "name"), [([1, 2, 3], "1-3"), ([4], "4"), ([1, 3, 7], "1,3,7"), ([0, 1], "0-1")])
def test_a_batch_is_named_by_its_ends_if_contiguous_and_by_its_members_otherwise(values, name):
    assert seeds.name(values) == name
    assert seeds.parse(name) == values


def test_batches_hold_every_seed_once_and_at_most_so_many():
    values = [1, 2, 3, 4, 5, 9, 11]
    assert seeds.batches(values, seeds_per_job=3) == ["1-3", "4,5,9", "11"]
    assert seeds.batches(values, seeds_per_job=1) == ["1", "2", "3", "4", "5", "9", "11"]
    assert seeds.batches(values, seeds_per_job=100) == ["1,2,3,4,5,9,11"]
