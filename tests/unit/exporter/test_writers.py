"""Windows stored beside each other: several at once, none of them twice, and to the end."""

import threading
from collections.abc import Mapping, Sequence

import pytest

from mpl_export.archive.archive import Archive, Stored
from mpl_export.errors import AwsUnavailableError
from mpl_export.exporter.writers import Ended, Writers
from mpl_export.model import Log
from tests.support.exporter.fakes import MemoryObjects
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, log

PATIENCE = 20.0


def no_texts(_logs: Sequence[Log]) -> Mapping[bytes, str]:
    """No log has an error text."""
    return {}


def all_of(writers: Writers) -> list[Stored | Ended]:
    """What happens until nothing is left to happen."""
    found: list[Stored | Ended] = []
    while writers.busy:
        found += writers.take(wait=True)
    return found


def test_windows_are_stored_beside_each_other() -> None:
    """Three puts that wait for one another: one at a time would never get past the first."""
    objects = MemoryObjects()
    together = threading.Barrier(3, timeout=PATIENCE)

    def meet(_key: str) -> None:
        together.wait()

    objects.before_put = meet
    with Writers(Archive(objects, "demo"), no_texts, 3) as writers:
        for hours in range(3):
            assert not writers.full
            writers.begin(NOON + hours * HOUR, [log(hours, NOON + hours * HOUR)])

        assert writers.full
        assert writers.stores(NOON + HOUR)
        done = all_of(writers)

    assert sum(isinstance(one, Stored) for one in done) == 3
    assert sum(isinstance(one, Ended) for one in done) == 3
    assert not writers.busy
    assert len(objects.held) == 3


def test_a_part_is_told_before_its_window_has_ended() -> None:
    """Whoever drops the window has counted its parts."""
    with Writers(Archive(MemoryObjects(), "demo"), no_texts, 2) as writers:
        writers.begin(NOON, [log(1)])

        first, second = all_of(writers)

    assert isinstance(first, Stored)
    assert isinstance(second, Ended)
    assert second.window == NOON
    assert second.outcome.exception() is None


def test_nothing_has_happened_yet() -> None:
    """Whoever only looks is not held up."""
    go = threading.Event()
    objects = MemoryObjects()

    def wait(_key: str) -> None:
        go.wait(PATIENCE)

    objects.before_put = wait
    with Writers(Archive(objects, "demo"), no_texts, 2) as writers:
        assert list(writers.take(wait=True)) == []
        writers.begin(NOON, [log(1)])
        assert list(writers.take(wait=False)) == []
        go.set()

        assert all_of(writers)


def test_a_failure_is_the_outcome_of_its_window() -> None:
    """Others end as they would have."""
    objects = MemoryObjects()

    def fail(key: str) -> None:
        if "12Z" in key:
            raise AwsUnavailableError("AWS could not write")

    objects.before_put = fail
    with Writers(Archive(objects, "demo"), no_texts, 2) as writers:
        writers.begin(NOON, [log(1)])
        writers.begin(NOON + HOUR, [log(2, NOON + HOUR)])
        ended = {one.window: one.outcome for one in all_of(writers) if isinstance(one, Ended)}

    assert isinstance(ended[NOON].exception(), AwsUnavailableError)
    assert ended[NOON + HOUR].exception() is None


def test_error_texts_are_asked_for_by_one_at_a_time() -> None:
    """Their budget, and the number of requests at once, are those of one run."""
    asking = threading.Semaphore(1)

    def texts(_logs: Sequence[Log]) -> Mapping[bytes, str]:
        assert asking.acquire(blocking=False), "two at once"
        threading.Event().wait(0.01)
        asking.release()
        return {}

    with Writers(Archive(MemoryObjects(), "demo"), texts, 4) as writers:
        for hours in range(4):
            writers.begin(NOON + hours * HOUR, [log(hours, NOON + hours * HOUR)])
        done = all_of(writers)

    assert all(one.outcome.exception() is None for one in done if isinstance(one, Ended))


@pytest.mark.parametrize("windows", [1, 3])
def test_no_thread_outlives_the_context(windows: int) -> None:
    """A thread that goes on in a frozen container would wake up within another run."""
    with Writers(Archive(MemoryObjects(), "demo"), no_texts, 3) as writers:
        for hours in range(windows):
            writers.begin(NOON + hours * HOUR, [log(hours, NOON + hours * HOUR)])

    assert not [one for one in threading.enumerate() if one.name.startswith("writer")]
