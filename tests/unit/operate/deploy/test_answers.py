"""What has to be known before anything is deployed, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from operate.deploy.answers import Given, planned
from operate.endings import Ending, StoppedError
from operate.voice import Voice
from tests.support.exporter import keys
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from operate.account import Account
    from operate.deploy.answers import Plan


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A good key file."""
    path = tmp_path / "key.json"
    path.write_text(keys.service_key_text(keys.certificate_members()))
    return path


def account(status: str | None = None, **parameters: str) -> Account:
    """An account, with the stack if it has a status."""
    told = ScriptedAccount()
    stack = {
        "StackName": "mpl-export",
        "StackStatus": status,
        "Outputs": [{"OutputKey": "ExporterFunction", "OutputValue": "exporter"}],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    }
    missing = refusal("ValidationError", "Stack with id mpl-export does not exist")
    told.tell("cloudformation.describe_stacks", {"Stacks": [stack]} if status else missing)
    return cast("Account", told)


def plan_of(where: Account, key_file: Path | None = None, **said: object) -> Plan:
    """The plan for what was said on the command line, where nobody can be asked."""
    given: dict[str, object] = {
        "tenant": "acme",
        "mail": "",
        "key_file": None if key_file is None else str(key_file),
        "values": {},
        "asks_token": False,
        "goes_ahead": True,
        **said,
    }
    return planned(where, "mpl-export", Given(**given), Voice())  # type: ignore[arg-type]


def test_what_was_said_is_the_plan(key_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown before anything happens; the key is not."""
    plan = plan_of(account(), key_file, mail="ops@example.com", values={"StartFrom": "P7D"})

    assert plan.parameters == {
        "TenantName": "acme",
        "AlertEmail": "ops@example.com",
        "StartFrom": "P7D",
    }
    assert plan.key is not None
    assert plan.existing is None
    told = capsys.readouterr().out
    assert "Deploy the stack mpl-export for tenant acme" in told
    assert "AlertEmail = ops@example.com" in told
    assert keys.client().key_pem().splitlines()[1] not in told + repr(plan)


def test_nobody_can_be_asked_outside_a_terminal(key_file: Path) -> None:
    """A pipeline gets a sentence, not a prompt that waits for ever."""
    with pytest.raises(StoppedError, match="--key-file") as caught:
        plan_of(account(), key_file, tenant=None)
    assert caught.value.ending is Ending.USAGE
    with pytest.raises(StoppedError, match="give --yes"):
        plan_of(account(), key_file, goes_ahead=False)


def test_an_update_keeps_what_is_not_named() -> None:
    """Tenant, mail and key are known; asking again would invite mistakes."""
    plan = plan_of(
        account("UPDATE_COMPLETE", TenantName="acme", AlertEmail="ops@example.com"),
        tenant=None,
        mail=None,
    )

    assert plan.key is None
    assert plan.parameters == {"TenantName": "acme", "AlertEmail": "ops@example.com"}


def test_a_stack_keeps_its_tenant(key_file: Path) -> None:
    """Another name would begin a second archive in silence."""
    with pytest.raises(StoppedError, match="is that of tenant first") as caught:
        plan_of(account("CREATE_COMPLETE", TenantName="first"), key_file)

    assert "--stack mpl-export-acme" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name mpl-export"),
        ("CREATE_FAILED", "delete it"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait until that has ended"),
    ],
)
def test_a_stack_that_takes_no_deployment_says_the_way_out(
    key_file: Path, status: str, words: str
) -> None:
    """CloudFormation's own message names the state and leaves it at that."""
    with pytest.raises(StoppedError, match=words):
        plan_of(account(status, TenantName="acme"), key_file)


def test_a_bad_value_stops_before_the_key_is_read(tmp_path: Path) -> None:
    """Everything is judged before anything is done."""
    with pytest.raises(StoppedError, match="OverlapMinutes must be"):
        plan_of(account(), tmp_path / "none.json", values={"OverlapMinutes": "soon"})
    with pytest.raises(StoppedError, match="TenantName must be"):
        plan_of(account(), tmp_path / "none.json", tenant="a b")
    with pytest.raises(StoppedError, match="AlertEmail must be"):
        plan_of(account(), tmp_path / "none.json", mail="ops")
