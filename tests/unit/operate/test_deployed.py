"""Looking for a stack: what is there, and what to do if it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operate.account import Account

OURS = {
    "StackName": "mpl-export-acme",
    "StackStatus": "CREATE_COMPLETE",
    "Outputs": [{"OutputKey": "ExporterFunction", "OutputValue": "exporter"}],
    "Parameters": [{"ParameterKey": "TenantName", "ParameterValue": "acme"}],
}


def account(*stacks: Mapping[str, object]) -> Account:
    """An account with these stacks."""

    def describe(StackName: str = "") -> object:  # noqa: N803 - as the SDK has it
        found = [each for each in stacks if StackName in ("", each["StackName"])]
        if StackName and not found:
            return refusal("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": found}

    told = ScriptedAccount()
    told.tell("cloudformation.describe_stacks", describe)
    return cast("Account", told)


def test_a_stack_is_known_by_outputs_and_parameters() -> None:
    """Both are all that commands need of it."""
    found = Deployed.find(account(OURS), "mpl-export-acme")

    assert (found.tenant, found.outputs["ExporterFunction"]) == ("acme", "exporter")


def test_a_stack_that_is_not_there_names_those_that_are() -> None:
    """A typing error and a wrong region look the same otherwise."""
    with pytest.raises(StoppedError) as caught:
        Deployed.find(account(OURS, {**OURS, "StackName": "x", "Outputs": []}), "nope")

    assert str(caught.value).startswith(
        "there is no stack nope in eu-central-1 of account 111122223333 (there is mpl-export-acme)"
    )
    assert caught.value.ending is Ending.SETUP
    assert Deployed.look(account(), "nope") is None


def test_a_stack_of_somebody_else_is_told_apart() -> None:
    """Nothing is done to it."""
    with pytest.raises(StoppedError, match="no stack of this project"):
        Deployed.find(account({**OURS, "Outputs": []}), "mpl-export-acme")
