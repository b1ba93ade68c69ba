"""The proof in an account: it asks before each step, says what it saw, and leaves nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.archive.arrivals import S3Arrivals
from mpl_export.clock import Deadline
from mpl_export.sealing.sealer import Pass, Sealer
from mpl_export.sealing.signing import KmsSigner
from operate.emulated import sam
from operate.emulated.emulator import Emulator
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.packaging.template import PROJECT
from tests.support.exporter.fakes import MemoryCheckpoints
from tests.support.manual_clock import ManualClock
from tests.support.operators.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from mpl_export.archive.arrivals import Listing

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

STACK = "mpl-export-proof"
SEALS = "Seal what has arrived"


class Settled(S3Arrivals):
    """A bucket that does not say how young its objects are."""

    def listing(self, prefix: str) -> Listing:
        """Leave the time to the clock of who asks."""
        return replace(super().listing(prefix), at=None)


def a_quarter_of_an_hour_passes(aws: Emulator) -> str:
    """Seal what the stack has archived, as it does itself once that is old enough; its key."""
    [stack] = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    clock = ManualClock(utc_now() + timedelta(hours=1))
    done = Pass(tenant="proof")
    Sealer(
        store=Settled(aws.client("s3"), outputs["ArchiveBucket"]),
        tenant="proof",
        notes=MemoryCheckpoints(),
        clock=clock,
        deadline=Deadline.after(clock, timedelta(hours=1)),
        retention=None,
        stored=KmsSigner(aws.client("kms"), outputs["SealPublicKey"]).signed,
    ).run(done)
    assert done.objects > 0
    return outputs["SealPublicKey"]


def test_it_deploys_drills_verifies_and_deletes(
    template: sam.LocalTemplate, tmp_path: Path
) -> None:
    """On the emulator, whose bucket takes what that of AWS refuses: that is said."""
    tenant = SapTenant(seed=5)
    now = utc_now()
    tenant.populate(100, now - timedelta(hours=20), now)
    key = ""
    with Emulator.start() as aws, tenant.serve() as server:
        key_file, ca = tmp_path / "key.json", tmp_path / "ca.pem"
        key_file.write_text(json.dumps(server.service_key()))
        ca.write_text(server.ca_pem)
        options = {
            "AwsEndpointUrl": aws.endpoint_url,
            "Architecture": sam.host_architecture(),
            "ScheduleExpression": "rate(1 minute)",
            "StartFrom": "P2D",
            "TenantCaPem": f"@{ca}",
            "FailureAlarmActions": "on",
            "SealSigning": "kms",
        }
        words = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "operate", "prove", "--stack", STACK]
        command += ["--tenant", "proof", "--email", "ops@example.com", "--key-file", str(key_file)]
        command += ["--template", str(template.path), *words]
        environment = {**aws.environment(), "PYTHONPATH": str(PROJECT / "functions")}

        with Terminal.run(command, cwd=PROJECT, environment=environment) as terminal:
            for question, within in (
                (f"Deploy the stack {STACK}?", 60),
                ("Export the last day once more", 400),
                ("Try to overwrite and to delete a part", 120),
                ("Set every alarm off", 60),
                ("Have the mails of the alarms arrived?", 300),
                (SEALS, 60),
                (f"Delete the stack {STACK}?", 60),
                ("Delete what it left behind, for ever", 120),
            ):
                terminal.expect(question, within=within)
                if question == SEALS:
                    key = a_quarter_of_an_hour_passes(aws)
                terminal.type("y")
            status = terminal.ended(within=120)

        shown = " ".join(terminal.shown.split())
        assert "a second export of the last day stores nothing twice" in shown
        assert "S3 refuses to overwrite a part" in shown
        assert "seen the archive is as it was sealed Clean:" in " ".join(
            shown.replace("│", " ").split()
        )
        assert "the head that you named is in the chain" in shown
        assert "signed by" in shown
        assert "NOT SO" in shown  # the emulator enforces no policy unless it is told to
        assert status == 1, terminal.shown
        assert "still there" not in shown
        stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
        assert STACK not in {each["StackName"] for each in stacks}
        described = aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        assert described["KeyState"] == "PendingDeletion"
        assert aws.client("dynamodb").list_tables()["TableNames"] == []
        assert not [
            each
            for each in aws.client("s3").list_buckets()["Buckets"]
            if STACK in each.get("Name", "")
        ]
