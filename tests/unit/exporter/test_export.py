"""The verb: read, store, and only then say how far it got."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from copy import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpl_export.archive.archive import PART_LOGS, Archive, Stored
from mpl_export.archive.records import versions_in
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import AwsUnavailableError, OutOfTimeError, TenantUnavailableError
from mpl_export.exporter.export import Step, Times, export
from mpl_export.model import WINDOW, Log, Page, Walked
from tests.support.exporter.fakes import MemoryObjects
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, MINUTE, SECOND, log, page

MILLISECOND = timedelta(milliseconds=1)

END = NOON + 9 * HOUR
"""No page of these tests gets there, unless it says so."""


class Bench:
    """An archive in memory, and time.

    Attributes:
        steps: What the export has done so far.
        untold: What it stored while nobody took its steps any more.
    """

    def __init__(self) -> None:
        self.objects = MemoryObjects()
        self.clock = ManualClock()
        self.steps: list[Step] = []
        self.untold: list[Stored] = []

    def export(self, pages: Iterator[Page], limit: timedelta = HOUR, *, writers: int = 1) -> None:
        """Export these pages, and check after each step that it claims what is true."""
        read: list[Log] = []
        archive = Archive(self.objects, "demo")
        for step in export(
            pages,
            archive,
            no_texts,
            times(self.clock, limit),
            until=END,
            untold=self.untold.append,
            writers=writers,
        ):
            self.steps.append(step)
            if step.page is not None:
                read += step.page.logs
            if step.reached is not None:
                self._check(step.reached, read)

    def _check(self, reached: datetime, read: list[Log]) -> None:
        held = self.held()
        for one in read:
            shown = one.log_end
            # The tenant may have rounded up: the truth may lie half a millisecond before.
            if shown is not None and shown - MILLISECOND < reached:
                assert one.version in held, f"{reached} was reached without {shown}"

    def held(self) -> set[bytes]:
        """The versions in the archive."""
        return {
            version for body in list(self.objects.held.values()) for version in versions_in(body)
        }

    @property
    def reached(self) -> list[datetime]:
        """What was said to be reached, in order."""
        return [step.reached for step in self.steps if step.reached is not None]

    @property
    def stored(self) -> list[str]:
        """The names of the parts that were acknowledged, in order."""
        return [name_of(step.stored) for step in self.steps if step.stored is not None]


def name_of(part: Stored) -> str:
    """The last piece of a part's key, without its suffix."""
    return part.key.rpartition("/")[2].removesuffix(".jsonl.gz")


def times(clock: Clock, limit: timedelta = HOUR) -> Times:
    """So long to read, and a fifth longer to store."""
    return Times(reading=Deadline.after(clock, limit), storing=Deadline.after(clock, limit * 1.2))


def no_texts(_logs: Sequence[Log]) -> dict[bytes, str]:
    """No log has an error text."""
    return {}


@pytest.fixture
def bench() -> Bench:
    """An empty archive."""
    return Bench()


def test_a_window_is_stored_once_it_is_complete(bench: Bench) -> None:
    """A part for each page would make many small objects."""
    bench.export(
        iter(
            [
                page(NOON + 5 * MINUTE, log(1, NOON), log(2, NOON + 4 * MINUTE)),
                page(NOON + 61 * MINUTE, log(3, NOON + HOUR)),
                page(NOON + 2 * HOUR),
            ]
        )
    )

    assert bench.stored == ["12Z-0000", "13Z-0000"]
    assert bench.reached[-1] == NOON + 2 * HOUR


def test_nothing_read_is_reached_too(bench: Bench) -> None:
    """An hour without logs moves the position like any other."""
    bench.export(iter([page(NOON + HOUR)]))

    assert bench.reached == [NOON + HOUR]
    assert bench.stored == []


def test_a_row_that_waits_holds_back_what_is_reached(bench: Bench) -> None:
    """Its window is not complete, so it is not stored; a run killed now would forget it."""
    pages = [page(NOON + 5 * MINUTE, log(1, NOON + MINUTE))]
    steps = export(
        iter(pages),
        Archive(bench.objects, "demo"),
        no_texts,
        times(bench.clock),
        until=END,
        untold=bench.untold.append,
    )

    first = [next(steps), next(steps)]

    assert [step.reached for step in first] == [None, NOON + MINUTE - MILLISECOND]
    assert bench.objects.held == {}


def test_a_row_that_was_rounded_up_holds_back_a_millisecond_more(bench: Bench) -> None:
    """It shows 12:15:00.000 and ended half a millisecond before: it is asked for there again."""
    border = NOON + WINDOW
    pages = [page(border, log(1, border)), page(border + MINUTE)]
    steps = export(
        iter(pages),
        Archive(bench.objects, "demo"),
        no_texts,
        times(bench.clock),
        until=END,
        untold=bench.untold.append,
    )

    next(steps)

    assert next(steps).reached == border - MILLISECOND


def test_what_is_reached_never_falls(bench: Bench) -> None:
    """A row of the overlap that shows up late must not pull the position back."""
    bench.export(
        iter(
            [
                page(NOON + 30 * MINUTE),
                page(NOON + 31 * MINUTE, log(1, NOON + 10 * MINUTE)),
                page(NOON + HOUR),
            ]
        )
    )

    assert bench.reached == sorted(set(bench.reached))
    assert bench.held() == {log(1, NOON + 10 * MINUTE).version}


def test_rows_are_stored_after_a_minute_at_the_latest(bench: Bench) -> None:
    """A run that is killed after many slow pages of one window has got somewhere."""

    def pages() -> Iterator[Page]:
        for number in range(8):
            yield page(NOON + number * SECOND, log(number, NOON + number * SECOND))
            bench.clock.turn(25 * SECOND)

    bench.export(pages())

    assert bench.stored == ["12Z-0000", "12Z-0001"]


def test_rows_are_stored_when_they_fill_a_part(bench: Bench) -> None:
    """What waits is bounded by rows, whatever its window still brings."""
    logs = [replace(log(), version=number.to_bytes(8) * 2) for number in range(PART_LOGS)]
    half, other = logs[: PART_LOGS // 2], logs[PART_LOGS // 2 :]

    pages = iter([page(NOON + SECOND, *half), page(NOON + SECOND, *other), page(NOON + 2 * SECOND)])
    steps = export(
        pages,
        Archive(bench.objects, "demo"),
        no_texts,
        times(bench.clock),
        until=END,
        untold=bench.untold.append,
    )
    pages_seen = 0
    for step in steps:
        pages_seen += step.page is not None
        if step.stored is not None:
            break

    assert pages_seen == 2


def test_large_rows_are_stored_when_they_fill_a_part(bench: Bench) -> None:
    """What waits is bounded by bytes too."""
    large = [log(number, NOON, Sender="x" * (6 << 20)) for number in range(3)]
    pages = iter([page(NOON + SECOND, one) for one in large] + [page(NOON + 2 * SECOND)])
    steps = export(
        pages,
        Archive(bench.objects, "demo"),
        no_texts,
        times(bench.clock),
        until=END,
        untold=bench.untold.append,
    )
    pages_seen = 0
    for step in steps:
        pages_seen += step.page is not None
        if step.stored is not None:
            break

    assert pages_seen == 3


def test_a_row_without_an_end_waits_for_nothing(bench: Bench) -> None:
    """Where it stands in the order is not known, so nothing that is reached speaks of it."""
    undated = log(1, None)
    steps = export(
        iter([page(NOON + MINUTE, undated, log(2, NOON + HOUR)), page(NOON + 2 * HOUR)]),
        Archive(bench.objects, "demo"),
        no_texts,
        times(bench.clock),
        until=END,
        untold=bench.untold.append,
    )

    first = [next(steps), next(steps)]

    assert first[1].stored is not None
    assert list(first[1].stored.new) == [undated]


@pytest.mark.parametrize("error", [TenantUnavailableError("no answer"), OutOfTimeError()])
def test_a_failure_of_reading_stores_what_was_read_first(bench: Bench, error: Exception) -> None:
    """A tenant that fails again and again is still read to the end, a bit further each time."""

    def pages() -> Iterator[Page]:
        yield page(NOON + MINUTE, log(1, NOON))
        raise error

    with pytest.raises(type(error)):
        bench.export(pages())

    assert bench.held() == {log(1, NOON).version}
    assert bench.reached[-1] == NOON + MINUTE


def test_a_failure_of_storing_claims_nothing(bench: Bench) -> None:
    """The position moves only past what S3 has acknowledged."""

    def fail(_key: str) -> None:
        raise AwsUnavailableError("AWS could not write")

    bench.objects.before_put = fail
    pages = iter([page(NOON + MINUTE, log(1, NOON)), page(NOON + HOUR)])

    with pytest.raises(AwsUnavailableError):
        bench.export(pages)

    assert max(bench.reached) == NOON - MILLISECOND


def test_when_time_is_up_what_was_read_is_stored(bench: Bench) -> None:
    """The deadline of reading comes before Lambda's, so that there is time for this."""

    def pages() -> Iterator[Page]:
        yield page(NOON + MINUTE, log(1, NOON))
        bench.clock.turn(HOUR)
        yield page(NOON + 2 * MINUTE, log(2, NOON + MINUTE))
        pytest.fail("it reads on")

    with pytest.raises(OutOfTimeError):
        bench.export(pages())

    assert bench.held() == {log(1, NOON).version, log(2, NOON + MINUTE).version}
    assert bench.reached[-1] == NOON + 2 * MINUTE


row_ends = st.lists(
    st.one_of(st.none(), st.integers(0, 80 * 60 * 1000).map(lambda ms: NOON + ms * MILLISECOND)),
    max_size=6,
)
page_plans = st.lists(
    st.tuples(row_ends, st.integers(0, 20 * 60), st.integers(0, 40)), min_size=1, max_size=8
)


@given(page_plans)
def test_what_is_reached_is_always_stored(
    plans: list[tuple[list[datetime | None], int, int]],
) -> None:
    """Whatever the pages hold and however long they take; the bench checks at every step."""
    bench = Bench()
    expected: set[bytes] = set()

    def pages() -> Iterator[Page]:
        reached, number = NOON, 0
        for ends, seconds, wait in plans:
            logs = []
            for end in ends:
                number += 1
                logs.append(log(number, end))
            expected.update(one.version for one in logs)
            reached += seconds * SECOND
            bench.clock.turn(wait * SECOND)
            yield page(reached, *logs)

    bench.export(pages(), limit=30 * HOUR)

    assert bench.reached == sorted(set(bench.reached))
    assert bench.held() == expected


def test_how_far_a_tie_is_walked_is_told_once_its_rows_are_stored(bench: Bench) -> None:
    """Told before, and killed then, the next run would begin behind rows that nobody has."""
    tie = NOON + 5 * MINUTE
    walked = [Walked(tie, 500), Walked(tie, 1_000)]
    pages = [replace(page(tie, log(n, tie)), walked=one) for n, one in enumerate(walked)]

    def read() -> Iterator[Page]:
        yield from pages
        assert [step.walked for step in bench.steps if step.walked] == []
        bench.clock.turn(2 * MINUTE)
        yield replace(page(tie), walked=walked[1])
        yield page(NOON + HOUR)

    bench.export(read())

    assert [step.walked for step in bench.steps if step.walked] == [walked[1]]
    told = next(n for n, step in enumerate(bench.steps) if step.walked)
    assert any(step.stored for step in bench.steps[:told])


def test_a_walk_that_ends_with_the_runs_time_is_told(bench: Bench) -> None:
    """The next run goes on where this one had to stop."""
    tie = NOON + 5 * MINUTE

    def read() -> Iterator[Page]:
        yield replace(page(tie, log(1, tie)), walked=Walked(tie, 500))
        raise OutOfTimeError

    with pytest.raises(OutOfTimeError):
        bench.export(read())

    assert bench.steps[-1].walked == Walked(tie, 500)


class TestSeveralAtOnce:
    """Puts in flight, acknowledged in any order."""

    @given(
        st.lists(st.lists(st.integers(0, 5 * 60), max_size=5), min_size=1, max_size=5),
        st.integers(0, 1000),
        st.integers(1, 4),
    )
    @settings(deadline=None, max_examples=40)
    def test_what_is_reached_is_stored_whatever_is_acknowledged_first(
        self, plans: list[list[int]], seed: int, writers: int
    ) -> None:
        """The bench checks at every step that nothing is claimed that is not there."""
        bench = Bench()
        bench.objects = OutOfOrder(Random(seed))  # noqa: S311 - no secret
        expected: set[bytes] = set()

        def pages() -> Iterator[Page]:
            reached, number = NOON, 0
            for minutes in plans:
                logs = []
                for minute in minutes:
                    number += 1
                    logs.append(log(number, reached + minute * MINUTE))
                expected.update(one.version for one in logs)
                reached += 2 * HOUR
                yield page(reached, *logs)

        bench.export(pages(), writers=writers)

        assert bench.held() == expected
        assert bench.reached == sorted(set(bench.reached))

    @pytest.mark.parametrize("writers", [2, 3, 8])
    def test_a_put_that_fails_stops_what_is_reached_there(self, bench: Bench, writers: int) -> None:
        """Later windows may be stored before it is known; nothing is claimed beyond it."""
        others = threading.Semaphore(0)
        acknowledged = 0

        def fail(key: str) -> None:
            if "/14Z" in key:
                for _ in range(writers - 1):
                    others.acquire(timeout=0.5)
                raise AwsUnavailableError("AWS could not write")

        def after(key: str) -> None:
            nonlocal acknowledged
            if "/1" in key and key.rpartition("/")[2] > "14":
                acknowledged += 1
                others.release()

        bench.objects = Watched(fail, after)
        logs = [log(n, NOON + n * HOUR) for n in range(9)]
        with pytest.raises(AwsUnavailableError):
            bench.export(iter([page(NOON + 9 * HOUR, *logs)]), writers=writers)

        assert acknowledged >= 1
        assert max(bench.reached) == NOON + 2 * HOUR - MILLISECOND
        assert len(bench.stored) == len(bench.objects.held), "what was stored is told all the same"

    def test_what_is_stored_after_the_last_step_was_taken_is_told(self, bench: Bench) -> None:
        """The checkpoint may fail while puts are in flight: their failures want to be counted."""
        told, second = threading.Event(), threading.Event()

        def before(key: str) -> None:
            if "/13Z" in key:
                second.set()
                told.wait(5)
            else:
                second.wait(5)

        bench.objects = Watched(before, lambda _: None)
        steps = export(
            iter([page(NOON + 3 * HOUR, log(1, NOON), log(2, NOON + HOUR))]),
            Archive(bench.objects, "demo"),
            no_texts,
            times(bench.clock),
            until=END,
            untold=bench.untold.append,
            writers=2,
        )
        first = next(step.stored for step in steps if step.stored)
        told.set()
        steps.close()

        assert name_of(first) == "12Z-0000"
        assert [name_of(part) for part in bench.untold] == ["13Z-0000"]

    def test_never_two_parts_of_one_window_at_once(self, bench: Bench) -> None:
        """Each could hold what the other does not know of: stored twice."""
        lock = threading.Lock()
        flying: set[str] = set()

        def begin(key: str) -> None:
            with lock:
                window = key.rpartition("-")[0]
                assert window not in flying, f"two parts of {window} in flight"
                flying.add(window)
            threading.Event().wait(0.005)

        def end(key: str) -> None:
            with lock:
                flying.discard(key.rpartition("-")[0])

        bench.objects = Watched(begin, end)
        many = [replace(log(), version=n.to_bytes(8) * 2) for n in range(3 * PART_LOGS)]
        pages = [page(NOON, *many[at : at + 6_000]) for at in range(0, len(many), 6_000)]
        undated = [page(NOON + MINUTE, log(n, None)) for n in range(10)]

        bench.export(iter([*pages, *undated]), writers=4)

        assert len(bench.held()) == len(many) + 10

    def test_time_to_store_runs_out(self, bench: Bench) -> None:
        """One sparse page may touch hundreds of windows: it ends in time, and says what is left."""
        bench.objects.before_put = lambda _: bench.clock.turn(MINUTE)
        logs = [log(n, NOON + n * HOUR) for n in range(100)]

        with pytest.raises(OutOfTimeError):
            bench.export(iter([page(NOON + 100 * HOUR, *logs)]), limit=10 * MINUTE)

        assert len(bench.stored) == 12
        assert bench.reached[-1] == NOON + 12 * HOUR - MILLISECOND
        assert bench.steps[-1].unstored == 88

    def test_who_got_to_the_end_has_not_run_out_of_time(self, bench: Bench) -> None:
        """It would be told to go on where there is nothing."""

        def pages() -> Iterator[Page]:
            bench.clock.turn(2 * HOUR)
            yield page(END)

        bench.export(pages(), limit=HOUR)

        assert bench.reached == [END]


class OutOfOrder(MemoryObjects):
    """A bucket that acknowledges in an order of its own."""

    def __init__(self, order: Random) -> None:
        super().__init__()
        self._order = order

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one."""
        done = super().put_if_absent(key, body, content_type=content_type)
        time.sleep(self._order.random() / 500)
        return done


class Watched(MemoryObjects):
    """A bucket that tells of each put before and after it."""

    def __init__(self, before: Callable[[str], None], after: Callable[[str], None]) -> None:
        super().__init__()
        self.before_put = before
        self._after = after

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one."""
        done = super().put_if_absent(key, body, content_type=content_type)
        self._after(key)
        return done
