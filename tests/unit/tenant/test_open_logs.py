"""The sweep's reading: rows without dates first, and no more than are worth it."""

from datetime import timedelta

import pytest

from mpl_export.model import Log
from mpl_export.tenant.odata import RawPage
from mpl_export.tenant.open_logs import MOST_OPEN_LOGS, read_open_logs
from tests.support.rig import Rig
from tests.support.sap_tenant import Request, SapTenant
from tests.support.turning_clock import NOON, TurningClock
from tests.unit.samples import DAY, HOUR, row_of

OPEN = ("PROCESSING", "RETRY", "ABANDONED")


def read(rig: Rig) -> list[list[Log]]:
    """What the tenant shows of its open logs, answer by answer."""
    run = rig.prepared()
    with run.connect(run.reading) as connected:
        connected.api.open()
        return list(read_open_logs(connected.api, rig.clock))


def guids(answers: list[list[Log]]) -> list[str]:
    """The ids, in the order in which they came."""
    return [log.guid or "" for logs in answers for log in logs]


@pytest.fixture
def rig() -> Rig:
    """A tenant with finished logs, which are not looked for."""
    rig = Rig()
    for status in ("COMPLETED", "FAILED", "ESCALATED", "DISCARDED", "CANCELLED"):
        rig.tenant.add(status=status, log_end=NOON - HOUR)
    return rig


def test_open_logs_are_found_dated_or_not(rig: Rig) -> None:
    """No span of ``LogEnd`` shows those without an end; the others may be older than all spans."""
    undated = [rig.tenant.add(status=status, log_end=None) for status in OPEN]
    dated = [rig.tenant.add(status=status, log_end=NOON - 400 * DAY) for status in OPEN]

    found = guids(read(rig))

    assert sorted(found) == sorted(undated + dated)
    assert set(found[:3]) == set(undated)


def test_it_is_one_question_for_all_statuses(rig: Rig) -> None:
    """A row that goes from RETRY to PROCESSING between two questions would be in neither."""
    rig.tenant.add(status="RETRY", log_end=None)

    read(rig)

    asked = [one.target for one in rig.tenant.requests if "Logs?" in one.target]
    assert len(asked) == 1
    assert "$orderby=LogEnd%20desc" in asked[0]


def test_rows_that_leave_meanwhile_take_no_other_with_them(rig: Rig) -> None:
    """Steps of half a page bear it: what moves up is still in the next answer."""
    rig.tenant.behaviour.page_cap = 20
    staying = [rig.tenant.add(status="RETRY", log_end=NOON - n * HOUR) for n in range(90)]
    leaving = iter(staying[::9])
    left: set[str] = set()

    def leave(tenant: SapTenant, request: Request) -> None:
        if "$skip=" in request.target and (guid := next(leaving, None)):
            left.add(guid)
            tenant.change(guid, status="COMPLETED", log_end=NOON)

    rig.tenant.on_request.append(leave)

    found = guids(read(rig))

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

    answers = list(read_open_logs(source, TurningClock()))

    assert sum(map(len, answers)) == MOST_OPEN_LOGS
    assert source.asked == list(range(0, 4501, 450))


def test_a_tenant_that_ignores_offsets_does_not_hold_us() -> None:
    """A pass that brings nothing new is the last one."""
    source = Endless(fresh=False)

    answers = list(read_open_logs(source, TurningClock()))

    assert sum(map(len, answers)) == 900
    assert len(source.asked) <= 4


def test_they_are_read_when_the_clock_says(rig: Rig) -> None:
    """``ReadAt`` decides between two versions without an end."""
    rig.tenant.add(status="RETRY", log_end=None)
    rig.clock.turn(timedelta(microseconds=1999))

    [[log]] = read(rig)

    assert log.read_at == NOON + timedelta(milliseconds=1)
