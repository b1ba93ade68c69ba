"""The operator's half of the doctor, on stacks that are broken in one way each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mpl_export import __version__
from operate.doctor.show import examine, examined
from operate.endings import Ending
from operate.voice import Voice
from tests.support.operators.broken_stacks import (
    BROKEN_STACKS,
    RIGHTS,
    BrokenStack,
    alarm,
    answer,
    healthy,
)
from tests.support.operators.scripted_account import refusal, scripted_stack

if TYPE_CHECKING:
    from operate.doctor.findings import Step

STEPS = [
    "function",
    "secret",  # what the function found
    "release",
    "bucket: place",
    "bucket: EventBridge",
    "bucket: versioning",
    "bucket: policy",
    "bucket: key",
    "subscriptions",
    "subscriptions: confirmed",
    "subscriptions: unsubscribing",
    "alarms",
    "schedules",
    "queue of new parts",
    "code",
    "table: protection",
    "rules: yours",
]


def step_of(steps: list[Step], name: str) -> Step:
    """The step of that name."""
    (found,) = (each for each in steps if each.name == name)
    return found


def test_a_stack_that_is_well_passes_every_step() -> None:
    """Both halves are one list, and the exit code says that all of it is well."""
    steps = examined(scripted_stack(healthy()), Voice(as_json=True))

    assert [each.name for each in steps.steps] == STEPS
    assert {each.verdict for each in steps.steps} == {"ok"}
    assert steps.ending is Ending.WELL
    assert __version__ in step_of(steps.steps, "release").seen


@pytest.mark.parametrize("broken", BROKEN_STACKS, ids=lambda broken: broken.name)
def test_what_is_broken_is_named(broken: BrokenStack) -> None:
    """In the words of the console, and by an exit code that a script can branch on."""
    account = healthy()
    account.tell(broken.operation, broken.says())

    steps = examined(scripted_stack(account), Voice(as_json=True))

    step = step_of(steps.steps, broken.step)
    assert step.verdict == broken.verdict
    for word in broken.words:
        assert word in f"{step.seen} | {step.do}"
    failed = broken.verdict == "failed"
    assert steps.ending is (Ending.FAULT if failed else Ending.UNCHECKED)
    beside = {each.name for each in steps.steps if each.verdict == "failed"} - {broken.step}
    assert beside <= {"release"}  # which nobody knows where the function does not answer


@pytest.mark.parametrize("operation", RIGHTS)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_step_without_the_right_for_it_never_passes(operation: str, code: str) -> None:
    """It says which right is missing; all the others are looked at all the same."""
    name, action = RIGHTS[operation]
    account = healthy()
    account.tell(operation, refusal(code))

    steps = examined(scripted_stack(account), Voice(as_json=True))

    step = step_of(steps.steps, name)
    assert (step.verdict, step.seen) == ("not checked", f"not checked, needs {action}")
    assert steps.ending in {Ending.UNCHECKED, Ending.FAULT}
    assert len(steps.steps) >= len(STEPS) - 1


@pytest.mark.parametrize(("choice", "verdict"), [("off", "ok"), ("on", "failed")])
def test_an_alarm_that_is_silent_by_choice_is_well(choice: str, verdict: str) -> None:
    """Digests tell each failure; the alarm on their number is for who wants it."""
    account = healthy()
    alarms = account.answers["cloudwatch"]["describe_alarms"]["MetricAlarms"]
    alarms.append(alarm(3, ActionsEnabled=False))
    summaries = account.answers["cloudformation"]["list_stack_resources"]["StackResourceSummaries"]
    summaries.append(
        {
            "LogicalResourceId": "MessagesFail",
            "ResourceType": "AWS::CloudWatch::Alarm",
            "PhysicalResourceId": "alarm-3",
        }
    )

    steps = examined(scripted_stack(account, FailureAlarmActions=choice), Voice(as_json=True))

    assert step_of(steps.steps, "alarms").verdict == verdict


def test_a_function_that_failed_a_step_fails_the_whole() -> None:
    """The function's own finding is the most telling one."""
    account = healthy()
    found = {"name": "token", "verdict": "failed", "seen": "401", "do": "create a new key"}
    account.tell("lambda.invoke", lambda **_: answer({"release": __version__, "steps": [found]}))

    steps = examined(scripted_stack(account), Voice(as_json=True))

    assert steps.ending is Ending.FAULT
    assert step_of(steps.steps, "token").do == "create a new key"


@pytest.mark.parametrize(
    ("verdict", "ending", "summed_up"),
    [
        ("off", Ending.WELL, f"All {len(STEPS) - 1} steps are well; 1 is switched off."),
        ("not checked", Ending.UNCHECKED, f"0 of {len(STEPS)} steps failed, 1 were not checked."),
    ],
)
def test_a_choice_is_well_and_what_was_not_looked_at_is_not(
    verdict: str, ending: Ending, summed_up: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Artifacts that are switched off, and those that the role does not cover."""
    account = healthy()
    found = {"name": "runtime artifacts", "verdict": verdict, "seen": "s", "do": "d"}
    account.tell("lambda.invoke", lambda **_: answer({"release": __version__, "steps": [found]}))

    steps = examine(scripted_stack(account), Voice())

    assert steps.ending is ending
    told = capsys.readouterr().out
    assert summed_up in told
    assert "runtime artifacts: d" in told


def test_people_and_programs_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output holds the document and nothing else."""
    steps = examine(scripted_stack(healthy()), Voice(as_json=True))

    document = json.loads(capsys.readouterr().out)
    assert document["ending"] == "well"
    assert document["tenant"] == "acme"
    assert [each["name"] for each in document["steps"]] == [each.name for each in steps.steps]

    examine(scripted_stack(healthy()), Voice())

    told = capsys.readouterr().out
    assert all(each.name in told for each in steps.steps)
    assert f"All {len(STEPS)} steps are well." in told
