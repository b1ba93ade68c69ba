"""What every purpose does with its rows: error texts, headers, rows that move."""

from threading import Barrier

import pytest

from operate.sap_tenant import Fault
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


class TestErrorTexts:
    """Texts stand in the records of failures."""

    def test_a_failure_is_archived_with_its_text(self, harness: Harness) -> None:
        """And nothing else is asked for one."""
        harness.tenant.add(status="FAILED", log_end=NOON - MINUTE, error_text="it failed")
        harness.tenant.add(status="COMPLETED", log_end=NOON - MINUTE)
        harness.run()

        assert sorted(record.get("ErrorText", "") for record in harness.records()) == [
            "",
            "it failed",
        ]
        assert sum("ErrorInformation" in one.target for one in harness.tenant.requests) == 1

    def test_a_text_that_is_refused_does_not_stop_the_export(self, harness: Harness) -> None:
        """An access policy may forbid the text of one artifact for ever."""
        harness.tenant.add(status="FAILED", log_end=NOON - HOUR)
        harness.tenant.faults.add(
            Fault(kind="status", status=403, match="ErrorInformation", times=None)
        )

        harness.run()

        assert harness.states() == harness.truth()

    def test_texts_may_be_switched_off(self) -> None:
        """They may hold what must not leave the tenant."""
        harness = Harness(environment={"ERROR_TEXT": "off"})
        harness.tenant.add(status="FAILED", log_end=NOON - MINUTE, error_text="it failed")
        harness.run()

        assert "ErrorText" not in harness.records()[0]
        assert not any("ErrorInformation" in one.target for one in harness.tenant.requests)

    def test_headers_are_read_along_where_they_are_wanted(self) -> None:
        """They cost the tenant a second query."""
        harness = Harness(environment={"EXPAND": "CustomHeaderProperties"})
        harness.tenant.add(log_end=NOON - MINUTE, custom_headers=[("po", "47")])
        harness.run()

        assert harness.records()[0]["CustomHeaderProperties"] == [{"Name": "po", "Value": "47"}]

    @pytest.mark.parametrize("how", ["scheduled", "reconcile", "backfill"])
    def test_a_row_that_moves_while_its_page_is_made_hides_no_older_one(self, how: str) -> None:
        """It is chosen among the old, and shown with an end of minutes ago, told late."""
        harness = Harness(environment={"EXPAND": "CustomHeaderProperties"})
        harness.tenant.behaviour.page_cap = 2
        guids = [harness.tenant.add(log_end=NOON - HOUR + n * SECOND) for n in range(4)]
        late = [lambda _: harness.tenant.change(guids[0], log_end=NOON - 5 * MINUTE)]
        harness.tenant.between_queries.append(lambda chosen: late and late.pop()(chosen))

        if how == "scheduled":
            harness.run()
        else:
            harness.export(NOON - DAY, NOON, how)  # type: ignore[arg-type]  # a purpose of an event

        assert harness.states() == harness.truth()
        assert not late


class TestWriters:
    """Windows are stored beside each other."""

    def test_twice_as_many_are_stored_at_once_as_pages_are_read(self) -> None:
        """A call of AWS waits for the most part, and one page may bring many small windows."""
        harness = Harness(environment={"PAGE_CONCURRENCY": "2"})
        for hours in range(1, 9):
            harness.tenant.add(log_end=NOON - hours * HOUR)
        in_flight = Barrier(4)

        def meet(key: str) -> None:
            if key.startswith("mpl/"):
                in_flight.wait(20)  # broken, if fewer come

        harness.objects.before_put = meet
        harness.run()

        assert harness.states() == harness.truth()
