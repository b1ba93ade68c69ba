"""Invoke the exporter in a container, by the real ``sam local invoke``."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Final

from operate.emulated.emulator import PROJECT
from operate.emulated.stack import FunctionFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from operate.emulated.local_world import LocalWorld
    from operate.emulated.stack import Json

_INVOKE_SECONDS: Final = 240
# What finds the tools and the Docker daemon; nothing of it is about AWS.
_INHERITED: Final = ("PATH", "LANG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")


class LocalInvokeError(Exception):
    """``sam local invoke`` gave no answer; the message holds the end of what it printed."""


def invoke(world: LocalWorld, event: Path, *, skip_pull: bool = True) -> Json:
    """Invoke the exporter with the event in a file, and return its report.

    Args:
        skip_pull: Whether the image of the runtime is here already.

    Raises:
        FunctionFailedError: The function answered with an error.
        LocalInvokeError: It gave no answer.
    """
    home = world.environment_file.parent
    environment = {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "HOME": str(home),
        # SAM hands its own credentials to the container, and has no business in AWS itself.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": world.stack.aws.region,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [
        str(PROJECT / ".venv-sam" / "bin" / "sam"),
        *world.invoke_arguments(event, skip_pull=skip_pull),
    ]
    try:
        result = subprocess.run(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INVOKE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalInvokeError(f"no answer within {_INVOKE_SECONDS} s") from error
    # What the function answers is the last line of the output; what it logs is elsewhere.
    lines = result.stdout.strip().splitlines()
    if result.returncode != 0 or not lines:
        raise LocalInvokeError(f"no answer:\n{result.stderr[-4000:]}")
    answer: Json = json.loads(lines[-1])
    if "errorMessage" in answer:
        raise FunctionFailedError(answer)
    return answer
