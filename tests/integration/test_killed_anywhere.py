"""A run may be killed before any of its outside effects; the next runs make up for it.

The effects are counted by a run that lives, so none is forgotten when the code changes.  What is
compared is what the scheduled runs alone have brought: no reconcile comes to their help.
"""

import time
from contextlib import suppress
from datetime import timedelta
from zlib import crc32

import pytest

from tests.support.exporter.exporter_harness import LAMBDA_LIMIT, Harness
from tests.support.exporter.exporter_resources import gaps
from tests.support.kills.killable_effects import Killed, Life

MINUTE = timedelta(minutes=1)


def a_busy_morning(threads: int = 1) -> Harness:
    """A tenant with some hours behind it: several windows, a tie, failures, an open message."""
    harness = Harness(
        environment={"START_FROM": "2026-11-22T09:00:00Z", "PAGE_CONCURRENCY": str(threads)}
    )
    # Each put takes another time, so that several are in flight and end in any order.
    harness.objects.after_put = lambda key: time.sleep(
        crc32(key.encode()) % 3 * (threads > 1) / 1000
    )
    harness.tenant.behaviour.page_cap = 4
    now = harness.clock.true_now()
    for minutes in (170, 169, 140, 139, 138, 100, 99, 60, 59, 58, 57, 20, 10, 1):
        harness.tenant.add(log_end=now - minutes * MINUTE)
    for number in range(9):
        harness.tenant.add(log_end=now - 80 * MINUTE + timedelta(microseconds=number))
    harness.tenant.add(status="FAILED", log_end=now - 30 * MINUTE, error_text="it broke")
    harness.tenant.add(status="RETRY", log_end=None, log_start=None)
    return harness


def effects_of_a_run(threads: int = 1) -> list[str]:
    """What a run that nobody kills does to the outside world, in order."""
    harness, life = a_busy_morning(threads), Life(10_000)
    harness.prepared(life).scheduled()
    return life.effects


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several readers share what little there is."""
    monkeypatch.setattr("mpl_export.exporter.planning.SLICE_ROWS", 4)


@pytest.mark.parametrize(("times", "threads"), [(1, 1), (3, 1), (1, 4), (3, 4)])
def test_what_a_killed_run_left_undone_is_done_by_the_next(times: int, threads: int) -> None:
    """Killed before each of its effects, once or several times in a row.

    With threads, that is also while several slices are read and several puts are in flight.
    """
    count = len(effects_of_a_run(threads))
    assert count > 50

    for left in range(count):
        harness = a_busy_morning(threads)
        for _ in range(times):
            with suppress(Killed):  # a later run may have less left to do
                harness.prepared(Life(left)).scheduled()
            harness.clock.turn(LAMBDA_LIMIT)
        for _ in range(3):
            harness.run()
            harness.clock.turn(5 * MINUTE)

        assert harness.states() == harness.truth(), f"killed before effect {left}"
        parts = {key: body for key, body in harness.objects.held.items() if key.startswith("mpl/")}
        assert not gaps(parts), f"killed before effect {left}"


def test_the_lease_of_a_killed_run_ends_when_lambda_would_have_ended_it() -> None:
    """Nothing is renewed and nothing has to be cleaned up by hand."""
    harness = a_busy_morning()
    with pytest.raises(Killed):
        harness.prepared(Life(12)).scheduled()
    stored = harness.records()

    harness.clock.turn(LAMBDA_LIMIT - timedelta(seconds=1))
    assert not harness.run().caught_up
    assert harness.records() == stored

    harness.clock.turn(timedelta(seconds=1))
    assert harness.run().caught_up


def test_every_run_that_is_killed_gets_further() -> None:
    """Killed again and again after the same number of effects, the export still comes to its end.

    (If it may do enough to read one window and store it.)
    """
    harness = a_busy_morning()
    harness.environment["ERROR_TEXT"] = "off"
    for _ in range(40):
        try:
            harness.prepared(Life(60)).scheduled()
        except Killed:
            harness.clock.turn(LAMBDA_LIMIT)
        else:
            break
    dated = {state for state in harness.truth() if state[1] is not None}

    assert dated <= set(harness.states())
