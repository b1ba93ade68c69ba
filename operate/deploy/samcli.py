"""``sam build`` and ``sam deploy``, without a question, and why they failed."""

import os
import shutil
import subprocess  # nosec B404
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from operate.built import build_if_stale
from operate.deploy.answers import Plan
from operate.deploy.samconfig import read_samconfig
from operate.endings import Ending, StoppedError
from operate.template import PROJECT

_LONGEST_SECONDS: Final = 1800
LOG: Final = PROJECT / ".run" / "deploy.log"


def build() -> None:
    """Build function and layers; what has not changed is not built again.

    Raises:
        StoppedError: There is no SAM CLI, or the build failed.
    """
    build_if_stale(PROJECT, lambda: _run(["build"]))


def deploy(plan: Plan, template: Path | None, profile: str | None, environment: str) -> None:
    """Deploy.

    Args:
        template: A built template; None for the one that ``build`` made.
        environment: The environment of samconfig.toml, for tags, a role and a bucket that are set
            there.

    Raises:
        StoppedError: The deployment failed; names the resource and CloudFormation's reason.
    """
    config = PROJECT / "samconfig.toml"
    words = [
        "deploy",
        *("--config-file", str(config)),
        *("--config-env", environment),
        *("--template-file", str(template or PROJECT / ".aws-sam" / "build" / "template.yaml")),
        *("--stack-name", plan.stack),
        *("--region", plan.account.region),
        *("--capabilities", "CAPABILITY_IAM"),
        *(() if read_samconfig(environment, config).names_bucket else ("--resolve-s3",)),
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        *(("--profile", profile) if profile else ()),
        "--parameter-overrides",
        *(quoted(name, value) for name, value in sorted(plan.parameters.items())),
    ]
    try:
        _run(words)
    except StoppedError as error:
        reason = _first_failure(plan)
        if not reason:
            raise
        raise StoppedError(f"{reason}; all of it stands in {LOG}", Ending.FAULT) from error


def quoted(name: str, value: str) -> str:
    """A parameter in the one spelling that SAM hands on whole, blanks and newlines included."""
    escaped = value.replace('"', '\\"')
    return f'{name}="{escaped}"'


def _run(words: list[str]) -> None:
    command = [_sam(), *words]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "SAM_CLI_TELEMETRY": "0",
    }
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("ab") as log:
        log.write(f"\n$ sam {words[0]}\n".encode())
        log.flush()
        begun = log.tell()
        try:
            status = subprocess.run(  # noqa: S603  # nosec B603
                command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_LONGEST_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise StoppedError(
                f"sam {words[0]} took more than {_LONGEST_SECONDS // 60} minutes",
                Ending.UNAVAILABLE,
            ) from None
    if status:
        said = LOG.read_bytes()[begun:].decode(errors="replace").strip().splitlines()
        last = next((line for line in reversed(said) if line.startswith("Error")), "")
        raise StoppedError(
            f"sam {words[0]} failed: {last or (said[-1] if said else 'no reason given')}; all of "
            f"it stands in {LOG}",
            Ending.FAULT,
        )


def _sam() -> str:
    own = PROJECT / ".venv-sam" / "bin" / "sam"
    found = str(own) if own.exists() else shutil.which("sam")
    if found is None:
        raise StoppedError(
            "the AWS SAM CLI is not installed: make venv installs it into this folder, or see "
            "'Install the AWS SAM CLI' in AWS's documentation"
        )
    return found


def _first_failure(plan: Plan) -> str:
    """The resource at which CloudFormation gave up, and its reason; empty if it says none."""
    try:
        answer = plan.account.client("cloudformation").describe_stack_events(StackName=plan.stack)
    except (ClientError, BotoCoreError):
        return ""
    failed = [
        each
        for each in answer["StackEvents"]
        if each.get("ResourceStatus", "").endswith("_FAILED")
        and "cancelled" not in each.get("ResourceStatusReason", "")
    ]
    if not failed:
        return ""
    first = failed[-1]  # newest first
    return (
        f"CloudFormation failed at {first.get('LogicalResourceId')} ({first.get('ResourceType')}): "
        f"{first.get('ResourceStatusReason', 'no reason given')}"
    )
