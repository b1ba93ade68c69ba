"""The backfill's state machine, read as text: what its engine would accept, retry and carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import mpl_export.errors
from mpl_export.errors import ExportError, TemporaryError
from tests.packaging.template import PROJECT, Json, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITION: Final = PROJECT / "statemachines" / "backfill.asl.json"
INVOKE: Final = "arn:aws:states:::lambda:invoke"


def definition(stack: Stack) -> Json:
    """The definition as CloudFormation hands it to Step Functions."""
    text = DEFINITION.read_text()
    for name, value in stack.properties("Backfill")["DefinitionSubstitutions"].items():
        assert f"${{{name}}}" in text, name
        text = text.replace(f"${{{name}}}", value)
    machine: Json = json.loads(text)
    return machine


def states(machine: Json) -> Iterator[tuple[str, Json]]:
    """All states, those of the children included."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def test_the_definition_is_whole_once_it_is_substituted(stack: Stack) -> None:
    """What is left of a substitution is an error at run time only."""
    machine = definition(stack)

    assert "${" not in json.dumps(machine)
    assert machine["States"]["Slices"]["MaxConcurrency"] == 2
    assert stack.properties("Backfill")["Type"] == "STANDARD"  # a distributed map needs it


def test_every_state_leads_somewhere(stack: Stack) -> None:
    """A name with a slip in it is found when the execution gets there."""
    machine = definition(stack)
    for part in (machine, machine["States"]["Slices"]["ItemProcessor"]):
        assert set(_targets(part)) == set(part["States"])


def test_the_children_are_executions_of_their_own_and_few_at_a_time(stack: Stack) -> None:
    """In one history of 25,000 events a thousand slices would not fit."""
    slices = definition(stack)["States"]["Slices"]

    assert slices["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }
    assert slices["ToleratedFailurePercentage"] == 0  # what a child cannot catch is a failure


def test_each_task_is_the_exporter_and_ends_in_time(stack: Stack) -> None:
    """Without a time a lost answer would be waited for until the execution ends."""
    tasks = [(name, state) for name, state in states(definition(stack)) if state["Type"] == "Task"]

    assert [name for name, _ in tasks] == ["Plan", "Export", "Sum"]
    for name, task in tasks:
        assert task["Resource"] == INVOKE
        assert task["Parameters"]["FunctionName"] == "<Exporter.Arn>"
        assert task["TimeoutSeconds"] > (0 if name == "Sum" else 900)


def test_what_only_a_person_can_mend_is_not_tried_again_and_all_else_is(stack: Stack) -> None:
    """With jitter, as all children of an execution meet a throttled account at once."""
    for _, task in states(definition(stack)):
        if task["Type"] != "Task":
            continue
        never, throttled, failed = task["Retry"]
        assert never["MaxAttempts"] == 0
        for name in never["ErrorEquals"]:
            error = getattr(mpl_export.errors, name)
            assert issubclass(error, ExportError)
            assert not issubclass(error, TemporaryError)
        assert "Lambda.TooManyRequestsException" in throttled["ErrorEquals"]
        assert failed["ErrorEquals"] == ["States.TaskFailed", "States.Timeout"]
        for each in (throttled, failed):
            assert each["JitterStrategy"] == "FULL"
            assert 1 <= each["MaxAttempts"] <= 10


def test_a_child_returns_its_failure(stack: Stack) -> None:
    """One that failed would end the others; the last state fails for all of them."""
    machine = definition(stack)
    export = machine["States"]["Slices"]["ItemProcessor"]["States"]["Export"]

    [catcher] = export["Catch"]
    assert (catcher["ErrorEquals"], catcher["Next"]) == (["States.ALL"], "Failed")
    [choice] = machine["States"]["AnyFailed"]["Choices"]
    assert (choice["Variable"], choice["NumericGreaterThan"]) == ("$.failed", 0)
    assert machine["States"][choice["Next"]]["Type"] == "Fail"


def test_nothing_but_jsonpath_is_spoken(stack: Stack) -> None:
    """JSONata would need another engine to be tried locally."""
    assert "QueryLanguage" not in json.dumps(definition(stack))


def _targets(part: Json) -> Iterator[str]:
    yield part["StartAt"]
    for state in part["States"].values():
        found: list[dict[str, Any]] = [state, *state.get("Choices", []), *state.get("Catch", [])]
        for each in found:
            if "Next" in each:
                yield each["Next"]
        if "Default" in state:
            yield state["Default"]
