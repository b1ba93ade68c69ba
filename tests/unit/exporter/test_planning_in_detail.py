"""Where exactly a long span is cut, and what is counted for it."""

from datetime import timedelta

import pytest

from mpl_export.exporter.planning import SLICE_ROWS, slices
from mpl_export.model import Span
from tests.support.turning_clock import NOON
from tests.unit.samples import HOUR


def span(hours: int) -> Span:
    """Some hours from noon on."""
    return Span(since=NOON, until=NOON + hours * HOUR)


def lengths(pieces: list[Span]) -> list[timedelta]:
    """How long they are."""
    return [piece.length for piece in pieces]


def test_a_dense_span_is_halved_until_it_is_short() -> None:
    """Halves need the fewest counts, and pieces of one length keep all threads busy."""
    asked: list[Span] = []

    def count(piece: Span) -> int:
        asked.append(piece)
        return 10 * SLICE_ROWS

    assert lengths(list(slices(span(8), count))) == [2 * HOUR] * 4
    assert lengths(asked) == [8 * HOUR, 4 * HOUR, 4 * HOUR]


@pytest.mark.parametrize(("rows", "pieces"), [(SLICE_ROWS, 1), (SLICE_ROWS + 1, 2)])
def test_a_slice_may_be_just_full(rows: int, pieces: int) -> None:
    """The bound is what a thread is given, not what it is spared."""
    assert len(list(slices(span(4), lambda _: rows))) == pieces
