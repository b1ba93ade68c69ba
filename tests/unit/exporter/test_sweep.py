"""The hourly sweep: rows without dates and rows that are not final, and what may go wrong."""

from datetime import timedelta

from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from mpl_export.exporter.report import Report, Sweep
from mpl_export.metrics import Metric
from operate.sap_tenant import Fault, Request, SapTenant
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
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

    def test_open_logs_are_archived_and_counted(self, harness: Harness) -> None:
        """No span shows the one without dates."""
        harness.tenant.add(status="PROCESSING", log_end=None)
        harness.tenant.add(status="RETRY", log_end=NOON - MINUTE, log_start=NOON - 3 * HOUR)

        found = swept(harness.run())

        assert harness.states() == harness.truth()
        assert (found.open, found.dead, found.abandoned, found.failed) == (2, 0, 0, [])
        assert timedelta(0) < found.oldest <= 3 * HOUR
        assert harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [
            found.oldest.total_seconds()
        ]
        assert not found.at_cap
        assert harness.meter.values(Metric.READING_LIMITED) == []

    def test_it_is_done_by_the_first_run_of_an_hour(self, harness: Harness) -> None:
        """Every five minutes would be twelve times the load for nothing."""
        sweeps = []
        for _ in range(25):
            sweeps.append(harness.run().sweep is not None)
            harness.later()

        assert [number for number, one in enumerate(sweeps) if one] == [0, 12, 24]
        assert len(harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS)) == 3

    def test_none_open_is_told_as_zero(self, harness: Harness) -> None:
        """The alarm goes out by a value, not by silence."""
        harness.tenant.add(log_end=NOON - HOUR)

        assert swept(harness.run()).open == 0
        assert harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [0]

    def test_what_is_older_than_the_retention_is_dead(self, harness: Harness) -> None:
        """Nobody will ever finish it: as an open message its alarm would fire for ever."""
        harness.clock.turn(-40 * DAY)
        harness.tenant.add(status="PROCESSING", log_end=None)
        harness.clock.turn(39 * DAY)
        harness.tenant.add(status="PROCESSING", log_end=None)
        harness.clock.turn(DAY)

        found = swept(harness.run())

        assert (found.open, found.dead) == (1, 1)
        assert harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [86_400]
        assert harness.states() == harness.truth()

    def test_what_was_abandoned_is_counted_apart(self, harness: Harness) -> None:
        """Nothing can be done about it, and an alarm on it would fire for a month."""
        harness.tenant.add(status="ABANDONED", log_end=NOON - HOUR, log_start=NOON - 9 * DAY)
        harness.tenant.add(status="RETRY", log_end=NOON - HOUR, log_start=NOON - 2 * HOUR)

        found = swept(harness.run())

        assert (found.open, found.abandoned) == (1, 1)
        assert harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [7_200]
        assert harness.states() == harness.truth()

    def test_a_run_that_has_not_caught_up_leaves_it_to_the_next(self, harness: Harness) -> None:
        """First what is new, then what is old."""
        harness.tenant.add(status="RETRY", log_end=None)
        harness.tenant.behaviour.page_cap = 2
        for n in range(3):
            harness.tenant.add(log_end=NOON - n * HOUR)
        harness.limit = timedelta(minutes=10)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if "LogEnd" in request.target:
                harness.clock.turn(9 * MINUTE)

        harness.tenant.on_request.append(slow)
        report = harness.run()
        assert not report.caught_up
        assert report.sweep is None

        harness.tenant.on_request.clear()
        assert swept(harness.run()).open == 1

    def test_its_rows_are_not_rows_read(self, harness: Harness) -> None:
        """A tenant that shows no more new logs is silent, however many old ones it keeps."""
        harness.tenant.add(status="RETRY", log_end=None)
        report = harness.run()

        assert report.rows_read == 0
        assert report.versions_stored == 1
        assert harness.meter.values(Metric.ROWS_READ) == [0]


class TestWhatGoesWrong:
    """The span is exported by then: a sweep that fails is told, and makes no run fail."""

    def test_a_sweep_that_fails_is_told_and_tried_again_next_hour(self, harness: Harness) -> None:
        """Not by every run: each would ask nine times and wait for minutes."""
        harness.tenant.add(log_end=NOON - MINUTE)
        fault = harness.tenant.faults.add(
            Fault(kind="status", status=500, match=asks_for_open, times=None)
        )

        first = harness.run()
        assert first.caught_up
        assert "500" in swept(first).failed[0]
        assert harness.meter.values(Metric.ROWS_READ) == [1]
        assert harness.meter.values(Metric.READING_LIMITED) == [1]
        assert harness.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == []
        assert first.as_json()["sweep"]["failed"] == swept(first).failed

        harness.later()
        assert harness.run().sweep is None
        harness.tenant.faults.remove(fault)
        harness.later(HOUR)
        assert swept(harness.run()).failed == []

    def test_a_part_that_cannot_be_read_does_not_stop_the_rest(self, harness: Harness) -> None:
        """An open log may belong to a window whose part went into Glacier years ago."""
        old, new = NOON - 20 * HOUR, NOON - 3 * HOUR
        harness.tenant.add(status="RETRY", log_end=old, guid="old")
        harness.run()
        frozen = next(key for key in harness.objects.held if key.startswith("mpl/"))
        harness.tenant.change("old", LogLevel="DEBUG")
        harness.tenant.add(status="RETRY", log_end=new, visible_from=NOON + MINUTE, guid="new")
        freeze(harness, frozen)
        harness.later(HOUR)

        report = harness.run()

        assert report.caught_up
        assert frozen in swept(report).failed[0]
        assert "restore it" in swept(report).failed[0]
        assert ("new", "RETRY") in {(state[0], state[2]) for state in harness.states()}
        assert harness.meter.values(Metric.READING_LIMITED) == [1]

    def test_a_sweep_that_had_its_time_is_told_and_not_begun_by_every_run(
        self, harness: Harness
    ) -> None:
        """One that cannot end would otherwise take all the time that there is."""
        harness.tenant.add(status="RETRY", log_end=None)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if asks_for_open(request):
                harness.clock.turn(20 * MINUTE)

        harness.tenant.on_request.append(slow)
        report = harness.run()

        assert "time was up" in swept(report).failed[0]
        assert harness.run().sweep is None

    def test_a_sweep_that_had_no_time_is_left_to_the_next_run(self, harness: Harness) -> None:
        """The end of a long catch-up is no reason for an alarm."""
        harness.tenant.add(status="RETRY", log_end=None)
        harness.limit = timedelta(minutes=15)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if asks_for_open(request):
                harness.clock.turn(MINUTE)
            elif "Logs?" in request.target:
                harness.clock.turn(11 * MINUTE + 30 * SECOND)

        harness.tenant.on_request.append(slow)
        report = harness.run()
        assert report.caught_up
        assert report.sweep is None
        assert harness.meter.values(Metric.READING_LIMITED) == []

        harness.tenant.on_request.clear()
        assert swept(harness.run()).open == 1

    def test_a_store_that_is_down_is_told_like_the_rest(self, harness: Harness) -> None:
        """Whether it is the tenant or AWS: what is new had been exported."""
        harness.tenant.add(status="RETRY", log_end=None)

        def fail(key: str) -> None:
            if key.startswith("mpl/"):
                raise AwsUnavailableError("AWS could not write")

        harness.objects.before_put = fail

        assert swept(harness.run()).failed == ["AWS could not write"]

    def test_what_the_archive_has_deleted_is_not_brought_back(self) -> None:
        """It would be kept for another whole retention, under a number that was used."""
        harness = Harness(environment={"ARCHIVE_RETENTION_DAYS": "35"})
        harness.tenant.add(status="RETRY", log_end=NOON - 36 * DAY)
        harness.tenant.add(status="RETRY", log_end=NOON - 34 * DAY, guid="young")

        found = swept(harness.run())

        assert [state[0] for state in harness.states()] == ["young"]
        assert found.dead == 2


def freeze(harness: Harness, frozen: str) -> None:
    """Let a part lie where it cannot be read, as in Glacier."""
    get = harness.objects.get

    def refuse(key: str) -> bytes:
        if key == frozen:
            raise AwsRefusedError("read", key, "InvalidObjectState", "restore it")
        return get(key)

    harness.objects.get = refuse  # type: ignore[method-assign]
