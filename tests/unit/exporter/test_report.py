"""The report of a run: what it returns, and what it logs."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from mpl_export import __version__
from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Reconcile
from mpl_export.exporter.export import Step
from mpl_export.exporter.report import Report, Sweep
from mpl_export.model import Page, Span
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, log, page

RECONCILE = Reconcile(since=NOON - 2 * DAY, until=NOON, reached=NOON - HOUR, below=NOON - HOUR)
MEMBERS = [
    "tenant",
    "purpose",
    "since",
    "until",
    "reached",
    "walked",
    "position",
    "caught_up",
    "rows_read",
    "versions_stored",
    "late",
    "requests",
    "release",
    "by_status",
    "stepped_over",
    "parts",
]


def test_a_report_has_the_documented_members() -> None:
    """State machines and people's queries name them."""
    report = Report(tenant="demo", purpose="scheduled", since=NOON - HOUR, until=NOON)

    result = report.as_json()

    assert list(result) == MEMBERS
    assert (result["since"], result["until"]) == (
        "2026-11-22T11:00:00.000Z",
        "2026-11-22T12:00:00.000Z",
    )
    assert result["position"] is None
    assert result["release"] == __version__
    assert orjson.loads(orjson.dumps(result)) == result


def test_a_report_counts_what_was_read_and_what_was_stored() -> None:
    """Rows that the archive knew are read, not stored."""
    report = Report(tenant="demo", purpose="scheduled")
    unreadable = log(4, Status=7)
    report.count(Step(reached=None, page=page(NOON, log(1), log(2), log(3))))
    report.count(
        Step(
            reached=None,
            stored=Stored(
                key="k",
                new=[log(1), log(2, Status="FAILED"), unreadable],
                amended=[log(3, Status=None)],
            ),
        )
    )
    report.count(Step(reached=NOON))

    result = report.as_json()
    assert (result["rows_read"], result["versions_stored"]) == (3, 4)
    assert result["by_status"] == {"COMPLETED": 1, "FAILED": 1, "unknown": 2}
    assert result["parts"] == ["k"]
    assert report.unreadable == 1


def test_a_report_names_what_could_not_be_shown() -> None:
    """Somebody may want to look at these logs in the tenant's own monitor."""
    report = Report(tenant="demo", purpose="scheduled")
    report.count(
        Step(
            reached=None,
            page=Page(logs=[], reached=NOON, ties_unresolved=2, stepped_over=(NOON - HOUR,)),
        )
    )

    assert report.as_json()["stepped_over"] == ["2026-11-22T11:00:00.000Z"]
    assert report.ties_unresolved == 2


def test_a_report_stays_within_a_line_of_the_log() -> None:
    """A line holds 256 kB, and a month's catch-up has thousands of parts."""
    report = Report(tenant="demo", purpose="backfill")
    for number in range(3_000):
        report.count_stored(Stored(key=f"{number:060d}", new=[], amended=[]))

    result = report.as_json()

    assert len(result["parts"]) + result["parts_not_named"] == 3_000
    assert len(orjson.dumps(result)) < 100_000
    assert "parts_not_named" not in Report(tenant="demo", purpose="backfill").as_json()


def test_open_logs_that_could_not_be_shown_are_told_if_there_are_any() -> None:
    """They have no millisecond that could be named."""
    report = Report(tenant="demo", purpose="scheduled")
    assert "open_logs_stepped_over" not in report.as_json()

    report.open_logs_stepped_over = 2

    assert report.as_json()["open_logs_stepped_over"] == 2


def test_the_long_lists_are_last() -> None:
    """Logs Insights finds the first 200 members of a line, and each key counts as one."""
    report = Report(tenant="demo", purpose="scheduled", stepped_over=[NOON] * 300)
    report.sweep = Sweep(open=1, failed=["no"])
    report.reconcile = RECONCILE
    report.reconcile_failed = "no"
    report.expired_before = NOON
    report.gone = Span(since=NOON - DAY, until=NOON)
    report.found_late.take(Stored(key="k", new=[log(1)], amended=[]), NOON + HOUR)
    report.open_logs_stepped_over = report.ties_unresolved = report.unreadable = 1

    assert list(report.as_json())[-4:] == ["reconcile", "sweep", "stepped_over", "parts"]


def test_a_report_tells_how_far_the_reconcile_is() -> None:
    """Whoever looks for what the alarm means reads it here."""
    report = Report(tenant="demo", purpose="scheduled", reconcile=RECONCILE)

    assert report.as_json()["reconcile"] == {
        "since": "2026-11-20T12:00:00.000Z",
        "until": "2026-11-22T12:00:00.000Z",
        "reached": "2026-11-22T11:00:00.000Z",
        "complete": False,
    }


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({}, 0),
        ({"ties_unresolved": 2}, 2),
        ({"unreadable": 3}, 3),
        ({"stepped_over": [NOON, NOON]}, 2),
        ({"open_logs_stepped_over": 4}, 4),
        ({"sweep": Sweep(at_cap=True)}, 1),
        ({"sweep": Sweep(failed=["a", "b"])}, 2),
        ({"sweep": Sweep(open=7, dead=2, abandoned=3)}, 0),
    ],
)
def test_what_limited_the_reading_adds_up(limits: dict[str, Any], count: int) -> None:
    """One alarm speaks of all of it, and the report of each."""
    assert Report(tenant="demo", purpose="scheduled", **limits).limited == count


def test_what_is_read_beside_the_span_is_not_rows_read() -> None:
    """A reconcile finds rows where a silent tenant shows nothing new."""
    report = Report(tenant="demo", purpose="scheduled")

    report.count_beside(Step(reached=None, page=replace(page(NOON, log(1)), ties_unresolved=1)))

    assert (report.rows_read, report.ties_unresolved) == (0, 1)
