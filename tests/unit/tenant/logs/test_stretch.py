"""How much of a span is asked for at once."""

import pytest

from mpl_export.instants import MILLISECOND
from mpl_export.model import Span
from mpl_export.tenant.logs.stretch import Stretch
from tests.support.manual_clock import NOON

SPAN = Span(since=NOON, until=NOON + 64 * MILLISECOND)


def piece(since: int, until: int) -> Span:
    """A piece of the span, in milliseconds from noon."""
    return Span(since=NOON + since * MILLISECOND, until=NOON + until * MILLISECOND)


@pytest.fixture
def stretch() -> Stretch:
    """Of the span, before anything was asked."""
    return Stretch(SPAN)


def test_all_that_is_left_is_asked_for_while_all_is_well(stretch: Stretch) -> None:
    """A span without logs costs one question, however long it is."""
    assert stretch.at(NOON) == SPAN
    assert stretch.at(NOON + 60 * MILLISECOND) == piece(60, 64)
    assert not stretch.is_narrowed


def test_no_more_than_allowed_is_asked_for(stretch: Stretch) -> None:
    """A place that is walked is a millisecond or two, and the end of the span stays the end."""
    assert stretch.at(NOON, at_most=2 * MILLISECOND) == piece(0, 2)
    assert stretch.at(NOON + 63 * MILLISECOND, at_most=2 * MILLISECOND) == piece(63, 64)


def test_after_a_failure_an_eighth_is_asked_for(stretch: Stretch) -> None:
    """By halves, the place that fails would be found after three times as many timeouts."""
    stretch.narrow(SPAN)

    assert stretch.at(NOON) == piece(0, 8)
    assert stretch.is_narrowed


@pytest.mark.parametrize("asked", [piece(0, 1), piece(0, 7), piece(0, 15)])
def test_whole_milliseconds_are_asked_for_and_one_at_least(stretch: Stretch, asked: Span) -> None:
    """The tenant compares milliseconds: a shorter stretch would be empty, or read twice."""
    stretch.narrow(asked)

    assert stretch.at(NOON) == piece(0, 1)


def test_until_the_stretch_that_failed_is_behind_no_more_is_asked_for(stretch: Stretch) -> None:
    """The same place would time out again and again."""
    stretch.narrow(piece(0, 16))

    stretch.widen(NOON + 15 * MILLISECOND)
    assert stretch.at(NOON) == piece(0, 2)
    stretch.widen(NOON + 16 * MILLISECOND)
    assert stretch.at(NOON) == piece(0, 4)


def test_it_grows_twofold_until_all_is_asked_for(stretch: Stretch) -> None:
    """Then the questions get the usual patience again."""
    stretch.narrow(piece(0, 32))
    widths = []
    while stretch.is_narrowed:
        widths.append(stretch.at(NOON).length // MILLISECOND)
        stretch.widen(SPAN.until)

    assert widths == [4, 8, 16, 32]
    assert stretch.at(NOON) == SPAN
