"""The deployed stack does what the README promises, seen from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from operate.emulated.truth import compare, just_now
from operate.emulated.waiting import wait_for

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = pytest.mark.emulator

# What a healthy tenant gives no cause to log; packaging tests hold their alarms to the code.
ONLY_IN_TROUBLE = {
    "CompletenessGap",
    "LateLogs",
    "PreviousKeyInUse",
    "ReadingLimited",
    "ReconcileComplete",
    "RetentionHoursLeft",
    "SealFailed",
}


def test_the_schedule_runs_the_export_by_itself(world: World) -> None:
    """Nobody has invoked anything: template, role, secret, layer and code fit together."""
    report = world.first_report

    assert report["purpose"] == "scheduled"
    assert report["caught_up"]
    assert report["versions_stored"] == len(world.tenant.rows())
    assert sum(report["by_status"].values()) == report["versions_stored"]


def test_the_archive_is_what_the_tenant_shows(world: World) -> None:
    """Every log of every status, with every property, and no version twice."""
    world.stack.invoke()

    comparison = compare(world.stack.records(), world.tenant.rows(), since=world.since)

    assert comparison.equal, str(comparison)


def test_a_run_without_news_stores_nothing(world: World) -> None:
    """It reads the overlap again and recognises every row of it."""
    world.stack.invoke()
    parts = world.stack.parts()

    report = world.stack.invoke()

    assert report["versions_stored"] == 0
    assert world.stack.parts() == parts


def test_twenty_changes_are_twenty_versions(world: World) -> None:
    """What changed is found, and only that, however much is read again."""
    world.stack.invoke()
    before = {record["Version"] for record in world.stack.records()}
    open_logs = [
        str(row["MessageGuid"])
        for row in world.tenant.rows()
        if row["Status"] in {"PROCESSING", "RETRY"} and row["LogEnd"] is not None
    ]
    for guid in open_logs[:20]:
        world.tenant.change(guid, status="COMPLETED", log_end=just_now())

    report = world.stack.invoke()

    added = [record for record in world.stack.records() if record["Version"] not in before]
    assert report["versions_stored"] == 20
    assert sorted(record["MessageGuid"] for record in added) == sorted(open_logs[:20])


def test_a_span_exported_again_stores_nothing(world: World) -> None:
    """A backfill is the same verb with other bounds, so it finds its rows in the archive."""
    world.stack.invoke()

    report = world.stack.invoke({"since": "P1D", "until": "PT1H", "purpose": "backfill"})

    assert report["rows_read"] > 0
    assert report["versions_stored"] == 0


def test_a_failed_message_rings_the_alarm_and_people_are_told(world: World) -> None:
    """From the tenant to the subscriber: metric, alarm, topic, delivery."""
    world.tenant.add(status="FAILED", log_end=just_now(), error_text="The receiver answered 500")
    world.stack.invoke()

    world.bridge.carry()

    def alert() -> dict[str, Any] | None:
        alarms = world.mailbox.alarms()
        return next((found for found in alarms if _is_about(found, "FailedMessages")), None)

    told = wait_for("the alert", alert, within=timedelta(seconds=10))
    assert told["NewStateValue"] == "ALARM"
    assert "docs/alarms.md#" in told["AlarmDescription"]


def test_the_error_text_of_a_failure_is_in_its_record(world: World) -> None:
    """It is asked for before the tenant forgets it."""
    guid = world.tenant.add(
        status="FAILED", log_end=just_now(), error_text="Cannot find the partner 4711"
    )

    world.stack.invoke()

    records = [record for record in world.stack.records() if record["MessageGuid"] == guid]
    assert [record["ErrorText"] for record in records] == ["Cannot find the partner 4711"]


def test_alarms_watch_exactly_the_metrics_that_are_logged(world: World) -> None:
    """An alarm whose dimensions differ by one letter waits for ever; the emulator ignores them."""
    world.tenant.add(status="FAILED", log_end=just_now())
    world.stack.invoke()
    world.bridge.carry()
    logged = {
        (datum.namespace, datum.name, frozenset(datum.dimensions)) for datum in world.bridge.carried
    }

    alarms = world.stack.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {
        (
            alarm["Namespace"],
            alarm["MetricName"],
            frozenset((dimension["Name"], dimension["Value"]) for dimension in alarm["Dimensions"]),
        )
        for alarm in alarms
        if alarm["Namespace"] == "MplExport" and world.stack.tenant in alarm["AlarmDescription"]
    }

    in_trouble = watched - logged
    assert watched & logged
    assert {name for _, name, _ in in_trouble} <= ONLY_IN_TROUBLE
    assert {dimensions for *_, dimensions in in_trouble} <= {dims for *_, dims in logged}


def _is_about(alert: dict[str, Any], metric: str) -> bool:
    return bool(alert.get("Trigger", {}).get("MetricName") == metric)
