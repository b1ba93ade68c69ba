"""The hourly sweep: rows without dates and rows that are not final, and what may go wrong."""

from datetime import timedelta

from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from mpl_export.exporter.report import Report, Sweep
from mpl_export.metrics import Metric
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault, Request, SapTenant
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


def asks_for_open(request: Request) -> bool:
    """Whether a request is one of the sweep's."""
    return "RETRY" in request.target


def swept(report: Report) -> Sweep:
    """What the run's sweep found."""
    assert report.sweep is not None
    return report.sweep


class TestWhatIsOpen:
    """Rows without dates and rows that are not final."""

    def test_open_logs_are_archived_and_counted(self, rig: Rig) -> None:
        """No span shows the one without dates."""
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.tenant.add(status="RETRY", log_end=NOON - MINUTE, log_start=NOON - 3 * HOUR)

        found = swept(rig.run())

        assert rig.states() == rig.truth()
        assert (found.open, found.dead, found.abandoned, found.failed) == (2, 0, 0, [])
        assert timedelta(0) < found.oldest <= 3 * HOUR
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [
            found.oldest.total_seconds()
        ]
        assert not found.at_cap
        assert rig.meter.values(Metric.READING_LIMITED) == []

    def test_it_is_done_by_the_first_run_of_an_hour(self, rig: Rig) -> None:
        """Every five minutes would be twelve times the load for nothing."""
        sweeps = []
        for _ in range(25):
            sweeps.append(rig.run().sweep is not None)
            rig.later()

        assert [number for number, one in enumerate(sweeps) if one] == [0, 12, 24]
        assert len(rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS)) == 3

    def test_none_open_is_told_as_zero(self, rig: Rig) -> None:
        """The alarm goes out by a value, not by silence."""
        rig.tenant.add(log_end=NOON - HOUR)

        assert swept(rig.run()).open == 0
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [0]

    def test_what_is_older_than_the_retention_is_dead(self, rig: Rig) -> None:
        """Nobody will ever finish it: as an open message it would ring for ever."""
        rig.clock.turn(-40 * DAY)
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.clock.turn(39 * DAY)
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.clock.turn(DAY)

        found = swept(rig.run())

        assert (found.open, found.dead) == (1, 1)
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [86_400]
        assert rig.states() == rig.truth()

    def test_what_was_abandoned_is_counted_apart(self, rig: Rig) -> None:
        """Nothing can be done about it, and an alarm on it would ring for a month."""
        rig.tenant.add(status="ABANDONED", log_end=NOON - HOUR, log_start=NOON - 9 * DAY)
        rig.tenant.add(status="RETRY", log_end=NOON - HOUR, log_start=NOON - 2 * HOUR)

        found = swept(rig.run())

        assert (found.open, found.abandoned) == (1, 1)
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [7_200]
        assert rig.states() == rig.truth()

    def test_a_run_that_has_not_caught_up_leaves_it_to_the_next(self, rig: Rig) -> None:
        """First what is new, then what is old."""
        rig.tenant.add(status="RETRY", log_end=None)
        rig.tenant.behaviour.page_cap = 2
        for n in range(3):
            rig.tenant.add(log_end=NOON - n * HOUR)
        rig.limit = timedelta(minutes=10)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if "LogEnd" in request.target:
                rig.clock.turn(9 * MINUTE)

        rig.tenant.on_request.append(slow)
        report = rig.run()
        assert not report.caught_up
        assert report.sweep is None

        rig.tenant.on_request.clear()
        assert swept(rig.run()).open == 1

    def test_its_rows_are_not_rows_read(self, rig: Rig) -> None:
        """A tenant that shows no more new logs is silent, however many old ones it keeps."""
        rig.tenant.add(status="RETRY", log_end=None)
        report = rig.run()

        assert report.rows_read == 0
        assert report.versions_stored == 1
        assert rig.meter.values(Metric.ROWS_READ) == [0]


class TestWhatGoesWrong:
    """The span is exported by then: a sweep that fails is told, and makes no run fail."""

    def test_a_sweep_that_fails_is_told_and_tried_again_next_hour(self, rig: Rig) -> None:
        """Not by every run: each would ask nine times and wait for minutes."""
        rig.tenant.add(log_end=NOON - MINUTE)
        fault = rig.tenant.faults.add(
            Fault(kind="status", status=500, match=asks_for_open, times=None)
        )

        first = rig.run()
        assert first.caught_up
        assert "500" in swept(first).failed[0]
        assert rig.meter.values(Metric.ROWS_READ) == [1]
        assert rig.meter.values(Metric.READING_LIMITED) == [1]
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == []
        assert first.as_json()["sweep"]["failed"] == swept(first).failed

        rig.later()
        assert rig.run().sweep is None
        rig.tenant.faults.remove(fault)
        rig.later(HOUR)
        assert swept(rig.run()).failed == []

    def test_a_part_that_cannot_be_read_does_not_stop_the_rest(self, rig: Rig) -> None:
        """An open log may belong to a window whose part went into Glacier years ago."""
        old, new = NOON - 20 * HOUR, NOON - 3 * HOUR
        rig.tenant.add(status="RETRY", log_end=old, guid="old")
        rig.run()
        frozen = next(key for key in rig.objects.held if key.startswith("mpl/"))
        rig.tenant.change("old", LogLevel="DEBUG")
        rig.tenant.add(status="RETRY", log_end=new, visible_from=NOON + MINUTE, guid="new")
        freeze(rig, frozen)
        rig.later(HOUR)

        report = rig.run()

        assert report.caught_up
        assert frozen in swept(report).failed[0]
        assert "restore it" in swept(report).failed[0]
        assert ("new", "RETRY") in {(state[0], state[2]) for state in rig.states()}
        assert rig.meter.values(Metric.READING_LIMITED) == [1]

    def test_a_sweep_that_had_its_time_is_told_and_not_begun_by_every_run(self, rig: Rig) -> None:
        """One that cannot end would otherwise take all the time that there is."""
        rig.tenant.add(status="RETRY", log_end=None)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if asks_for_open(request):
                rig.clock.turn(20 * MINUTE)

        rig.tenant.on_request.append(slow)
        report = rig.run()

        assert "time was up" in swept(report).failed[0]
        assert rig.run().sweep is None

    def test_a_sweep_that_had_no_time_is_left_to_the_next_run(self, rig: Rig) -> None:
        """The end of a long catch-up is no reason for an alarm."""
        rig.tenant.add(status="RETRY", log_end=None)
        rig.limit = timedelta(minutes=15)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if asks_for_open(request):
                rig.clock.turn(MINUTE)
            elif "Logs?" in request.target:
                rig.clock.turn(11 * MINUTE + 30 * SECOND)

        rig.tenant.on_request.append(slow)
        report = rig.run()
        assert report.caught_up
        assert report.sweep is None
        assert rig.meter.values(Metric.READING_LIMITED) == []

        rig.tenant.on_request.clear()
        assert swept(rig.run()).open == 1

    def test_a_store_that_is_down_is_told_like_the_rest(self, rig: Rig) -> None:
        """Whether it is the tenant or AWS: what is new had been exported."""
        rig.tenant.add(status="RETRY", log_end=None)

        def fail(key: str) -> None:
            if key.startswith("mpl/"):
                raise AwsUnavailableError("AWS could not write")

        rig.objects.before_put = fail

        assert swept(rig.run()).failed == ["AWS could not write"]

    def test_what_the_archive_has_deleted_is_not_brought_back(self) -> None:
        """It would be kept for another whole retention, under a number that was used."""
        rig = Rig(environment={"ARCHIVE_RETENTION_DAYS": "35"})
        rig.tenant.add(status="RETRY", log_end=NOON - 36 * DAY)
        rig.tenant.add(status="RETRY", log_end=NOON - 34 * DAY, guid="young")

        found = swept(rig.run())

        assert [state[0] for state in rig.states()] == ["young"]
        assert found.dead == 2


def freeze(rig: Rig, frozen: str) -> None:
    """Let a part lie where it cannot be read, as in Glacier."""
    get = rig.objects.get

    def refuse(key: str) -> bytes:
        if key == frozen:
            raise AwsRefusedError("read", key, "InvalidObjectState", "restore it")
        return get(key)

    rig.objects.get = refuse  # type: ignore[method-assign]
