"""The proof in an account: it asks before each step, says what it saw, and leaves nothing."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from operate.emulated import sam
from operate.emulated.emulator import Emulator
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.packaging.template import PROJECT
from tests.support.operators.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

STACK = "mpl-export-proof"


def test_it_deploys_drills_verifies_and_deletes(
    template: sam.LocalTemplate, tmp_path: Path
) -> None:
    """On the emulator, whose bucket takes what that of AWS refuses: that is said."""
    tenant = SapTenant(seed=5)
    now = utc_now()
    tenant.populate(100, now - timedelta(hours=20), now)
    with Emulator.start() as aws, tenant.serve() as server:
        key, ca = tmp_path / "key.json", tmp_path / "ca.pem"
        key.write_text(json.dumps(server.service_key()))
        ca.write_text(server.ca_pem)
        options = {
            "AwsEndpointUrl": aws.endpoint_url,
            "Architecture": sam.host_architecture(),
            "ScheduleExpression": "rate(1 minute)",
            "StartFrom": "P2D",
            "TenantCaPem": f"@{ca}",
            "FailureAlarmActions": "on",
        }
        words = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "operate", "prove", "--stack", STACK]
        command += ["--tenant", "proof", "--email", "ops@example.com", "--key-file", str(key)]
        command += ["--template", str(template.path), *words]
        environment = {**aws.environment(), "PYTHONPATH": str(PROJECT / "functions")}

        with Terminal.run(command, cwd=PROJECT, environment=environment) as terminal:
            for question, within in (
                (f"Deploy the stack {STACK}?", 60),
                ("Export the last day once more", 400),
                ("Try to overwrite and to delete a part", 120),
                ("Set every alarm off", 60),
                ("Have the mails of the alarms arrived?", 300),
                (f"Delete the stack {STACK}?", 60),
                ("Delete what it left behind, for ever", 120),
            ):
                terminal.expect(question, within=within)
                terminal.type("y")
            status = terminal.ended(within=120)

        shown = " ".join(terminal.shown.split())
        assert "a second export of the last day stores nothing twice" in shown
        assert "S3 refuses to overwrite a part" in shown
        assert "NOT SO" in shown  # the emulator enforces no policy unless it is told to
        assert status == 1, terminal.shown
        assert "still there" not in shown
        stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
        assert STACK not in {each["StackName"] for each in stacks}
        assert aws.client("dynamodb").list_tables()["TableNames"] == []
        assert not [
            each
            for each in aws.client("s3").list_buckets()["Buckets"]
            if STACK in each.get("Name", "")
        ]
