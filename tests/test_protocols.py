"""Which protocols figures and documents compare."""

import pytest

from superposition.protocols import compared_protocols


@pytest.mark.parametrize(
    ("names", "compared"),
    [
        (["post", "zero_bias", "controlled"], ("post", "controlled")),
        (["mine", "controlled", "post", "last"], ("post", "controlled")),
        (["controlled", "mine", "last"], ("controlled", "last")),
        (["mine", "post"], ("mine", "post")),
        (["mine"], ("mine", "mine")),
    ],
)
def test_the_two_protocols_with_a_role_are_compared_or_else_the_first_and_last(names, compared):
    assert compared_protocols({name: {} for name in names}) == compared
