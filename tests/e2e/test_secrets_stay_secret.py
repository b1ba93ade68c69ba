"""Whatever happens, key, token and client secret are nowhere but where they belong."""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from operate.emulated.stack import FunctionFailedError
from operate.sap_tenant import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World

pytestmark = pytest.mark.emulator

_LARGEST_FILE: Final = 20_000_000  # bytes; what holds a key by accident is small


@dataclass(frozen=True, slots=True)
class Secrets:
    """Texts that must not turn up; ``find`` says which did without repeating it."""

    texts: dict[str, str]

    def find(self, haystack: bytes) -> list[str]:
        """Name the secrets that a text holds."""
        return [name for name, text in self.texts.items() if text.encode() in haystack]


def test_nothing_secret_is_logged_told_or_left(world: World) -> None:
    """After runs that went well and runs that failed in every way a key can make them fail."""
    keys = {
        "certificate": world.server.service_key(),
        "secret": world.server.service_key("secret"),
    }
    errors = [*_runs_with(world, keys), *_failing_runs(world, keys)]
    world.stack.put_service_key(json.dumps(keys["certificate"]))
    secrets = _secrets_of(world, keys)

    found = {
        place: names for place, text in _places(world, errors) if (names := secrets.find(text))
    }

    assert found == {}


def test_the_search_would_find_them(world: World) -> None:
    """A search that cannot fail proves nothing."""
    key = world.server.service_key("secret")
    secrets = _secrets_of(world, {"secret": key})

    assert secrets.find(json.dumps(key).encode()) == ["client secret"]


def _runs_with(world: World, keys: dict[str, dict[str, object]]) -> Iterator[str]:
    """Run well with every kind of key."""
    for key in keys.values():
        world.stack.put_service_key(json.dumps(key))
        world.tenant.revoke_tokens()
        yield json.dumps(world.stack.invoke())


def _failing_runs(world: World, keys: dict[str, dict[str, object]]) -> Iterator[str]:
    """Run with keys that are cut off, damaged and refused.

    Few of them: after each failure the emulator starts a new process, which takes seconds.
    """
    text = json.dumps(keys["certificate"])
    for damaged in (text[:-40], re.sub(r"-----END [A-Z ]*PRIVATE KEY-----", "", text)):
        _put_twice(world, damaged)
        yield _failure(world)
    for kind, refusal in (
        ("certificate", Fault(kind="status", endpoint="token", status=401, times=None)),
        ("secret", Fault(kind="status", endpoint="api", status=401, times=None)),
    ):
        _put_twice(world, json.dumps(keys[kind]))
        world.tenant.faults.add(refusal)
        yield _failure(world)
        world.tenant.faults.remove(refusal)


def _put_twice(world: World, key: str) -> None:
    """Put a key twice, as the version before would still be good, and forget all tokens."""
    world.stack.put_service_key(key)
    world.stack.put_service_key(key)
    world.tenant.revoke_tokens()


def _failure(world: World) -> str:
    """Run, expect it to fail, and give all that the error says."""
    with pytest.raises(FunctionFailedError) as raised:
        world.stack.invoke()
    return json.dumps(raised.value.error)


def _secrets_of(world: World, keys: dict[str, dict[str, object]]) -> Secrets:
    """List what must not turn up: a line from within each key, secrets, and all tokens."""
    texts: dict[str, str] = {}
    for document in keys.values():
        members: dict[str, Any] = document.get("oauth", document)  # type: ignore[assignment]
        if "key" in members:
            texts["private key"] = str(members["key"]).replace("\\n", "\n").splitlines()[5]
        if "clientsecret" in members:
            texts["client secret"] = str(members["clientsecret"])
    for number, token in enumerate(world.tenant.tokens._expiry):
        texts[f"token {number}"] = token
    return Secrets(texts)


def _places(world: World, errors: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give all logs, errors, messages, settings and files in which something might be."""
    stack, aws = world.stack, world.stack.aws
    yield "errors", "\n".join(errors).encode()
    yield "log", "\n".join(line.text for line in stack.log_lines()).encode()
    yield "log of the emulator", aws.log_text().encode()
    yield "alerts", "\n".join(message.text for message in world.mailbox.read()).encode()
    yield "checkpoint", json.dumps(stack.checkpoint()).encode()
    yield "archive", "\n".join(json.dumps(record) for record in stack.records()).encode()
    settings = aws.client("lambda").get_function_configuration(FunctionName=stack.function)
    yield "settings", json.dumps(settings, default=str).encode()
    for process in _processes_of(aws.pid):
        yield f"environment of {process.name}", (process / "environ").read_bytes()
        yield f"command of {process.name}", (process / "cmdline").read_bytes()
    for root in {Path(tempfile.gettempdir()), aws.home}:
        for path in _new_files(root, since=aws.log.stat().st_ctime):
            yield str(path), path.read_bytes()


def _processes_of(group: int) -> Iterator[Path]:
    """Find the emulator and the functions that it runs."""
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        with suppress(ProcessLookupError):  # It may have ended since.
            if os.getpgid(int(process.name)) == group:
                yield process


def _new_files(root: Path, *, since: float) -> Iterator[Path]:
    """Find the files that were written since an instant (seconds of the epoch)."""
    for directory, _, names in os.walk(root):
        for name in names:
            path = Path(directory) / name
            if path.is_file() and not path.is_symlink():
                status = path.stat()
                if status.st_mtime >= since and status.st_size <= _LARGEST_FILE:
                    yield path
