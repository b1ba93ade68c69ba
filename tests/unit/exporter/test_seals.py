"""The nightly invocation: what it seals, what it tells, and that it never hides a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import AwsUnavailableError
from mpl_export.exporter.seals import Sealing
from mpl_export.metrics import Metric
from tests.support.exporter.exporter_harness import Harness

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def a_day() -> Harness:
    """A tenant with a log, archived a day ago."""
    harness = Harness()
    harness.tenant.add(log_end=harness.clock.true_now() - HOUR)
    harness.run()
    harness.later(DAY)
    return harness


def sealing(
    harness: Harness, stored: Callable[[bytes], bytes] = lambda payload: payload
) -> Sealing:
    """A nightly invocation."""
    return Sealing(
        settings=harness.settings,
        clock=harness.clock,
        checkpoints=harness.checkpoints,
        store=harness.objects,
        stored=stored,
        meter=harness.meter,
        deadline=Deadline.after(harness.clock, timedelta(minutes=14)),
    )


def test_a_pass_tells_its_head() -> None:
    """By report, checkpoint and metric: whoever keeps it can demand it."""
    harness = a_day()

    report = sealing(harness).run()

    head = harness.checkpoints.read().seal
    assert head is not None
    assert report["head"] == f"1:{head.sha256}"
    assert (report["seal"], report["complete"], report["objects"]) == (1, True, 1)
    assert (report["purpose"], report["waiting"], report["made"]) == ("seal", 0, 1)
    assert harness.meter.values(Metric.SEAL_NUMBER) == [1]
    assert harness.meter.values(Metric.SEAL_FAILED) == []


def test_a_pass_that_fails_says_so() -> None:
    """To the alarm and to Lambda."""
    harness = a_day()

    def refuse(_: bytes) -> bytes:
        raise AwsUnavailableError("KMS is down")

    with pytest.raises(AwsUnavailableError):
        sealing(harness, refuse).run()

    assert harness.meter.values(Metric.SEAL_FAILED) == [1]
    assert harness.meter.values(Metric.SEAL_NUMBER) == []


def test_the_seal_notes_how_long_the_archive_keeps() -> None:
    """So that what has expired can be told from what was removed."""
    harness = a_day()
    harness.environment["ARCHIVE_RETENTION_DAYS"] = "90"

    sealing(harness).run()

    assert b'"retention_days":90' in harness.objects.held["seals/v1/tenant=demo/00000001.json"]


def test_what_is_left_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Time is up before anything was read."""
    harness = a_day()
    late = sealing(harness)
    harness.clock.turn(HOUR)

    report = late.run()

    assert (report["complete"], report["waiting"], report["seal"]) == (False, 1, None)
    assert "1 objects wait" in caplog.text


def test_the_seal_holds_what_the_tenant_counted_beside_what_is_held() -> None:
    """From the reconcile by way of the checkpoint; once for each day."""
    harness = Harness(environment={"START_FROM": "P3D"})
    harness.run()
    harness.tenant.add(log_end=harness.clock.true_now() - HOUR)
    harness.tenant.add(log_end=harness.clock.true_now() - HOUR)
    harness.later(HOUR)
    harness.run()
    harness.later(36 * HOUR)
    harness.run()
    harness.later(HOUR)

    sealing(harness).run()

    seal = orjson.loads(harness.objects.held["seals/v1/tenant=demo/00000001.json"])
    assert seal["evidence_day"] == "2026-11-22T00:00:00.000Z"
    assert seal["evidence"] == {
        "day": "2026-11-22T00:00:00.000Z",
        "count_before": 2,
        "count_after": 2,
        "rows_read": 2,
        "stepped_over": 0,
        "unreadable": 0,
        "ties_unresolved": 0,
        "versions_held": 2,
        "gap": 0,
    }
    assert sealing(harness).run()["made"] == 0


def test_runs_notice_that_a_night_is_missing() -> None:
    """By the first run of each six hours; a new stack has a day for its first night."""
    harness = a_day()
    harness.run()
    harness.later(2 * HOUR)
    harness.run()
    assert harness.meter.values(Metric.SEAL_FAILED) == []

    harness.later(6 * HOUR)
    harness.run()
    harness.later()
    harness.run()
    assert harness.meter.values(Metric.SEAL_FAILED) == [1]

    sealing(harness).run()
    harness.later(6 * HOUR)
    harness.run()
    assert harness.meter.values(Metric.SEAL_FAILED) == [1]
