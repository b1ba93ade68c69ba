"""Members of a seal are of the type that they have to have, whoever wrote it."""

from collections.abc import Callable

import pytest

from mpl_export.sealing.members import number, numbers, text, unless_none


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, ""),
        (text, "a"),
        (number, 0),
        (number, 7),
        (numbers, {}),
        (numbers, {"FAILED": 2, "COMPLETED": 0}),
    ],
)
def test_what_is_of_the_type_is_taken_as_it_is(
    read: Callable[[object], object], value: object
) -> None:
    """Nothing is converted: a seal says what was signed."""
    assert read(value) == value


@pytest.mark.parametrize(
    ("read", "value", "problem"),
    [
        (text, None, "not a text"),
        (text, 7, "not a text"),
        (text, b"a", "not a text"),
        (text, ["a"], "not a text"),
        (number, None, "not a whole number"),
        (number, "7", "not a whole number"),
        (number, 7.0, "not a whole number"),
        (number, True, "not a whole number"),
        (numbers, None, "not numbers by name"),
        (numbers, [], "not numbers by name"),
        (numbers, {7: 7}, "not a text"),
        (numbers, {"a": "7"}, "not a whole number"),
        (numbers, {"a": True}, "not a whole number"),
    ],
)
def test_what_is_of_another_type_is_refused(
    read: Callable[[object], object], value: object, problem: str
) -> None:
    """JSON has true where a number should be, and Python would count with it."""
    with pytest.raises(TypeError, match=f"^{problem}$"):
        read(value)


@pytest.mark.parametrize("value", [-1, {"a": -1}])
def test_fewer_than_none_are_refused(value: object) -> None:
    """Sums of such numbers would hide what is missing."""
    with pytest.raises(ValueError, match=r"^too small a number$"):
        (numbers if isinstance(value, dict) else number)(value)


def test_a_number_may_have_to_be_larger() -> None:
    """Seals are numbered from 1."""
    assert number(1, least=1) == 1
    with pytest.raises(ValueError, match="too small"):
        number(0, least=1)


def test_a_member_may_be_null_where_that_means_something() -> None:
    """And is of its type otherwise."""
    assert unless_none(text, None) is None
    assert unless_none(text, "") == ""
    with pytest.raises(TypeError):
        unless_none(text, 7)
