"""The SAM CLI: how values reach it, and how its failures are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from operate.deploy import samcli
from operate.deploy.answers import Plan
from operate.endings import Ending, StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from operate.account import Account


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedAccount:
    """An account, and a SAM CLI that fails with a word."""
    sam = tmp_path / ".venv-sam" / "bin" / "sam"
    sam.parent.mkdir(parents=True)
    sam.write_text('#!/bin/sh\necho "args $*"\necho "Error: no luck"\nexit 1\n')
    sam.chmod(0o755)
    monkeypatch.setattr(samcli, "PROJECT", tmp_path)
    monkeypatch.setattr(samcli, "LOG", tmp_path / ".run" / "deploy.log")
    return ScriptedAccount()


def plan(told: ScriptedAccount) -> Plan:
    """A plan with a value that shells and SAM like to cut."""
    return Plan(
        account=cast("Account", told),
        stack="acme",
        existing=None,
        parameters={"TenantName": "acme", "ScheduleExpression": "rate(5 minutes)"},
        key=None,
    )


def test_a_value_with_blanks_and_quotes_stays_whole() -> None:
    """SAM cuts an unquoted value at its first blank, and deploys what is left."""
    assert samcli.quoted("A", 'rate(1 minute) "x"') == 'A="rate(1 minute) \\"x\\""'


def test_the_resource_that_failed_is_named(told: ScriptedAccount) -> None:
    """The first one, not those that CloudFormation gave up because of it."""
    event = {"ResourceType": "AWS::S3::Bucket", "ResourceStatus": "CREATE_FAILED"}
    told.tell(
        "cloudformation.describe_stack_events",
        {
            "StackEvents": [
                {**event, "LogicalResourceId": "Other", "ResourceStatusReason": "cancelled"},
                {**event, "LogicalResourceId": "Archive", "ResourceStatusReason": "taken"},
                {"LogicalResourceId": "acme", "ResourceStatus": "CREATE_IN_PROGRESS"},
            ]
        },
    )

    with pytest.raises(StoppedError, match=r"failed at Archive .*: taken") as caught:
        samcli.deploy(plan(told), None, None, "default")

    assert caught.value.ending is Ending.FAULT
    said = samcli.LOG.read_text()
    assert "--no-confirm-changeset" in said
    assert 'ScheduleExpression="rate(5 minutes)"' in said


@pytest.mark.parametrize(
    ("line", "resolved"),
    [("resolve_s3 = true", True), ('s3_bucket = "code-of-ours"', False), ("", True)],
)
def test_a_bucket_for_the_code_is_ours_or_sams_never_both(
    told: ScriptedAccount, *, line: str, resolved: bool
) -> None:
    """SAM refuses both; and accounts that let nobody make buckets name one in samconfig.toml."""
    told.tell("cloudformation.describe_stack_events", {"StackEvents": []})
    (samcli.LOG.parent.parent / "samconfig.toml").write_text(f"[ours.deploy.parameters]\n{line}\n")

    with pytest.raises(StoppedError):
        samcli.deploy(plan(told), None, None, "ours")

    assert ("--resolve-s3" in samcli.LOG.read_text()) is resolved


def test_without_events_sams_own_word_is_told(told: ScriptedAccount) -> None:
    """It failed before CloudFormation was asked."""
    told.tell("cloudformation.describe_stack_events", refusal("ValidationError"))

    with pytest.raises(StoppedError, match=r"sam deploy failed: Error: no luck.*deploy\.log"):
        samcli.deploy(plan(told), None, None, "default")


def test_a_build_that_fails_says_so(told: ScriptedAccount) -> None:
    """And nothing is deployed."""
    assert told.region
    with pytest.raises(StoppedError, match="sam build failed: Error: no luck"):
        samcli.build()


def test_no_sam_cli_says_how_to_get_it(
    told: ScriptedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a class of Python's."""
    assert told.region
    (tmp_path / ".venv-sam" / "bin" / "sam").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StoppedError, match="make venv installs it"):
        samcli.build()
