"""The demo's world, kept open: what to type in another terminal, until Ctrl-C."""

from __future__ import annotations

import itertools
import shlex
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.emulated.sam import host_architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.demo.narrator import Narrator
    from operate.demo.tenants import DemoTenant
    from operate.emulated.emf_bridge import EmfBridge
    from operate.emulated.emulator import Emulator
    from operate.emulated.sam import LocalTemplate
    from operate.emulated.stack import Stack

FOLDER: Final = Path(".run/demo")
ENVIRONMENT: Final = "env"
HEADING: Final = "Still open, until Ctrl-C.  In another terminal, in this folder:"
_TICK_SECONDS: Final = 0.5
_TICKS_BETWEEN_METRICS: Final = 20
_HIDDEN: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


def keep_open(
    narrator: Narrator,
    stack: Stack,
    tenant: DemoTenant,
    bridge: EmfBridge,
    template: LocalTemplate,
) -> None:
    """Let tenant, schedules and alarms go on until Ctrl-C, and say what there is to try.

    Args:
        template: What was deployed, so that a second stack can be.
    """
    with handed_out(stack.aws, tenant) as folder:
        try:
            _finish(stack)
            narrator.heading(HEADING)
            for line in lines_to_type(folder, stack, template.path):
                print(f"    {line}" if line else "", flush=True)  # whole, to be copied
            for tick in itertools.count(1):
                time.sleep(_TICK_SECONDS)
                tenant.carry_on()
                if tick % _TICKS_BETWEEN_METRICS == 0:
                    bridge.carry()
        except KeyboardInterrupt:
            narrator.say("Closing ...")


def _finish(stack: Stack) -> None:
    """Do what a deployment does after its first run, and let the schedules go on."""
    stack.aws.client("dynamodb").update_table(
        TableName=stack.outputs["CheckpointTable"], DeletionProtectionEnabled=True
    )
    stack.resume_schedules()


@contextmanager
def handed_out(aws: Emulator, tenant: DemoTenant, folder: Path = FOLDER) -> Iterator[Path]:
    """Write what another terminal needs, for as long as the block lasts.

    The environment of the emulated AWS, with credentials that open nothing; of a simulated
    tenant also its keys.  The key of a real one is not written anywhere.
    """
    shutil.rmtree(folder, ignore_errors=True)  # of a demo that was killed
    folder.mkdir(parents=True, mode=0o700)
    try:
        exported = {
            name: value
            for name, value in aws.environment().items()
            if name.startswith(("AWS_", "SAM_"))
        }
        texts = {
            ENVIRONMENT: "".join(
                [
                    f"unset {' '.join(_HIDDEN)}\n",
                    *(f"export {name}={shlex.quote(it)}\n" for name, it in exported.items()),
                ]
            ),
            **tenant.files(),
        }
        for name, text in texts.items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lines_to_type(folder: Path, stack: Stack, template: Path) -> list[str]:
    """What a first hour tries, in its order; an empty line parts it."""
    name = f"mpl-export-{stack.tenant}"
    failed = next((each for each in stack.records() if each.get("Status") == "FAILED"), {})
    guid = failed.get("MessageGuid", "<MessageGuid>")
    lines = [
        f". {folder}/{ENVIRONMENT}    # this terminal now means the emulated AWS",
        f"make doctor STACK={name}",
        f"make ask QUERY=failures-by-artifact SINCE=P2D STACK={name} ARGS='--with here'",
        f"make trace ID={guid} STACK={name}",
        f"make report SINCE=P2D STACK={name}",
        f"make rules-try FILE=docs/alerts.example.toml SINCE=P2D STACK={name}",
        f"make rules FILE=docs/alerts.example.toml STACK={name}",
    ]
    if not (folder / "key.json").exists():
        return lines
    secret = stack.outputs["ServiceKeySecret"]
    settings = {
        "TenantCaPem": f"@{folder}/ca.pem",
        "AwsEndpointUrl": stack.aws.endpoint_url,
        "Architecture": host_architecture(),
        "ScheduleExpression": '"rate(1 minute)"',
        "StartFrom": "P2D",
    }
    words = " ".join(f"--set {setting}={value}" for setting, value in settings.items())
    key = f"--key-file {folder}/key.json --template {template}"
    return [
        *lines,
        "",
        "# a key whose certificate has ended: what does the doctor say?  Then the good one again",
        f"{_put(secret, folder / 'ended-key.json')}; make doctor STACK={name}",
        f"{_put(secret, folder / 'key.json')}; make doctor STACK={name}",
        "",
        "# a stack of your own, from its questions to the first logs; it takes some minutes",
        f"make deploy STACK=mpl-export-mine ARGS='{key} {words}'",
    ]


def _put(secret: str, path: Path) -> str:
    """Put a key into the secret, on machines without an AWS CLI, too."""
    call = f"put_secret_value(SecretId='{secret}', SecretString=open('{path}').read())"
    return f".venv/bin/python -c \"import boto3; boto3.client('secretsmanager').{call}\""
