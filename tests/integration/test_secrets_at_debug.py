"""The real handler, with every log level at DEBUG, through a part of the fault matrix.

The matrix itself is played below the handler; here nothing stands in for anything but the fault.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from operate.emulated.emulator import PROJECT
from operate.sap_tenant import SapTenant
from tests.support.exporter.exporter_resources import Resources
from tests.support.exporter.secret_watch import key_material, leaks
from tests.support.exporter.talkative_lambda import ANSWERED, LEVELS
from tests.support.faults.aws_fault_table import AWS_FAULTS, LOST_RACE
from tests.support.faults.fault_calls import narrow
from tests.support.faults.fault_table import TENANT_FAULTS, TOKEN_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.emulator import Emulator
    from operate.sap_tenant.server import KeyKind, SapTenantServer

pytestmark = pytest.mark.emulator

_KEYS: Final[tuple[KeyKind, ...]] = ("certificate", "secret")

_TIMED: Final = {"slow", "endless"}
"""Kinds of faults that would take their time here."""

_OF_EACH_KIND: Final = {
    kind: fault
    for fault in (*TENANT_FAULTS, *TOKEN_FAULTS)
    if (kind := fault.make().kind) not in _TIMED
}
_FAULTS: Final = (
    *_OF_EACH_KIND.values(),
    *(fault for fault in TENANT_FAULTS if fault.name in {"401", "500 with an OData error"}),
)


@dataclass
class Talkative:
    """A function that says more than it should be asked to.

    Attributes:
        written: All that it printed.
        secrets: What must not be in it.
    """

    resources: Resources
    server: SapTenantServer
    process: subprocess.Popen[str]
    written: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    @property
    def tenant(self) -> SapTenant:
        """The tenant that it exports."""
        return self.server.tenant

    def use_key(self, text: str) -> None:
        """Let the secret hold this."""
        secrets = self.resources.aws.client("secretsmanager")
        secrets.put_secret_value(SecretId=self.resources.secret, SecretString=text)

    def invoke(self, **order: str) -> str:
        """Invoke it; give the name of the error, or ``well``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            self.written.append(line)
            if line.startswith(ANSWERED):
                return line.removeprefix(ANSWERED).strip()
        raise AssertionError("".join(self.written[-30:]))

    def need_a_token(self) -> None:
        """Let the next run have to ask for a token."""
        self.secrets.update(self.tenant.tokens._expiry)
        self.tenant.revoke_tokens()


@pytest.fixture
def talkative(aws: Emulator, tmp_path: Path) -> Iterator[Talkative]:
    """A function of its own, with all that belongs to it."""
    tenant = SapTenant()
    now = tenant.clock()
    for minutes in range(40):
        tenant.add(log_end=now - timedelta(minutes=minutes))
    with tenant.serve() as server:
        resources = Resources.make(aws, f"talkative-{tmp_path.name}".replace("_", "-"), "{}")
        environment = resources.environment(
            {
                "TENANT_CA_PEM": server.ca_pem,
                "START_FROM": "PT2H",
                "TMPDIR": str(tmp_path),
                **LEVELS,
            }
        )
        with subprocess.Popen(
            [sys.executable, "-m", "tests.support.exporter.talkative_lambda"],
            env={**environment, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'functions'}"},
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            yield Talkative(resources, server, process)
            assert process.stdin is not None
            process.stdin.close()


def test_nothing_secret_is_written_at_debug(talkative: Talkative, tmp_path: Path) -> None:
    """Somebody who wants to see more must not see the key, a token or a client secret."""
    text = ""
    for kind in _KEYS:
        document = talkative.server.service_key(kind, nesting="top")
        text = json.dumps(document)
        talkative.secrets |= key_material(text) | {str(document.get("clientsecret", "-" * 99))}
        talkative.use_key(text)
        assert talkative.invoke() == "well"
        _strike_the_tenant(talkative)
    _strike_aws(talkative)
    talkative.use_key(text[:-30])
    assert talkative.invoke() == "ServiceKeyError"
    talkative.need_a_token()

    written = "".join([*talkative.written, *_places(talkative, tmp_path)])
    for said in ("DEBUG:urllib3", "DEBUG:aws_lambda_powertools", "TokenSource", "KeyRefusedError"):
        assert said in written, "it did not talk as it was told to"
    assert leaks(written, talkative.secrets) == []


def _strike_the_tenant(talkative: Talkative) -> None:
    """Strike a token, and a page, by one fault of each kind."""
    for kind in _FAULTS:
        for call in {"token", "page"} & set(kind.row):
            fault = kind.make()
            if call == "token":
                talkative.need_a_token()
                fault.endpoint = "token"
            else:
                narrow(fault, "page")
            talkative.tenant.faults.add(fault)
            talkative.invoke()
            assert fault.struck, f"{kind.name}, {call}"
            talkative.tenant.faults.clear()


def _strike_aws(talkative: Talkative) -> None:
    """Strike the first kind of call of every fault, from then on."""
    for kind in AWS_FAULTS:
        if kind.name != LOST_RACE:  # which would need another exporter
            talkative.invoke(fault=kind.name, call=next(iter(kind.row)))


def _places(talkative: Talkative, temporary: Path) -> Iterator[str]:
    """All else that was written: objects, the checkpoint, files."""
    aws, name = talkative.resources.aws, talkative.resources.name
    yield str(talkative.resources.item())
    yield str(talkative.resources.parts())
    marker = f"sources/tenant={talkative.resources.tenant}.json"
    yield aws.client("s3").get_object(Bucket=name, Key=marker)["Body"].read().decode()
    for path in temporary.rglob("*"):
        yield path.read_text() if path.is_file() else str(path)
