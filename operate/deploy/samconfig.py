"""What ``samconfig.toml`` says about a stack: its name, its region, its parameters."""

import re
import shlex
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operate.endings import StoppedError
from operate.options import DEFAULT_STACK
from operate.template import PROJECT

_PAIR = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamConfig:
    """One environment of the file; ``default`` unless another is named.

    Attributes:
        names_bucket: Whether the code goes to a bucket that is named there; else SAM makes one.
    """

    environment: str = "default"
    stack: str = DEFAULT_STACK
    region: str | None = None
    names_bucket: bool = False
    parameters: dict[str, str] = field(default_factory=dict)


def read_samconfig(environment: str, path: Path = PROJECT / "samconfig.toml") -> SamConfig:
    """Read one environment.

    Raises:
        StoppedError: The file is no TOML, or has no such environment.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        content = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StoppedError(f"{path.name} cannot be read: {error}") from error
    if environment not in content and environment != "default":
        known = ", ".join(name for name in content if name != "version")
        raise StoppedError(
            f"{path.name} has no environment {environment} (there is {known}); it has a commented "
            "example of a second tenant"
        )
    section: dict[str, Any] = content.get(environment, {})
    everywhere = _of(section, "global") | _of(section, "deploy")
    return SamConfig(
        environment=environment,
        stack=str(everywhere.get("stack_name", DEFAULT_STACK)),
        region=everywhere.get("region"),
        names_bucket="s3_bucket" in everywhere,
        parameters=_pairs(everywhere.get("parameter_overrides", [])),
    )


def pair_of(text: str) -> tuple[str, str]:
    """``Name=Value``, the value perhaps in quotes, or ``@file`` for what a file holds.

    Raises:
        StoppedError: It is no pair, or there is no such file.
    """
    match = _PAIR.fullmatch(text)
    if match is None:
        raise StoppedError(f"--set {text!r} is not of the form Name=Value")
    value = match["value"]
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if value.startswith("@"):
        try:
            value = Path(value[1:]).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise StoppedError(
                f"--set {match['name']}: there is no text file {value[1:]} that could be read"
            ) from None
    return match["name"], value


def _of(section: dict[str, Any], command: str) -> dict[str, Any]:
    parameters: dict[str, Any] = section.get(command, {}).get("parameters", {})
    return parameters


def _pairs(overrides: str | list[str]) -> dict[str, str]:
    words = shlex.split(overrides) if isinstance(overrides, str) else overrides
    return dict(map(pair_of, words))
