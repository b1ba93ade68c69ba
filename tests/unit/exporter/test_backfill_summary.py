"""What the slices did is added up, and what failed is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mpl_export.errors import EventError
from mpl_export.exporter.backfill_summary import Summary
from mpl_export.exporter.events import request_of
from mpl_export.metrics import Metric
from tests.support.exporter.fakes import ListingMeter
from tests.unit.samples import GATHERED

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAILED = "2026-11-01T02:00:00.000Z/2026-11-02T00:00:00.000Z TenantUnavailableError"


def summed(**changed: object) -> dict[str, Any]:
    """The output for what was gathered."""
    request = request_of({"summary": {**GATHERED, **changed}}, NOW)
    assert isinstance(request, Summary)
    return request.as_json("demo", NOW)


def test_the_numbers_of_all_slices_are_added_up() -> None:
    """An execution's output is what people and their scripts look at."""
    assert summed() == {
        "tenant": "demo",
        "purpose": "summary",
        "since": GATHERED["since"],
        "until": GATHERED["until"],
        "message": "all 2 slices are archived",
        "slices": 2,
        "failed": 0,
        "runs": 4,
        "rows_read": 3_000,
        "versions_stored": 1_020,
        "requests": 13,
        "seconds": 89.5,
        "rest": None,
        "failures": [],
    }


def test_what_failed_is_named_in_the_sentence() -> None:
    """It is the cause of the execution: who reads nothing else knows what is missing."""
    output = summed(failures=[FAILED])

    assert (output["failed"], output["slices"]) == (1, 2)
    assert "1 of 2 slices failed" in output["message"]
    assert FAILED in output["message"]


def test_a_thousand_failures_fit_the_cause() -> None:
    """Step Functions refuses a cause of more than 32,768 characters."""
    message = summed(failures=[FAILED] * 1_000, runs=[1] * 1_000)["message"]

    assert len(message) < 32_768
    assert "and 900 more" in message


def test_an_empty_plan_is_complete() -> None:
    """All of it has expired, or was never there."""
    output = summed(runs=[], rows=[], stored=[], requests=[])

    assert (output["slices"], output["failed"], output["rows_read"]) == (0, 0, 0)


def test_the_rest_of_a_long_span_is_handed_on() -> None:
    """It takes another execution."""
    rest = {"since": "2026-11-03T00:00:00.000Z", "until": "2026-11-09T00:00:00.000Z"}

    assert summed(rest=rest)["rest"] == rest


def test_the_metrics_are_told() -> None:
    """Versions stored, and slices that failed."""
    meter = ListingMeter()
    request = request_of({"summary": {**GATHERED, "failures": [FAILED]}}, NOW)
    assert isinstance(request, Summary)

    request.tell(meter)

    assert meter.values(Metric.BACKFILLED_VERSIONS) == [1_020]
    assert meter.values(Metric.BACKFILL_SLICES_FAILED) == [1]


def test_clocks_that_differ_make_no_negative_time() -> None:
    """The execution's start is Step Functions' clock, its end the function's."""
    began = (NOW + timedelta(seconds=2)).isoformat()

    assert summed(began=began)["seconds"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"began": "yesterday"},
        {"began": 7},
        {"failures": "none"},
        {"failures": [None]},
        {"runs": None},
        {"rows": [1, None]},
        {"stored": [True]},
        {"rest": []},
        {"rest": {"since": 7}},
        {"since": None},
        {"more": 1},
    ],
)
def test_anything_else_is_refused(changed: dict[str, object]) -> None:
    """It would tell wrong numbers."""
    with pytest.raises(EventError, match="only the backfill's state machine"):
        summed(**changed)
