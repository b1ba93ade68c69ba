"""Waiting for the first run: what it says, and why there is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from operate.deploy import first_run
from operate.deploy.first_run import await_first_run, interval_of, protect_table, show_arrived
from operate.endings import Ending, StoppedError
from operate.voice import Voice
from tests.support.operators.scripted_account import ScriptedAccount, scripted_stack

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORT = {
    "purpose": "scheduled",
    "since": "2026-10-23T12:00:00.000Z",
    "until": "2026-11-22T12:00:00.000Z",
    "position": "2026-11-22T11:45:00.000Z",
    "rows_read": 1234,
    "versions_stored": 1200,
    "by_status": {"COMPLETED": 1190, "FAILED": 10},
    "parts": [f"mpl/v1/part-{number}" for number in range(9)],
    "caught_up": False,
    "requests": 7,
}


class GoneError(Exception):
    """The log group is not there yet."""


def account(*lines: dict[str, Any]) -> ScriptedAccount:
    """An account whose function has logged these lines."""
    told = ScriptedAccount()
    told.tell("lambda.get_function_configuration", {"LoggingConfig": {"LogGroup": "group"}})
    events = [{"timestamp": n, "message": json.dumps(each)} for n, each in enumerate(lines)]
    told.tell("logs.filter_log_events", {"events": [{"message": "START"}, *events]})
    return told


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions = SimpleNamespace(ResourceNotFoundException=GoneError)
    monkeypatch.setattr(first_run, "_LOOK_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(
        "tests.support.operators.scripted_account._Client.exceptions", exceptions, raising=False
    )


def waited(told: ScriptedAccount) -> Any:  # noqa: ANN401 - a report
    """The report that was waited for."""
    return await_first_run(
        scripted_stack(told), NOW, Voice(as_json=True), within=timedelta(seconds=-1)
    )


def test_the_report_of_the_first_scheduled_run_is_given() -> None:
    """Not that of a reconcile, nor of a run that met the lease."""
    other = {**REPORT, "purpose": "reconcile"}
    idle = {**REPORT, "since": None}
    lines = [{"message": "run ended", "report": each} for each in (other, idle, REPORT)]

    assert waited(account(*lines)) == REPORT


def test_no_run_is_told_with_the_newest_error() -> None:
    """That is what has to be mended."""
    lines = [
        {"errorType": "SettingsError", "errorMessage": "the first"},
        {"errorType": "KeyRefusedError", "errorMessage": "the second"},
    ]

    with pytest.raises(StoppedError, match="KeyRefusedError: the second") as caught:
        waited(account(*lines))

    assert caught.value.ending is Ending.FAULT
    assert "make doctor STACK=mpl-export" in str(caught.value)


def test_a_log_that_is_not_there_yet_is_no_error_of_its_own() -> None:
    """Lambda makes it at the first run."""
    told = account()
    told.tell("logs.filter_log_events", GoneError())

    with pytest.raises(StoppedError, match="no run has ended well"):
        waited(told)


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("rate(1 minute)", 1),
        ("rate(5 minutes)", 5),
        ("rate(2 hours)", 120),
        ("cron(0 * * * ? *)", 60),
        ("", 60),
    ],
)
def test_it_is_waited_for_a_tick_at_least(expression: str, minutes: int) -> None:
    """An hourly schedule is not given up after five minutes."""
    assert interval_of(expression) == timedelta(minutes=minutes)


def test_what_arrived_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers, how far it got, and where it lies; a long list is cut."""
    show_arrived(scripted_stack(account()), REPORT, Voice())

    told = capsys.readouterr().out
    assert "1,234 in 7 requests" in told
    assert "1,190 COMPLETED, 10 FAILED" in told
    assert "not yet: the next runs go on from there" in told
    assert told.count("s3://acme-archive/mpl/v1/part-") == 5
    assert "and 4 parts more" in told


@pytest.mark.parametrize("protected", [True, False])
def test_the_table_is_protected_once(*, protected: bool) -> None:
    """By this command, and not by the template, which could not roll back otherwise."""
    told = account()
    updates: list[object] = []
    told.tell("dynamodb.describe_table", {"Table": {"DeletionProtectionEnabled": protected}})
    told.tell("dynamodb.update_table", lambda **said: updates.append(said))

    assert protect_table(scripted_stack(told)) == "the table checkpoints is protected from deletion"
    assert updates == (
        [] if protected else [{"TableName": "checkpoints", "DeletionProtectionEnabled": True}]
    )
