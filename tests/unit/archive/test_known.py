"""What a warm container knows of the archive, and when it forgets."""

from datetime import timedelta

import pytest

from mpl_export.archive.held import HeldVersions
from mpl_export.archive.known import KNOWN_FOR, ForeignObjectError, KnownWindows
from mpl_export.archive.layout import part_key
from mpl_export.model import WINDOW
from tests.support.exporter.fakes import ListedObjects
from tests.support.manual_clock import NOON, ManualClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Bench:
    """A bucket, a clock, and what is known."""

    def __init__(self) -> None:
        self.objects = ListedObjects()
        self.clock = ManualClock()
        self.known = KnownWindows(self.objects, "demo", self.clock)

    def put(self, number: int, window: int = 0) -> None:
        """Write a part as somebody else would."""
        self.objects.held[part_key("demo", NOON + window * WINDOW, number)] = b""


@pytest.fixture
def bench() -> Bench:
    """Before anything is known."""
    return Bench()


def versions(count: int) -> HeldVersions:
    """So many versions of one part."""
    held = HeldVersions()
    held.part_read(0, (bytes([1]) * 8 + number.to_bytes(8) for number in range(count)))
    return held


class TestVersions:
    """What windows hold."""

    def test_what_was_kept_is_known(self, bench: Bench) -> None:
        """And nothing of any other window."""
        held = versions(1)

        bench.known.keep(NOON, held)

        assert bench.known.held(NOON) is held
        assert bench.known.held(NOON + WINDOW) is None

    def test_it_is_known_for_six_hours(self, bench: Bench) -> None:
        """Parts may expire: what is known of them must not outlive them for long."""
        bench.known.keep(NOON, versions(1))

        bench.clock.turn(KNOWN_FOR - SECOND)
        assert bench.known.held(NOON) is not None
        bench.clock.turn(SECOND)
        assert bench.known.held(NOON) is None

    def test_to_keep_it_again_does_not_make_it_younger(self, bench: Bench) -> None:
        """A window that every run writes to would be known for ever."""
        bench.known.keep(NOON, versions(1))
        bench.clock.turn(KNOWN_FOR - SECOND)
        more = versions(2)

        bench.known.keep(NOON, more)

        assert bench.known.held(NOON) is more
        bench.clock.turn(SECOND)
        assert bench.known.held(NOON) is None

    def test_what_was_forgotten_is_young_when_it_is_read_again(self, bench: Bench) -> None:
        """Its parts were read just now."""
        bench.known.keep(NOON, versions(1))
        bench.clock.turn(KNOWN_FOR)
        assert bench.known.held(NOON) is None

        bench.known.keep(NOON, versions(1))
        bench.clock.turn(KNOWN_FOR - SECOND)

        assert bench.known.held(NOON) is not None

    def test_the_window_that_was_kept_longest_ago_makes_room(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Memory stays within its bound, by versions and by windows."""
        monkeypatch.setattr("mpl_export.archive.known._CACHED_VERSIONS", 10)
        monkeypatch.setattr("mpl_export.archive.known._WINDOW_WEIGHT", 2)
        first, second, third = (NOON + n * WINDOW for n in range(3))
        bench.known.keep(first, versions(3))
        bench.known.keep(second, versions(3))
        assert bench.known.held(first) is not None  # 2 * (3 + 2): just within

        bench.known.keep(first, versions(3))  # used again: second is the oldest now
        bench.known.keep(third, versions(1))

        assert bench.known.held(second) is None
        assert bench.known.held(first) is not None
        assert bench.known.held(third) is not None

    def test_the_one_in_use_stays_whatever_its_size(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To forget it would read it again for every part."""
        monkeypatch.setattr("mpl_export.archive.known._CACHED_VERSIONS", 10)
        bench.known.keep(NOON + WINDOW, versions(1))

        bench.known.keep(NOON, versions(50))

        assert bench.known.held(NOON) is not None
        assert bench.known.held(NOON + WINDOW) is None


class TestListings:
    """Which parts there are."""

    def test_the_windows_of_a_day_share_a_listing(self, bench: Bench) -> None:
        """A call for each would be most of what a month's export waits for."""
        bench.put(1)
        bench.put(0)
        bench.put(0, window=2)

        assert [list(bench.known.parts(NOON + n * WINDOW)) for n in range(3)] == [[0, 1], [], [0]]
        assert bench.objects.listed == ["mpl/v1/tenant=demo/dt=2026-11-22/"]

    def test_it_is_listed_anew_after_a_quarter_of_an_hour(self, bench: Bench) -> None:
        """An older one is right too, but each part since would cost a put that fails."""
        bench.known.parts(NOON)
        bench.put(0)

        bench.clock.turn(15 * MINUTE - SECOND)
        assert list(bench.known.parts(NOON)) == []
        bench.clock.turn(SECOND)
        assert list(bench.known.parts(NOON)) == [0]
        assert len(bench.objects.listed) == 2

    def test_a_part_that_was_written_since_is_among_them(self, bench: Bench) -> None:
        """As long as its day is listed: a listing to come shows it anyway."""
        bench.known.part_seen(NOON, 3)
        assert list(bench.known.parts(NOON)) == []

        bench.known.part_seen(NOON, 0)

        assert list(bench.known.parts(NOON)) == [0]

    def test_the_day_that_was_used_longest_ago_makes_room(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A backfill goes through months; days in use stay."""
        monkeypatch.setattr("mpl_export.archive.known._MOST_DAYS", 2)
        for day in (0, 1, 0, 2, 0, 1):
            bench.known.parts(NOON + day * DAY)

        assert [each[-3:-1] for each in bench.objects.listed] == ["22", "23", "24", "23"]

    def test_something_strange_among_the_parts_is_told(self, bench: Bench) -> None:
        """It may hold versions: to overlook it could store them twice."""
        strange = "mpl/v1/tenant=demo/dt=2026-11-22/12Z-copy.jsonl.gz"
        bench.objects.held[strange] = b""

        with pytest.raises(ForeignObjectError, match=f"{strange}.*move it elsewhere"):
            bench.known.parts(NOON)
        assert list(bench.known.parts(NOON + WINDOW)) == []
