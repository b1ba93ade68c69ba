"""What threads that share the API do to each other, and where a young export begins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from mpl_export.instants import iso_instant
from mpl_export.tenant.http.transport import Request
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.exporter.test_export import Bench as Archiving
from tests.unit.samples import HOUR, SECOND, log, page
from tests.unit.tenant.logs.test_api import WHERE, Bench


def test_two_threads_may_learn_at_once_that_select_is_refused() -> None:
    """The one that learns it second finds nothing selected and takes its 400 for a bug."""
    bench = Bench()
    bench.tenant.behaviour.refuse_select = True
    bench.tenant.add(log_end=NOON - SECOND)
    together = threading.Barrier(2, timeout=20)

    def meet(request: Request) -> None:
        if "$select" in request.url:
            together.wait()

    bench.before.append(meet)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(bench.api.page, WHERE) for _ in range(2)]

    assert [len(answer.result().rows) for answer in answers] == [1, 1]


def test_a_row_of_the_last_day_of_all_is_stored() -> None:
    """9999-12-31 is what systems write for never; its window has no end that a datetime can say."""
    archiving = Archiving()
    never = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    archiving.export(iter([page(NOON, log(1, never)), page(NOON + HOUR)]))

    assert archiving.held() == {log(1, never).version}


def test_nothing_that_ended_before_the_start_is_exported() -> None:
    """The first commit puts the position an overlap before now, which may be before StartFrom."""
    harness = Harness(environment={"START_FROM": iso_instant(NOON - 60 * SECOND)})
    harness.tenant.add(log_end=NOON - 120 * SECOND)
    wanted = harness.tenant.add(log_end=NOON - 30 * SECOND)

    harness.run()
    harness.clock.turn(300 * SECOND)
    harness.run()

    assert [record["MessageGuid"] for record in harness.records()] == [wanted]


def test_a_backfill_finds_nothing_late() -> None:
    """``late`` is what the runs missed; a backfill before StartFrom finds what nobody read."""
    harness = Harness()
    harness.tenant.add(log_end=NOON - 48 * HOUR)
    harness.run()

    report = harness.export(NOON - 72 * HOUR, NOON, "backfill")

    assert (report.versions_stored, report.late) == (1, 0)
