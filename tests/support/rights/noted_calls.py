"""Every call of AWS that the functions' own code makes while tests run, whoever makes it do so.

A hook of the SDK sees the calls of all clients.  That one is the functions' is told by the code
that calls the SDK, not by the client: tests ask AWS too, and lend the code clients of theirs.

What a call is about is noted as the variable of the function's environment that names it, such as
``<ARCHIVE_BUCKET>``, and the tenant as ``<TenantName>``: so the calls of all tests, each with names
of its own, are compared with the same template.  Processes that tests start note theirs in the same
file, which a variable of their environment names.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import RLock
from traceback import walk_stack
from typing import TYPE_CHECKING, Any, Final, Literal

import botocore

from tests.support.rights.role_rights import Call
from tests.support.rights.sdk_calls import asked_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.session import Session

type Function = Literal["Exporter", "Notifier"]

FILE: Final = "MPL_EXPORT_NOTED_CALLS"
"""Names the file, for whoever notes into it or reads it."""

VARIABLES: Final = (
    "ARCHIVE_BUCKET",
    "CHECKPOINT_TABLE",
    "SERVICE_KEY_SECRET",
    "ALERT_TOPIC",
    "EVENT_BUS",
    "SEAL_KEY",
)
UNKNOWN: Final = "unknown: "
"""What the resource of a call begins with that is about nothing that the stack gives."""

_SDK: Final = frozenset({"boto3", "botocore", "s3transfer"})
_tenants: dict[tuple[str, str], str] = {}


def stack_gives(**environment: str) -> None:
    """Tell what stands, from now on, for what the stack gives to a function by its environment.

    A handler need not be told: its environment says it.
    """
    for variable in VARIABLES:
        if variable in environment:
            _tenants[variable, environment[variable]] = environment["TENANT"]


def environment() -> dict[str, str]:
    """What a process has to have in its environment to note its calls, too."""
    return {name: os.environ[name] for name in (FILE,) if name in os.environ}


@dataclass(frozen=True, slots=True)
class Noted:
    """A call that was made.

    Attributes:
        function: Whose code made it.
        test: The test that made it do so; empty in a process of its own.
    """

    function: Function
    call: Call
    test: str


def noted() -> list[Noted]:
    """All calls so far."""
    lines = Path(os.environ[FILE]).read_text(encoding="utf-8").splitlines()
    return [_read(json.loads(line)) for line in lines]


class Recorder:
    """Notes the calls of all clients that are made from ``listen`` on, in a file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._left: list[bytes] = []
        self._lock = RLock()

    def listen(self) -> None:
        """Begin."""
        botocore.register_initializer(self._hook)

    def close(self) -> None:
        """End; clients that are there note no more."""
        botocore.unregister_initializer(self._hook)
        self.flush()
        os.close(self._file)
        self._file = -1

    def flush(self) -> None:
        """Write what could not be written."""
        with self._lock:
            os.write(self._file, b"".join(self._left))
            self._left.clear()

    def _hook(self, session: Session) -> None:
        session.register("before-parameter-build", self._hear)  # type: ignore[arg-type]  # it is given them by name

    def _hear(self, params: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        function = calling_function()
        if function is not None and self._file >= 0:
            call = call_of(f"{model.service_model.service_name}:{model.name}", params)
            self._note(Noted(function, call, os.environ.get("PYTEST_CURRENT_TEST", "")))

    def _note(self, what: Noted) -> None:
        with self._lock:
            self._left.append(json.dumps(asdict(what)).encode() + b"\n")
            with suppress(OSError):  # where no file may grow it is written later
                self.flush()


def calling_function() -> Function | None:
    """Whose code calls the SDK; None if it is a test's.

    What both functions share counts as the exporter's unless the notifier makes it do so.
    """
    callers = [
        module
        for frame, _ in walk_stack(None)
        if (module := frame.f_globals["__name__"]).partition(".")[0] not in _SDK
        and module != __name__
    ]
    if not callers[0].startswith("mpl_export."):
        return None
    is_notifiers = any(module.startswith("mpl_export.notifier.") for module in callers)
    return "Notifier" if is_notifiers else "Exporter"


def call_of(operation: str, params: Mapping[str, Any]) -> Call:
    """Say what a call is about in terms that all tests have in common."""
    try:
        asked = asked_by(operation, params)
        tenant = _tenant_of(asked.variable, asked.name)
    except (LookupError, ValueError) as error:
        return Call(operation, f"{UNKNOWN}{error!r}")
    return Call(
        asked.action,
        f"<{asked.variable}>{asked.path.replace(tenant, '<TenantName>')}",
        tuple((key, value.replace(tenant, "<TenantName>")) for key, value in asked.context),
    )


def _tenant_of(variable: str, name: str) -> str:
    """The tenant whose stack gives what a call names."""
    if os.environ.get(variable) == name:
        return os.environ["TENANT"]
    return _tenants[variable, name]


def _read(what: dict[str, Any]) -> Noted:
    call = what["call"]
    context = tuple((key, value) for key, value in call["context"])
    return Noted(what["function"], Call(call["action"], call["resource"], context), what["test"])
