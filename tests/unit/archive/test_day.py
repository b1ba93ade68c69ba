"""One listing of a day: which parts its windows have, and what lies among them."""

from datetime import timedelta

import pytest

from mpl_export.archive.day import DayOfParts
from mpl_export.archive.layout import part_key
from mpl_export.model import UNDATED, WINDOW
from tests.support.manual_clock import NOON

FOLDER = "mpl/v1/tenant=demo/dt=2026-11-22/"


def key(number: int, hours: int = 0) -> str:
    """The key of a part."""
    return part_key("demo", NOON + hours * WINDOW, number)


def test_parts_are_found_by_their_window_in_rising_order() -> None:
    """A listing sorts five digits before four; what is read next depends on the number."""
    day = DayOfParts([key(10_000), key(2), key(9_999), key(0, hours=1)])

    assert day.numbers(NOON) == [2, 9_999, 10_000]
    assert day.numbers(NOON + WINDOW) == [0]
    assert day.numbers(NOON + 2 * WINDOW) == []


def test_to_ask_for_a_window_does_not_make_it_up() -> None:
    """A window without parts stays one, however often it is asked for."""
    day = DayOfParts([])

    assert day.numbers(NOON) == day.numbers(NOON) == []
    assert day.strange("demo", NOON) is None


def test_a_part_that_was_written_since_is_known() -> None:
    """Else a window that is read again would meet it by a put that fails."""
    day = DayOfParts([key(1)])

    day.add(NOON, 0)
    day.add(NOON + WINDOW, 0)

    assert day.numbers(NOON) == [0, 1]
    assert day.numbers(NOON + WINDOW) == [0]


@pytest.mark.parametrize(
    "name", ["12Z-copy.jsonl.gz", "12Z-0000.jsonl.gz.bak", "12Z-", "12Z-0000.jsonl"]
)
def test_what_looks_like_a_part_and_is_none_is_strange(name: str) -> None:
    """It may hold versions: of its own window it is told, and no other window waits for it."""
    day = DayOfParts([key(0), FOLDER + name])

    assert day.strange("demo", NOON) == FOLDER + name
    assert day.strange("demo", NOON + timedelta(hours=1)) is None
    assert day.numbers(NOON) == [0]


@pytest.mark.parametrize("name", ["", "_SUCCESS", "notes.txt", "13Z-odd"])
def test_what_only_lies_in_the_same_folder_is_not(name: str) -> None:
    """The console makes an object for each folder; other tools leave their marks."""
    assert DayOfParts([FOLDER + name]).strange("demo", NOON) is None


def test_the_folder_of_undated_rows_is_a_window_itself() -> None:
    """Its own marker is no part, and anything else in it is strange."""
    folder = "mpl/v1/tenant=demo/dt=undated/"
    day = DayOfParts([folder, part_key("demo", UNDATED, 3)])

    assert day.numbers(UNDATED) == [3]
    assert day.strange("demo", UNDATED) is None
    assert DayOfParts([folder, folder + "x"]).strange("demo", UNDATED) == folder + "x"
