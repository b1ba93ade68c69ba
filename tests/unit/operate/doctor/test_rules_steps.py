"""What the doctor says of rules."""

import io

import pytest

from operate.doctor.findings import Examination, Step
from operate.doctor.rules_steps import look_at_rules
from tests.support.operators.broken_stacks import healthy
from tests.support.operators.scripted_account import ScriptedAccount, refusal, scripted_stack


def looked(account: ScriptedAccount) -> Step:
    """The step."""
    steps = Examination()
    look_at_rules(scripted_stack(account), steps)
    (step,) = steps.steps
    return step


def test_no_rules_are_well() -> None:
    """Most stacks have none."""
    step = looked(healthy())

    assert step.verdict == "ok"
    assert step.seen.startswith("none are in force")


def test_rules_that_hold_are_named_with_their_teams() -> None:
    """And whether the caller may put others."""
    account = healthy()
    account.tell("dynamodb.get_item", {"Item": {"rules_number": {"N": "3"}}})
    account.tell("s3.get_object", lambda **_: {"Body": io.BytesIO(b'default = "ops"\n')})

    step = looked(account)

    assert step.verdict == "ok"
    assert step.seen.endswith("for the teams ops, unassigned; you may put others")


def test_who_may_not_put_others_is_told_and_well() -> None:
    """Who only looks after a stack need not."""
    account = healthy()
    account.tell("dynamodb.update_item", refusal("AccessDeniedException"))

    step = looked(account)

    assert step.verdict == "ok"
    assert "may not put others (that takes dynamodb:UpdateItem)" in step.seen


@pytest.mark.parametrize("code", ["NoSuchKey"])
def test_rules_that_are_gone_stop_the_export(code: str) -> None:
    """That is a fault, and the way out is named."""
    account = healthy()
    account.tell("dynamodb.get_item", {"Item": {"rules_number": {"N": "3"}}})
    account.tell("s3.get_object", refusal(code))

    step = looked(account)

    assert step.verdict == "failed"
    assert "00000003.toml is in force and does not exist: nothing is exported" in step.seen
    assert "make rules FILE=" in step.do
