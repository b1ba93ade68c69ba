"""One execution of the state machine, looked at from outside."""

import json
from dataclasses import dataclass, field
from typing import Any

from mpl_export.instants import iso_instant
from operate.account import asking
from operate.deployed import Deployed
from operate.endings import StoppedError

_MOST_CHILDREN = 1_000


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far an execution is.

    Attributes:
        slices, done, failed: How many slices there are, have ended, and have ended by a failure.
        expected: How many rows the plan counted; 0 where the tenant cannot count.
        rows, stored: What the slices that have ended read and stored.
    """

    slices: int = 0
    done: int = 0
    failed: int = 0
    expected: int = 0
    rows: int = 0
    stored: int = 0


@dataclass(slots=True)
class Execution:
    """An execution, and what was learnt of its children so far."""

    stack: Deployed
    arn: str
    progress: Progress = field(default_factory=Progress)
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def start(cls, stack: Deployed, asked: dict[str, Any]) -> "Execution":
        """Start a backfill."""
        with asking("states:StartExecution", "start the backfill"):
            started = stack.account.client("stepfunctions").start_execution(
                stateMachineArn=machine_of(stack), input=json.dumps(asked)
            )
        return cls(stack, started["executionArn"])

    def described(self) -> dict[str, Any]:
        """How it stands."""
        with asking("states:DescribeExecution", "look at the backfill"):
            client = self.stack.account.client("stepfunctions")
            return dict(client.describe_execution(executionArn=self.arn))

    def stop(self) -> None:
        """End it; runs of the exporter that are under way still finish."""
        with asking("states:StopExecution", "stop the backfill"):
            self.stack.account.client("stepfunctions").stop_execution(
                executionArn=self.arn, error="Stopped", cause="stopped by the backfill command"
            )

    def look(self) -> Progress:
        """Look how far it is; each child that has ended is looked at once."""
        if not self.progress.slices:
            self._read_the_plan()
        if self.progress.slices:
            self._look_at_children()
        return self.progress

    def summary(self) -> dict[str, Any] | None:
        """What it did, added up; None if it did not get there."""
        return self._output_of("Sum")

    def _read_the_plan(self) -> None:
        plan = self._output_of("Plan")
        if plan is not None:
            self.progress.slices = len(plan["slices"])
            self.progress.expected = sum(each["rows"] or 0 for each in plan["slices"])

    def _output_of(self, state: str) -> dict[str, Any] | None:
        with asking("states:GetExecutionHistory", "read the backfill's history"):
            pages = (
                self.stack.account.client("stepfunctions")
                .get_paginator("get_execution_history")
                .paginate(executionArn=self.arn, includeExecutionData=True)
            )
            for page in pages:
                for event in page["events"]:
                    exited = event.get("stateExitedEventDetails")
                    if exited and exited["name"] == state:
                        output: dict[str, Any] = json.loads(exited.get("output", "{}"))
                        return output
        return None

    def _look_at_children(self) -> None:
        client = self.stack.account.client("stepfunctions")
        with asking("states:ListMapRuns", "list the backfill's slices"):
            runs = client.list_map_runs(executionArn=self.arn)["mapRuns"]
        for run in runs:
            with asking("states:ListExecutions", "list the backfill's slices"):
                children = client.list_executions(
                    mapRunArn=run["mapRunArn"],
                    statusFilter="SUCCEEDED",
                    maxResults=_MOST_CHILDREN,
                )["executions"]
            for child in children:
                if child["executionArn"] not in self._seen:
                    self._seen.add(child["executionArn"])
                    self._add(child["executionArn"])

    def _add(self, child: str) -> None:
        with asking("states:DescribeExecution", "look at a slice"):
            described = self.stack.account.client("stepfunctions").describe_execution(
                executionArn=child
            )
        output = json.loads(described.get("output") or "{}")
        self.progress.done += 1
        self.progress.failed += len(output.get("failures", []))
        self.progress.rows += output.get("rows", 0)
        self.progress.stored += output.get("stored", 0)


def machine_of(stack: Deployed) -> str:
    """The stack's state machine.

    Raises:
        StoppedError: The stack is older than this folder.
    """
    try:
        return stack.outputs["BackfillStateMachine"]
    except KeyError:
        raise StoppedError(
            f"the stack {stack.name} has no output BackfillStateMachine: it is of an older release;"
            " deploy this one (make deploy)"
        ) from None


def running(stack: Deployed) -> list[str]:
    """The backfills of a stack that are under way."""
    with asking("states:ListExecutions", "list the backfills that are under way"):
        found = stack.account.client("stepfunctions").list_executions(
            stateMachineArn=machine_of(stack), statusFilter="RUNNING", maxResults=10
        )["executions"]
    return [
        f"{each['executionArn']} (since {iso_instant(each['startDate'])[:16]}Z)" for each in found
    ]
