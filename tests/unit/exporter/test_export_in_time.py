"""When what was read is stored: as soon as its window is complete, and never too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpl_export.archive.archive import Archive, Stored
from mpl_export.errors import OutOfTimeError
from mpl_export.exporter.export import export
from tests.support.exporter.fakes import MemoryObjects
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.exporter.test_export import END, times
from tests.unit.samples import HOUR, MINUTE, SECOND, log, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from mpl_export.model import Log, Page


class Bench:
    """An export into an archive in memory.

    Attributes:
        events: What it did: a page read, the name of a part stored, the time of day reached.
        texts_asked: How often error texts were asked for.
    """

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.events: list[str] = []
        self.texts_asked = 0

    def run(self, pages: Iterator[Page], limit: timedelta = HOUR) -> None:
        """Export these pages."""
        archive = Archive(MemoryObjects(), "demo")
        steps = export(
            pages, archive, self._texts, times(self.clock, limit), until=END, untold=self.untold
        )
        for step in steps:
            if step.page is not None:
                self.events.append("page")
            if step.stored is not None:
                self.events.append(step.stored.key.rpartition("/")[2].partition(".")[0])
            if step.reached is not None:
                self.events.append(f"{step.reached:%H:%M}")

    def untold(self, part: Stored) -> None:
        """With one writer, nothing is stored behind anybody's back."""
        raise AssertionError(part.key)

    def _texts(self, _logs: Sequence[Log]) -> dict[bytes, str]:
        self.texts_asked += 1
        return {}


def test_a_window_is_stored_by_the_page_that_completes_it() -> None:
    """Not at the end: memory holds what is incomplete, and a killed run keeps what is done."""
    bench = Bench()

    bench.run(
        iter(
            [
                page(NOON + 59 * MINUTE, log(1, NOON + 3 * MINUTE)),
                page(NOON + HOUR),
                page(NOON + 2 * HOUR, log(2, NOON + 61 * MINUTE)),
            ]
        )
    )

    assert bench.events == [
        *("page", "12:02"),
        *("page", "12Z-0000", "13:00"),
        *("page", "13Z-0000", "14:00"),
    ]


def test_logs_wait_for_a_minute_and_no_longer() -> None:
    """A slow tenant must not hold back what it has shown, nor a kill undo it."""
    bench = Bench()

    def pages() -> Iterator[Page]:
        yield page(NOON + MINUTE, log(1, NOON))
        bench.clock.turn(59 * SECOND)
        yield page(NOON + 2 * MINUTE)
        bench.clock.turn(SECOND)
        yield page(NOON + 3 * MINUTE)
        yield page(NOON + 4 * MINUTE)

    bench.run(pages())

    assert [event for event in bench.events if event in {"page", "12Z-0000"}] == [
        *("page", "page", "page", "12Z-0000", "page")
    ]
    assert bench.events[-1] == "12:04"


def test_what_was_read_when_the_time_ran_out_is_stored_first() -> None:
    """With its error texts, although its window is not complete."""
    bench = Bench()

    def pages() -> Iterator[Page]:
        yield page(NOON + MINUTE, log(1, NOON))
        bench.clock.turn(50 * SECOND)
        yield page(NOON + 2 * MINUTE, log(2, NOON + MINUTE))
        raise AssertionError("nothing is read after the deadline")

    with pytest.raises(OutOfTimeError):
        bench.run(pages(), 50 * SECOND)

    assert bench.events[-2:] == ["12Z-0000", "12:02"]
    assert bench.texts_asked == 1
