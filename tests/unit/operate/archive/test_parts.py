"""Which parts hold a span, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.archive.layout import part_key
from mpl_export.model import UNDATED, Span, window_of
from operate.archive.folder import Folder
from operate.archive.parts import Listed, Part, days_between, dollars, list_parts, megabytes
from operate.archive.places import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Windows:
    """A place with a part for each of some windows, which notes what it is asked for."""

    name, remote = "s3://acme", True

    def __init__(self, windows: set[datetime]) -> None:
        self.keys = [part_key("acme", window, 0) for window in sorted(windows)]
        self.asked: list[str] = []

    def objects(self, prefix: str) -> Iterator[Stored]:
        """What lies below a prefix."""
        self.asked.append(prefix)
        yield from (Stored(key, 1000) for key in self.keys if key.startswith(prefix))

    def folders(self, prefix: str) -> list[str]:
        """The days."""
        return sorted({key.removeprefix(prefix).partition("/")[0] for key in self.keys})

    read = local = None


@given(
    ends=st.lists(st.integers(0, 96 * 60), max_size=30),
    since=st.integers(0, 96 * 60),
    length=st.integers(1, 96 * 60),
)
def test_every_log_of_a_span_lies_in_a_listed_part(
    ends: list[int], since: int, length: int
) -> None:
    """And no part is listed that can hold none: each costs a request."""
    instants = [START + timedelta(minutes=each) for each in ends]
    span = Span(
        since=START + timedelta(minutes=since), until=START + timedelta(minutes=since + length)
    )
    place = Windows({window_of(each) for each in instants})

    listed = list_parts(place, "acme", span)  # type: ignore[arg-type]

    windows = {part.window for part in listed.parts}
    assert all(window_of(each) in windows for each in instants if span.since <= each < span.until)
    assert all(each < span.until and each + HOUR > span.since for each in windows)


def test_only_days_that_are_there_are_asked_for() -> None:
    """Ten years without a log are one request."""
    place = Windows({START, START + 3 * 24 * HOUR})

    listed = list_parts(place, "acme", Span(since=START, until=START + timedelta(days=3650)))  # type: ignore[arg-type]

    assert len(place.asked) == 2
    assert listed.requests == 3
    assert listed.days == ["2026-11-20", "2026-11-23"]


def test_rows_that_tell_no_time_belong_to_every_span(tmp_path: Path) -> None:
    """They may be about any; other objects of the folder are nobody's business."""
    for key in (part_key("acme", UNDATED, 0), "mpl/v1/tenant=acme/dt=2026-11-20/notes.txt"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"x")

    listed = list_parts(Folder(tmp_path), "acme", Span(since=START, until=START + HOUR))

    assert [part.window for part in listed.parts] == [UNDATED]
    assert str(listed) == "1 part, 0.0 kB, on this machine"


@pytest.mark.parametrize(
    ("parts", "size", "remote", "cost"),
    [(1_000_000, 0, True, 0.40), (1, 10**12, True, 90.0), (5, 10**12, False, 0)],
)
def test_the_price_is_that_of_requests_and_transfer(
    *, parts: int, size: int, remote: bool, cost: float
) -> None:
    """By the list: $0.0004 for a thousand reads, $0.09 for a GB out of AWS."""
    each = Part("key", size // parts, START)

    listed = Listed(parts=[each] * parts, days=[], requests=0, remote=remote)

    assert listed.dollars == pytest.approx(cost, rel=0.01)


def test_sizes_and_prices_are_told_as_people_say_them() -> None:
    """What is next to nothing is not told as zero."""
    assert (megabytes(1_234_567), megabytes(12_340_000_000)) == ("1.2 MB", "12.34 GB")
    assert megabytes(1_234) == "1.2 kB"
    assert (dollars(0.001), dollars(1_234.5)) == ("less than $0.01", "$1,234.50")


def test_days_of_a_stretch_are_those_that_it_meets() -> None:
    """Half open: what ends at midnight does not meet the next day."""
    assert list(days_between(START + 5 * HOUR, START + 48 * HOUR)) == ["2026-11-20", "2026-11-21"]
