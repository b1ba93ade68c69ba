"""Build and deploy the real template with the real ``sam``, to an emulated AWS only."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from operate.built import build_if_stale
from operate.emulated.emulator import PROJECT, Emulator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The emulator refuses a template that holds one of these; everything else, it takes.
REFUSED_TYPES: Final = frozenset(
    {
        "AWS::Athena::NamedQuery",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::LogAlarm",
        "AWS::Logs::QueryDefinition",
    }
)

# A port at which nobody listens: building needs no AWS, so it gets none.
_NOWHERE = "http://127.0.0.1:9"
_BUILD_SECONDS = 600
_DEPLOY_SECONDS = 300


class SamError(Exception):
    """A ``sam`` command failed; the message holds the end of what it printed."""


@dataclass(frozen=True, slots=True)
class LocalTemplate:
    """A built template as the emulator takes it.

    Attributes:
        path: The file, beside the built template.
        removed: What had to be left out, as logical id and type.
    """

    path: Path
    removed: Mapping[str, str]


def build(project: Path = PROJECT) -> Path:
    """Run ``sam build``, unless all is built as it is, and return the built template.

    Raises:
        SamError: The build failed.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": _NOWHERE,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }
    return build_if_stale(
        project,
        lambda: sam(
            ["build"], cwd=project, environment=environment, timeout_seconds=_BUILD_SECONDS
        ),
    )


def local_template(built: Path) -> LocalTemplate:
    """Copy a built template without the resources that the emulator refuses.

    Raises:
        SamError: Something that stays refers to something that had to go.
    """
    template: dict[str, Any] = yaml.safe_load(built.read_text())
    resources: dict[str, Any] = template["Resources"]
    removed = {
        name: resource["Type"]
        for name, resource in resources.items()
        if resource["Type"] in REFUSED_TYPES
    }
    for name in removed:
        del resources[name]
    dangling = sorted(removed.keys() & _names_referred_to(template))
    if dangling:
        raise SamError(f"the emulator refuses {dangling}, but the template refers to them")
    path = built.with_name("template-local.yaml")
    # Another process may be deploying what it wrote under this name.
    written = path.with_suffix(f".{os.getpid()}")
    written.write_text(yaml.safe_dump(template, sort_keys=False))
    written.replace(path)
    return LocalTemplate(path=path, removed=removed)


def deploy(
    aws: Emulator,
    template: Path,
    *,
    stack_name: str,
    parameters: Mapping[str, str],
    project: Path = PROJECT,
) -> dict[str, str]:
    """Run ``sam deploy --config-env local`` and return the stack's outputs.

    Args:
        parameters: Values of the template's parameters; all that the stack gets.

    Raises:
        SamError: The deployment failed.
        NotLoopbackError: The emulator is not on this machine.
    """
    sam(
        [
            "deploy",
            *("--config-env", "local"),
            *("--config-file", str(project / "samconfig.toml")),
            *("--template-file", str(template)),
            *("--stack-name", stack_name),
            *("--region", aws.region),
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            "--parameter-overrides",
            *(quoted(name, value) for name, value in parameters.items()),
        ],
        cwd=project,
        environment=aws.environment(),
        timeout_seconds=_DEPLOY_SECONDS,
    )
    stacks = aws.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def host_architecture() -> str:
    """Name this machine's architecture as Lambda does: functions run here, not in the cloud."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def quoted(name: str, value: str) -> str:
    """Write a parameter so that blanks, newlines and quotes reach the template.

    The shell is not involved; it is SAM that cuts an unquoted value at its first blank, and
    deploys what is left.  Backslashes mean nothing to it but before a quote or a blank.
    """
    escaped = value.replace('"', '\\"')
    return f'{name}="{escaped}"'


def sam(
    arguments: list[str], *, cwd: Path, environment: Mapping[str, str], timeout_seconds: float
) -> str:
    """Run a ``sam`` command and return what it printed.

    Raises:
        SamError: It failed, or took too long.
    """
    command = [str(PROJECT / ".venv-sam" / "bin" / "sam"), *arguments]
    try:
        result = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SamError(f"sam {arguments[0]} took more than {timeout_seconds:g} s") from error
    if result.returncode != 0:
        raise SamError(f"sam {arguments[0]} failed:\n{result.stdout[-4000:]}")
    return result.stdout


def _names_referred_to(node: object) -> set[str]:
    """Collect what ``Ref``, ``Fn::GetAtt`` and ``DependsOn`` name, anywhere in a template."""
    names: set[str] = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"Ref", "DependsOn", "Fn::GetAtt"}:
                if isinstance(value, str):
                    names.add(value.split(".")[0])
                elif isinstance(value, list):
                    # Of a list, GetAtt's first entry is a name, and DependsOn's are all.
                    names.update(entry for entry in value if isinstance(entry, str))
            names |= _names_referred_to(value)
    elif isinstance(node, list):
        for entry in node:
            names |= _names_referred_to(entry)
    return names
