"""A stranger at a terminal: from three questions to the first logs in the archive."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from operate.emulated import sam
from operate.emulated.stack import Stack
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.packaging.template import PROJECT
from tests.support.operators.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.emulator import Emulator
    from operate.sap_tenant.server import SapTenantServer

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(600)]

STACK = "mpl-export-typed"
LOGS = 200
COMMAND = [sys.executable, "-m", "operate"]


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant with some logs of the last day."""
    tenant = SapTenant(seed=11)
    now = utc_now()
    tenant.populate(LOGS, now - timedelta(days=1), now)
    with tenant.serve() as running:
        yield running


def environment(aws: Emulator) -> dict[str, str]:
    """What the stranger's shell has set."""
    return {**aws.environment(), "PYTHONPATH": str(PROJECT / "functions")}


def test_three_answers_bring_the_first_logs(
    aws: Emulator, template: sam.LocalTemplate, server: SapTenantServer, tmp_path: Path
) -> None:
    """What is mistyped is asked for again; the key is judged first, and shown nowhere."""
    good, old, ca = (tmp_path / name for name in ("key.json", "old.json", "ca.pem"))
    document = server.service_key()
    good.write_text(json.dumps(document))
    old.write_text(json.dumps(server.service_key(valid=timedelta(days=-2))))
    ca.write_text(server.ca_pem)
    options = {
        "AwsEndpointUrl": aws.endpoint_url,
        "Architecture": sam.host_architecture(),
        "ScheduleExpression": "rate(1 minute)",
        "StartFrom": "P2D",
        "TenantCaPem": f"@{ca}",
    }
    words = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
    command = [*COMMAND, "deploy", "--stack", STACK, "--template", str(template.path), *words]

    with Terminal.run(command, cwd=PROJECT, environment=environment(aws)) as terminal:
        terminal.expect("Your name for the tenant")
        terminal.type("not a name")
        terminal.expect("TenantName must be 1 to 63 letters")
        terminal.expect("Your name for the tenant")
        terminal.type("typed")
        terminal.expect("Mail address")
        terminal.type("ops@example.com")
        terminal.expect("File with the service key")
        terminal.type(str(tmp_path / "none.json"))
        terminal.expect("there is no file")
        terminal.expect("File with the service key")
        terminal.type(str(old))
        terminal.expect("expired on")
        terminal.expect("File with the service key")
        terminal.type(str(good))
        terminal.expect("the token server takes it")
        terminal.expect("Go ahead? [Y/n]")
        assert not _stacks(aws)
        terminal.type("")
        terminal.expect("The service key is in the secret", within=240)
        status = terminal.ended(within=240)

    assert status == 0, terminal.shown
    assert "archived up to" in terminal.shown
    assert "s3://" in terminal.shown
    private = [line for line in document["oauth"]["key"].splitlines() if len(line) > 40]  # type: ignore[index]
    assert private
    assert not [line for line in private if line in terminal.shown]
    stack = _stack(aws)
    assert stack.parts()
    table = aws.client("dynamodb").describe_table(TableName=stack.outputs["CheckpointTable"])
    assert table["Table"]["DeletionProtectionEnabled"]
    _again(aws, good)
    _doctor(aws)


def _again(aws: Emulator, key: Path) -> None:
    """Somebody else's tenant does not get into this stack."""
    command = [*COMMAND, "deploy", "--stack", STACK, "--tenant", "other", "--email", ""]
    command += ["--key-file", str(key), "--yes"]
    with Terminal.run(command, cwd=PROJECT, environment=environment(aws)) as terminal:
        assert terminal.ended(within=30) == 4
    assert "is that of tenant typed" in terminal.shown


def _doctor(aws: Emulator) -> None:
    """The emulator does not say how a mail was confirmed, so not all could be looked at."""
    command = [*COMMAND, "doctor", "--stack", STACK]
    with Terminal.run(command, cwd=PROJECT, environment=environment(aws)) as terminal:
        status = terminal.ended(within=60)
    assert "0 of" in terminal.shown, terminal.shown
    assert status == 3, terminal.shown


def _stacks(aws: Emulator) -> list[str]:
    found = aws.client("cloudformation").describe_stacks()["Stacks"]
    return [each["StackName"] for each in found if each["StackName"] == STACK]


def _stack(aws: Emulator) -> Stack:
    (found,) = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    return Stack(aws=aws, outputs=outputs, tenant="typed")
