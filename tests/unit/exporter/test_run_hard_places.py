"""Places that cost more than a run, or that the tenant cannot show: runs get past them all."""

from datetime import timedelta

import pytest

from mpl_export.errors import TenantUnavailableError
from operate.sap_tenant import Fault, Request, SapTenant, failing_interval, unreadable_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, MINUTE, SECOND

TIE = NOON - 30 * MINUTE
MILLISECOND = timedelta(milliseconds=1)


def slowly(harness: Harness, seconds: float) -> None:
    """Let each request for a page take so long."""

    def wait(_tenant: SapTenant, request: Request) -> None:
        if "Logs?" in request.target:
            harness.clock.turn(timedelta(seconds=seconds))

    harness.tenant.on_request.append(wait)


def guids(harness: Harness) -> list[str]:
    """The ids in the archive."""
    return [record["MessageGuid"] for record in harness.records()]


@pytest.mark.parametrize(
    ("order", "cap", "count", "seconds", "runs"),
    [("stable", 1000, 20_000, 1.5, 6), ("shuffle", 100, 1_000, 3, 60)],
)
def test_a_tie_that_takes_longer_than_a_run_is_passed(
    order: str, cap: int, count: int, seconds: float, runs: int
) -> None:
    """20,000 logs on a millisecond, 1.5 s a page, 60 s a run: each run goes on with the walk."""
    harness = Harness(limit=timedelta(seconds=60), environment={"START_FROM": "PT1H"})
    harness.tenant.behaviour.page_cap = cap
    harness.tenant.behaviour.tie_order = "shuffle" if order == "shuffle" else "stable"
    before = harness.tenant.add(log_end=TIE - MINUTE)
    tie = [harness.tenant.add(log_end=TIE) for _ in range(count)]
    after = harness.tenant.add(log_end=TIE + MINUTE)
    slowly(harness, seconds)

    took = 0
    while not harness.run().caught_up:
        took += 1
        assert took < runs, "the runs never get past the tie"
        harness.later()

    assert sorted(guids(harness)) == sorted([before, *tie, after])
    assert harness.checkpoints.read().walked is None


def test_a_killed_run_leaves_its_walk_to_the_next() -> None:
    """What was stored on the way is noted on the way."""
    harness = Harness(environment={"START_FROM": "PT1H"})
    for _ in range(25_000):
        harness.tenant.add(log_end=TIE)
    slowly(harness, 2)
    asked = 0

    def die(_tenant: SapTenant, request: Request) -> None:
        nonlocal asked
        asked += "Logs?" in request.target
        if asked == 45:
            raise KeyboardInterrupt

    harness.tenant.on_request.append(die)
    with pytest.raises(KeyboardInterrupt):
        harness.run()

    walked = harness.checkpoints.read().walked
    assert walked is not None
    assert walked.offset >= 10_000


def test_two_places_that_cannot_be_read_do_not_take_turns() -> None:
    """To note one must not forget the other, as long as the overlap brings both back."""
    harness = Harness(environment={"START_FROM": "PT2H", "OVERLAP_MINUTES": "60"})
    places = [NOON - 30 * MINUTE, NOON - 20 * MINUTE]
    for place in places:
        harness.tenant.add(log_end=place)
        harness.tenant.faults.add(failing_interval(place))
    others = [harness.tenant.add(log_end=NOON - n * MINUTE - SECOND) for n in range(1, 60)]

    failed = 0
    for _ in range(6):
        try:
            report = harness.run()
        except TenantUnavailableError:
            failed += 1
        else:
            assert report.caught_up
            assert report.stepped_over == places
        harness.clock.turn(5 * MINUTE)

    assert failed == 2, "each place fails one run"
    assert set(others) <= set(guids(harness))


class TestOneRowAmongMany:
    """A row that cannot be shown must not hide those beside it."""

    @pytest.mark.parametrize("place", [0, 800, 1499])
    def test_its_neighbours_are_archived_by_the_first_run(self, place: int) -> None:
        """1,500 logs on a millisecond, one of which is larger than what an answer may hold."""
        harness = Harness(environment={"START_FROM": "PT1H"})
        tie = [harness.tenant.add(log_end=TIE) for _ in range(1500)]
        large = sorted(tie, key=lambda guid: (guid.lower(), guid))[place]
        harness.tenant.faults.add(
            Fault(kind="oversized", guid=large, size=17 << 20, times=None, match="Logs?")
        )

        with pytest.raises(TenantUnavailableError, match="steps over this millisecond"):
            harness.run()
        assert set(guids(harness)) == set(tie) - {large}

        report = harness.run()
        assert report.caught_up
        assert report.stepped_over == [TIE]
        assert len(guids(harness)) == 1499

    def test_when_it_can_be_shown_again_it_is_archived(self) -> None:
        """By the reconcile, as any other place that was stepped over."""
        harness = Harness(environment={"START_FROM": "PT1H"})
        tie = [harness.tenant.add(log_end=TIE) for _ in range(20)]
        fault = harness.tenant.faults.add(unreadable_row(tie[7]))
        with pytest.raises(TenantUnavailableError):
            harness.run()
        harness.run()

        harness.tenant.faults.remove(fault)
        harness.export(NOON - HOUR, NOON, "reconcile")

        assert sorted(guids(harness)) == sorted(tie)


def test_an_outage_is_told_as_one_and_nothing_is_noted() -> None:
    """Eleven runs of eleven spoke of a bad millisecond while nothing at all answered."""
    harness = Harness(environment={"START_FROM": "PT1H"})
    harness.tenant.add(log_end=TIE)
    outage = harness.tenant.faults.add(Fault(kind="status", status=503, match="Logs", times=None))

    for _ in range(3):
        with pytest.raises(
            TenantUnavailableError, match=r"tenant\.example does not answer: .* 503"
        ):
            harness.run()
        harness.later()

    assert not harness.checkpoints.read().stuck
    harness.tenant.faults.remove(outage)
    assert harness.run().caught_up
    assert len(guids(harness)) == 1
