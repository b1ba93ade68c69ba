"""The sweep's reading: rows without dates first, and no more than are worth it."""

from datetime import timedelta

import pytest

from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.model import Log
from mpl_export.tenant.logs.open_logs import MOST_OPEN_LOGS, OpenLogs
from mpl_export.tenant.odata.answers import (
    RawPage,
)
from operate.sap_tenant import Fault, Request, SapTenant, throttled, unreadable_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import DAY, HOUR, MINUTE, row_of

OPEN = ("PROCESSING", "RETRY", "ABANDONED")


def read(harness: Harness) -> list[list[Log]]:
    """What the tenant shows of its open logs, answer by answer."""
    run = harness.prepared()
    with run.connect(run.reading) as connected:
        connected.api.open()
        return list(OpenLogs(connected.api, harness.clock).read())


def read_through(harness: Harness) -> tuple[list[str], int]:
    """The ids of all that the tenant shows of its open logs, and how many it does not."""
    run = harness.prepared()
    with run.connect(run.reading) as connected:
        connected.api.open()
        open_logs = OpenLogs(connected.api, harness.clock)
        return guids(list(open_logs.read())), open_logs.stepped_over


def guids(answers: list[list[Log]]) -> list[str]:
    """The ids, in the order in which they came."""
    return [log.guid or "" for logs in answers for log in logs]


@pytest.fixture
def harness() -> Harness:
    """A tenant with finished logs, which are not looked for."""
    harness = Harness()
    for status in ("COMPLETED", "FAILED", "ESCALATED", "DISCARDED", "CANCELLED"):
        harness.tenant.add(status=status, log_end=NOON - HOUR)
    return harness


def test_open_logs_are_found_dated_or_not(harness: Harness) -> None:
    """No span of ``LogEnd`` shows those without an end; the others may be older than all spans."""
    undated = [harness.tenant.add(status=status, log_end=None) for status in OPEN]
    dated = [harness.tenant.add(status=status, log_end=NOON - 400 * DAY) for status in OPEN]

    found = guids(read(harness))

    assert sorted(found) == sorted(undated + dated)
    assert set(found[:3]) == set(undated)


def test_it_is_one_question_for_all_statuses(harness: Harness) -> None:
    """A row that goes from RETRY to PROCESSING between two questions would be in neither."""
    harness.tenant.add(status="RETRY", log_end=None)

    read(harness)

    asked = [one.target for one in harness.tenant.requests if "Logs?" in one.target]
    assert len(asked) == 1
    assert "$orderby=LogEnd%20desc" in asked[0]


def test_rows_that_leave_meanwhile_take_no_other_with_them(harness: Harness) -> None:
    """Steps of half a page bear it: what moves up is still in the next answer."""
    harness.tenant.behaviour.page_cap = 20
    staying = [harness.tenant.add(status="RETRY", log_end=NOON - n * HOUR) for n in range(90)]
    leaving = iter(staying[::9])
    left: set[str] = set()

    def leave(tenant: SapTenant, request: Request) -> None:
        if "$skip=" in request.target and (guid := next(leaving, None)):
            left.add(guid)
            tenant.change(guid, status="COMPLETED", log_end=NOON)

    harness.tenant.on_request.append(leave)

    found = guids(read(harness))

    assert set(found) >= set(staying) - left
    assert len(found) == len(set(found))


class Endless:
    """Shows the same page, or ever new ones.

    Attributes:
        asked: The offsets asked for.
    """

    def __init__(self, *, fresh: bool) -> None:
        self.asked: list[int] = []
        self._fresh = fresh

    host = "tenant.example"

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> RawPage:
        """Answer."""
        assert "Status eq" in where
        assert (order, top, narrowed) == ("LogEnd desc", None, False)
        del count
        self.asked.append(skip)
        first = skip if self._fresh else 0
        return RawPage(rows=[row_of(first + n, None) for n in range(900)], more=True, count=None)


def test_it_ends_at_the_cap() -> None:
    """A tenant with a hundred thousand stuck messages must not cost every hour's run."""
    source = Endless(fresh=True)

    answers = list(OpenLogs(source, ManualClock()).read())

    assert source.asked == list(range(0, 4501, 450))
    assert sum(map(len, answers)) == 4500 + 900, "what was shown is given, also beyond the cap"
    assert MOST_OPEN_LOGS <= 4500 + 900


def test_a_tenant_that_ignores_offsets_does_not_hold_us() -> None:
    """A pass that brings nothing new is the last one."""
    source = Endless(fresh=False)

    answers = list(OpenLogs(source, ManualClock()).read())

    assert sum(map(len, answers)) == 900
    assert len(source.asked) <= 4


def test_they_are_read_when_the_clock_says(harness: Harness) -> None:
    """``ReadAt`` decides between two versions without an end."""
    harness.tenant.add(status="RETRY", log_end=None)
    harness.clock.turn(timedelta(microseconds=1999))

    [[log]] = read(harness)

    assert log.read_at == NOON + timedelta(milliseconds=1)


class TestStuck:
    """An open log that the tenant cannot show must not hide the others: they are nowhere else."""

    @pytest.mark.parametrize("place", [0, 1, 300, 598, 599])
    def test_it_is_stepped_over_and_counted(self, harness: Harness, place: int) -> None:
        """The others are all read, with a bounded number of questions."""
        ids = [harness.tenant.add(status="RETRY", log_end=NOON - n * MINUTE) for n in range(600)]
        harness.tenant.faults.add(unreadable_row(ids[place]))

        found, over = read_through(harness)

        assert set(found) == set(ids) - {ids[place]}
        assert len(found) == 599
        assert over == 1
        assert len(harness.tenant.requests) < 90

    def test_one_that_times_out_is_stepped_over_too(self, harness: Harness) -> None:
        """The tenant does not say that it cannot; it says nothing."""
        ids = [harness.tenant.add(status="RETRY", log_end=None) for _ in range(20)]
        harness.tenant.faults.add(Fault(kind="slow", guid=ids[7], times=None))

        found, over = read_through(harness)

        assert set(found) == set(ids) - {ids[7]}
        assert over == 1

    def test_two_apart_and_two_neighbours_are_stepped_over(self, harness: Harness) -> None:
        """What makes one unreadable may make more so."""
        ids = [harness.tenant.add(status="RETRY", log_end=NOON - n * MINUTE) for n in range(60)]
        bad = {ids[3], ids[30], ids[31]}
        for guid in bad:
            harness.tenant.faults.add(unreadable_row(guid))

        found, over = read_through(harness)

        assert set(found) == set(ids) - bad
        assert over == 3

    def test_what_fails_for_all_is_an_outage(self, harness: Harness) -> None:
        """To step over everything would call an outage a success."""
        for _ in range(20):
            harness.tenant.add(status="RETRY", log_end=None)
        harness.tenant.faults.add(Fault(kind="status", status=503, match="Status%20eq", times=None))

        with pytest.raises(TenantUnavailableError):
            read(harness)

        assert len(harness.tenant.requests) < 20

    def test_a_tenant_that_is_busy_is_not_asked_for_less(self, harness: Harness) -> None:
        """It would be asked all the more."""
        harness.tenant.add(status="RETRY", log_end=None)
        busy = harness.tenant.faults.add(throttled("3600"))
        busy.match = "Status%20eq"

        with pytest.raises(TenantThrottledError):
            read(harness)

        assert busy.struck
        assert not any("$top" in asked.target for asked in harness.tenant.requests)

    @pytest.mark.parametrize("times", [2, 5])
    def test_a_failure_that_passes_costs_nothing(self, harness: Harness, times: int) -> None:
        """Also where it ends with the first attempt at a single row."""
        ids = [harness.tenant.add(status="RETRY", log_end=None) for _ in range(300)]
        harness.tenant.faults.add(Fault(kind="status", match="Status%20eq", times=times))

        found, over = read_through(harness)

        assert sorted(found) == sorted(ids)
        assert over == 0
