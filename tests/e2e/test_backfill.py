"""A backfill through the real state machine, beside scheduled runs, killed and begun again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.instants import iso_instant
from operate.emulated.deployment import deploy_stack
from operate.emulated.emulator import PROJECT, Emulator
from operate.emulated.truth import compare
from operate.emulated.waiting import wait_for
from operate.sap_tenant import SapTenant, unreadable_row
from operate.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from pathlib import Path

    from operate.emulated.sam import LocalTemplate
    from operate.emulated.stack import Json, Stack

pytestmark = pytest.mark.emulator

_SPAN: Final = re.compile(r"(\S{24})/(\S{24}) ")
_LOGS: Final = 2_000
_TIE: Final = 1_200
"""More rows of one millisecond than a page holds."""
_DAYS: Final = timedelta(days=3)
_INPUT: Final = {"since": "P4D", "slice_rows": 500}
_ENDS_WITHIN: Final = timedelta(seconds=240)


@dataclass(frozen=True)
class Execution:
    """One execution of a stack's state machine."""

    stack: Stack
    arn: str

    @classmethod
    def start(cls, stack: Stack) -> Execution:
        """Start a backfill."""
        arn = stack.aws.client("stepfunctions").start_execution(
            stateMachineArn=stack.outputs["BackfillStateMachine"], input=json.dumps(_INPUT)
        )["executionArn"]
        return cls(stack, arn)

    def described(self) -> Json:
        """How it stands."""
        machine = self.stack.aws.client("stepfunctions")
        return dict(machine.describe_execution(executionArn=self.arn))

    def ended(self) -> Json:
        """How it ended."""

        def end() -> Json | None:
            described = self.described()
            return None if described["status"] == "RUNNING" else described

        return wait_for("the backfill's end", end, within=_ENDS_WITHIN)

    def output(self) -> dict[str, Any]:
        """What it did, once it has ended well."""
        ended = self.ended()
        assert ended["status"] == "SUCCEEDED", ended
        output: dict[str, Any] = json.loads(ended["output"])
        return output


@pytest.mark.timeout(600)
def test_a_backfill_that_was_killed_ends_as_if_nothing_had_happened(
    template: LocalTemplate, tmp_path: Path
) -> None:
    """The machine goes down in the middle of it, beside scheduled runs; the second one completes.

    A third one finds all there is, and stores nothing.
    """
    tenant = SapTenant(seed=11)
    now = utc_now()
    since = now - _DAYS
    tenant.populate(_LOGS, since, now - timedelta(hours=1))
    for _ in range(_TIE):
        tenant.add(log_end=now - timedelta(hours=30))
    with tenant.serve() as server:
        with Emulator.start(kept=tmp_path) as aws:
            stack = deploy_stack(
                aws,
                template,
                tenant="history",
                parameters={
                    "ScheduleState": "DISABLED",
                    "StartFrom": "PT12H",
                    "TenantCaPem": server.ca_pem,
                },
            )
            stack.put_service_key(json.dumps(server.service_key()))
            killed = Execution.start(stack)
            wait_for("the first parts", stack.parts, within=_ENDS_WITHIN, every_seconds=0.1)
            assert killed.described()["status"] == "RUNNING"

        with Emulator.start(kept=tmp_path) as aws:
            stack = replace(stack, aws=aws)
            before = set(stack.parts())
            assert before
            again = Execution.start(stack)
            scheduled = [stack.invoke() for _ in range(2)]  # beside it
            output = again.output()

            assert scheduled[-1]["caught_up"]
            assert output["failed"] == 0
            assert output["slices"] > 5
            assert output["rows_read"] >= len(_dated(tenant))
            assert before <= set(stack.parts())
            comparison = compare(stack.records(), tenant.rows(), since=since)
            assert comparison.equal, str(comparison)

            parts = stack.parts()
            asked = ["--since", str(_INPUT["since"]), "--slice-rows", str(_INPUT["slice_rows"])]
            planned = _commanded(stack, "plan", *asked)
            assert planned["rows"] >= len(_dated(tenant))
            assert planned["slices"] == len(planned["plan"])
            [again_stored] = _commanded(stack, "backfill", *asked)["executions"]
            assert again_stored["status"] == "SUCCEEDED"
            assert again_stored["versions_stored"] == 0
            assert again_stored["requests"] > again_stored["slices"]
            assert stack.parts() == parts

            _fails_for_one_slice(tenant, stack)


def _fails_for_one_slice(tenant: SapTenant, stack: Stack) -> None:
    """A slice that always fails is named by the execution; the others are done."""
    hour = utc_now() - timedelta(hours=50)
    poisoned = tenant.add(log_end=hour)
    added = [tenant.add(log_end=hour + timedelta(hours=n)) for n in (-20, 0, 20)]
    tenant.faults.add(unreadable_row(poisoned))
    _hurry(stack)

    ended = Execution.start(stack).ended()

    assert (ended["status"], ended["error"]) == ("FAILED", "SlicesFailed")
    assert "1 of " in ended["cause"]  # the emulator names no class, where AWS does
    (begin, end), *others = _SPAN.findall(ended["cause"])
    assert begin <= iso_instant(hour) < end
    assert not others
    stored = {record["MessageGuid"] for record in stack.records()}
    assert set(added) <= stored
    assert poisoned not in stored


def _commanded(stack: Stack, *words: str) -> dict[str, Any]:
    """The document of a command, called as its users do."""
    told = subprocess.run(
        [sys.executable, "-m", "operate", *words, "--stack", "mpl-export-history", "--json"],
        cwd=PROJECT,
        env={**stack.aws.environment(), "PYTHONPATH": "functions"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=_ENDS_WITHIN.total_seconds(),
    )
    document: dict[str, Any] = json.loads(told.stdout)
    return document


def _hurry(stack: Stack) -> None:
    """Let the machine try again once, and soon: how often it does is asserted of the template."""
    sfn = stack.aws.client("stepfunctions")
    arn = stack.outputs["BackfillStateMachine"]
    definition = sfn.describe_state_machine(stateMachineArn=arn)["definition"]
    hurried = definition.replace('"IntervalSeconds": 30', '"IntervalSeconds": 1')
    assert hurried != definition
    definition, hurried = hurried, hurried.replace('"MaxAttempts": 3', '"MaxAttempts": 1')
    assert hurried != definition
    sfn.update_state_machine(stateMachineArn=arn, definition=hurried)


def _dated(tenant: SapTenant) -> list[object]:
    return [row for row in tenant.rows() if row["LogEnd"] is not None]
