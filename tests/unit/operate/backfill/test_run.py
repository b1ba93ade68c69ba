"""``plan`` and ``backfill`` against an account that answers what it is told."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from operate.backfill.execution import Execution, Progress
from operate.backfill.run import backfill, plan
from operate.backfill.watch import Pace, line_of
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.voice import Voice
from tests.support.operators.scripted_account import ScriptedAccount, scripted_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MACHINE = "arn:aws:states:eu-central-1:111122223333:stateMachine:backfill"
ARN = "arn:aws:states:eu-central-1:111122223333:execution:backfill:one"
SINCE, MIDDLE, UNTIL = (f"2026-11-0{day}T00:00:00.000Z" for day in (1, 2, 3))
ASKED = {"since": SINCE, "until": UNTIL}
SUMMARY: dict[str, Any] = {
    "since": SINCE,
    "until": UNTIL,
    "message": "all 2 slices are archived",
    "slices": 2,
    "failed": 0,
    "runs": 2,
    "rows_read": 300,
    "versions_stored": 300,
    "requests": 9,
    "seconds": 12.0,
    "rest": None,
    "failures": [],
}


def planned(**changed: object) -> dict[str, Any]:
    """The answer of the function to a plan."""
    slices = [
        {"since": SINCE, "until": MIDDLE, "rows": 100},
        {"since": MIDDLE, "until": UNTIL, "rows": 200},
    ]
    answer = {
        "since": SINCE,
        "until": UNTIL,
        "expired_before": None,
        "rows": 300,
        "uncounted": 0,
        "requests": 6,
        "page_seconds": 1.5,
        "threads": 4,
        "rest": None,
        "slices": slices,
    }
    return {**answer, **changed}


@dataclass
class Machine:
    """A state machine, as the service shows it: a look at a time.

    Attributes:
        statuses: What the execution says, look by look; the last one stays.
        sums: The summaries of the executions, in order; None for one that did not get there.
    """

    statuses: list[str]
    sums: list[dict[str, Any] | None]
    started: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _looks: int = 0

    def answers(self) -> dict[str, Any]:
        """The operations of the service."""
        return {
            "start_execution": self.start,
            "describe_execution": self.describe,
            "get_execution_history": self.history,
            "list_map_runs": {"mapRuns": [{"mapRunArn": "run"}]},
            "list_executions": self.children,
            "stop_execution": lambda executionArn, **_: self.stopped.append(executionArn),  # noqa: N803
        }

    def start(self, *, stateMachineArn: str, input: str) -> dict[str, str]:  # noqa: A002, N803
        """Start one more execution."""
        assert stateMachineArn == MACHINE
        self.started.append(json.loads(input))
        return {"executionArn": f"{ARN}-{len(self.started)}"}

    def describe(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        """An execution, or a child of it."""
        if executionArn.startswith("child"):
            return {"output": json.dumps({"failures": [], "rows": 150, "stored": 150})}
        if self.stopped:
            return {"status": "ABORTED"}
        status = self.statuses[min(self._looks, len(self.statuses) - 1)]
        self._looks += 1
        cause = "KeyRefusedError: renew the key" if status == "FAILED" else ""
        return {"status": status, "error": "SlicesFailed", "cause": cause}

    def history(self, **_: object) -> dict[str, Any]:
        """What the states have given."""
        found = [("Plan", planned())]
        summed = self.sums[max(0, len(self.started) - 1)]
        if summed is not None:
            found.append(("Sum", summed))
        return {
            "events": [
                {"stateExitedEventDetails": {"name": name, "output": json.dumps(output)}}
                for name, output in found
            ]
        }

    def children(self, **arguments: object) -> dict[str, Any]:
        """The children that have ended, or the executions that are under way."""
        if "mapRunArn" in arguments:
            return {"executions": [{"executionArn": f"child-{n}"} for n in range(2)]}
        return {"executions": []}


def stack_of(machine: Machine, plans: list[dict[str, Any]] | None = None) -> Deployed:
    """A stack with it."""
    left = list(plans or [planned()])

    def invoke(**_: object) -> dict[str, Any]:
        answer = left.pop(0)
        error = {"FunctionError": "Unhandled"} if "errorType" in answer else {}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **error}

    account = ScriptedAccount({"stepfunctions": machine.answers(), "lambda": {"invoke": invoke}})
    stack = scripted_stack(account)
    return Deployed(
        account=stack.account,
        name=stack.name,
        status=stack.status,
        outputs={**stack.outputs, "BackfillStateMachine": MACHINE},
        parameters=stack.parameters,
    )


def still(happen: Callable[[], None] = lambda: None) -> Pace:
    """A clock that moves by its own sleeps."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        happen()
        now[0] += seconds

    return Pace(now=lambda: now[0], sleep=sleep)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one JSON document on standard output."""
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_plan_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """For people a table, for programs all slices."""
    stack = stack_of(Machine([], []))

    assert plan(stack, ASKED, Voice(as_json=True)) == Ending.WELL
    told = document(capsys)
    assert (told["rows"], told["slices"], told["requests"], told["executions"]) == (300, 2, 6, 1)
    assert told["minutes"] > 0
    assert len(told["plan"]) == 2
    plan(stack_of(Machine([], [])), ASKED, Voice())
    shown = capsys.readouterr().out
    assert "Nothing was written" in shown
    assert "a page took 1.5 s" in shown


def test_a_long_span_is_planned_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """What the first plan leaves is another execution's."""
    plans = [planned(rest={"since": MIDDLE, "until": UNTIL}, until=MIDDLE), planned(since=MIDDLE)]

    plan(stack_of(Machine([], []), plans), ASKED, Voice(as_json=True))

    told = document(capsys)
    assert (told["executions"], told["slices"], told["rows"]) == (2, 4, 600)


def test_what_the_function_refuses_is_one_sentence() -> None:
    """With the exit code of who has to act."""
    refused = {"errorType": "EventError", "errorMessage": "since is not before until"}

    with pytest.raises(StoppedError, match="since is not before until") as caught:
        plan(stack_of(Machine([], []), [refused]), ASKED, Voice())
    assert caught.value.ending == Ending.USAGE


def test_an_older_stack_is_named_as_such() -> None:
    """Its output is missing; nothing is started."""
    with pytest.raises(StoppedError, match="older release"):
        backfill(scripted_stack(ScriptedAccount()), ASKED, Voice())


def test_a_backfill_is_started_watched_and_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with what was done."""
    machine = Machine(["RUNNING", "RUNNING", "SUCCEEDED"], [SUMMARY])

    ending = backfill(stack_of(machine), ASKED, Voice(as_json=True), pace=still())

    told = document(capsys)
    assert ending == Ending.WELL
    assert machine.started == [ASKED]
    assert told["executions"] == [
        {"execution": f"{ARN}-1", "status": "SUCCEEDED", **SUMMARY},
    ]


def test_what_is_left_of_a_long_span_is_another_execution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also after slices that failed: the rest has nothing to do with them."""
    rest = {"since": MIDDLE, "until": UNTIL}
    machine = Machine(["FAILED", "SUCCEEDED"], [{**SUMMARY, "failed": 1, "rest": rest}, SUMMARY])
    asked = {**ASKED, "slice_rows": 100}

    ending = backfill(stack_of(machine), asked, Voice(as_json=True), pace=still())

    assert ending == Ending.FAULT
    assert machine.started == [asked, {**rest, "slice_rows": 100}]
    assert len(document(capsys)["executions"]) == 2


def test_an_execution_that_got_nowhere_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Such as by a key that the tenant refuses: there is no sum then."""
    ending = backfill(stack_of(Machine(["FAILED"], [None])), ASKED, Voice(), pace=still())

    assert ending == Ending.FAULT
    assert "renew the key" in capsys.readouterr().out


def test_ctrl_c_without_a_terminal_ends_the_watching_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody can answer there; the way back is printed."""
    machine = Machine(["RUNNING"], [None])

    ending = backfill(stack_of(machine), ASKED, Voice(), pace=still(_interrupted))

    assert ending == Ending.STOPPED
    assert not machine.stopped
    assert f"EXECUTION={ARN}-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "stopped", "ending"),
    [("stop", [f"{ARN}-1"], Ending.STOPPED), ("leave", [], Ending.STOPPED)],
)
def test_ctrl_c_on_a_terminal_asks(
    answer: str, stopped: list[str], ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The execution and the watching are two things."""
    machine = Machine(["RUNNING"], [None])
    monkeypatch.setattr(Voice, "draws", True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: answer)

    assert backfill(stack_of(machine), ASKED, Voice(), pace=still(_interrupted)) == ending
    assert machine.stopped == stopped


def test_an_execution_can_be_watched_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started then, and a rest is not begun."""
    machine = Machine(["SUCCEEDED"], [{**SUMMARY, "rest": {"since": MIDDLE, "until": UNTIL}}])

    ending = backfill(stack_of(machine), {}, Voice(), follow=f"{ARN}-9", pace=still())

    assert ending == Ending.WELL
    assert not machine.started
    assert "all 2 slices are archived" in capsys.readouterr().out


def test_each_child_is_looked_at_once() -> None:
    """A thousand children, looked at each three seconds, would be throttled."""
    machine = Machine(["RUNNING"], [None])
    looked: list[str] = []
    stack = stack_of(machine)

    def describe(**arguments: str) -> Mapping[str, Any]:
        looked.append(arguments["executionArn"])
        return machine.describe(**arguments)

    answers = getattr(stack.account, "answers")  # noqa: B009 - a scripted account's
    answers["stepfunctions"]["describe_execution"] = describe
    execution = Execution(stack, ARN)

    assert execution.look() == Progress(slices=2, done=2, expected=300, rows=300, stored=300)
    execution.look()
    assert sorted(looked) == ["child-0", "child-1"]


@pytest.mark.parametrize(
    ("progress", "seconds", "words"),
    [
        (Progress(), 3, "planning"),
        (Progress(slices=4, done=1, expected=400, rows=100, stored=90), 10, "10 rows a second"),
        (Progress(slices=4, done=1, expected=400, rows=100), 10, "about 30 s left"),
        (Progress(slices=4, done=1, rows=100), 100, "about 5 min left"),
        (Progress(slices=4, done=2, failed=1), 10, "1 failed"),
    ],
)
def test_a_line_says_how_far_it_is(progress: Progress, seconds: float, words: str) -> None:
    """Slices, rows, their rate, and the time that is left: by rows where they are counted."""
    assert words in line_of(progress, seconds)


def test_others_that_are_under_way_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """They are safe side by side, and read double."""
    machine = Machine(["SUCCEEDED"], [SUMMARY])
    stack = stack_of(machine)
    answers = getattr(stack.account, "answers")  # noqa: B009 - a scripted account's
    began = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    children = machine.children

    def listed(**arguments: object) -> dict[str, Any]:
        if "stateMachineArn" in arguments:
            return {"executions": [{"executionArn": f"{ARN}-0", "startDate": began}]}
        return children(**arguments)

    answers["stepfunctions"]["list_executions"] = listed

    backfill(stack, ASKED, Voice(), pace=still())

    assert f"{ARN}-0 (since 2026-11-24T12:00Z)" in capsys.readouterr().out


def _interrupted() -> None:
    raise KeyboardInterrupt
