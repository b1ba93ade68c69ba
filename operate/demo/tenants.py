"""The two tenants that the demo can export from: a simulated one, and a real one by its key."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from operate.emulated.truth import compare
from operate.sap_tenant import SapTenant
from operate.sap_tenant.life import Habits, Life
from operate.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.demo.narrator import Narrator
    from operate.emulated.stack import Json, Stack
    from operate.sap_tenant.server import SapTenantServer

_LOGS: Final = 5_000
_HISTORY: Final = timedelta(days=2)
# Nothing shows itself late here: what the second run has to find must be countable.
_HABITS: Final = Habits(rate=0.5, late_share=0, undated_share=0)
_SETTLING: Final = 10
_ERROR: Final = "HttpResponseException: the receiver answered 503 to request 20261122"

State = tuple[object, object]


class DemoTenant(Protocol):
    """What the story needs of a tenant."""

    @property
    def name(self) -> str:
        """The value of the template's parameter TenantName."""

    @property
    def description(self) -> str:
        """A line that says what is exported from."""

    @property
    def start_from(self) -> str:
        """Where the first run begins: a duration before it."""

    @property
    def ca_pem(self) -> str:
        """The authority to trust beside the public ones; empty for none."""

    def service_key(self) -> str:
        """Give the text to put into the secret."""

    def files(self) -> dict[str, str]:
        """What may lie on this disk for trying other commands, by file name."""

    def live_on(self) -> str:
        """Let happen what happens between two runs, and tell about it."""

    def carry_on(self) -> None:
        """Live until now, while people try things."""

    def compare_runs(self, narrator: Narrator, first: Json, second: Json) -> None:
        """Say whether the second run did what it had to."""

    def judge(self, narrator: Narrator, stack: Stack, fired: set[str]) -> None:
        """Say whether archive and alarms are as promised.

        Args:
            fired: The metrics whose alarms fired and reached the subscriber.
        """


@dataclass(slots=True)
class SimulatedTenant:
    """A tenant on this machine, about which everything is known."""

    tenant: SapTenant
    server: SapTenantServer
    life: Life
    born: datetime
    name: str = "simulated"
    start_from: str = "P3D"
    changed: int = 0

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[SimulatedTenant]:
        """Let one listen for the block."""
        tenant = SapTenant(seed=1)
        now = utc_now()
        tenant.populate(_LOGS, now - _HISTORY, now)
        with tenant.serve() as server:
            yield cls(tenant, server, Life(tenant, since=now, seed=1, habits=_HABITS), now)

    @property
    def description(self) -> str:
        """Where it listens and what it holds."""
        return f"{self.server.api_url} (simulated; {_LOGS:,} logs of the last two days)"

    @property
    def ca_pem(self) -> str:
        """Its own authority, as no public one knows it."""
        return self.server.ca_pem

    def service_key(self) -> str:
        """Issue a key with a client certificate."""
        return json.dumps(self.server.service_key())

    def files(self) -> dict[str, str]:
        """A key, one whose certificate has ended, and the authority to trust."""
        ended = self.server.service_key(valid=timedelta(days=-2))
        return {
            "key.json": self.service_key(),
            "ended-key.json": json.dumps(ended),
            "ca.pem": self.server.ca_pem,
        }

    def carry_on(self) -> None:
        """New messages, as the usual mix has them."""
        self.life.advance(utc_now())

    def live_on(self) -> str:
        """New messages, and an end for some that were open."""
        before = self._states()
        now = utc_now()
        self.life.advance(now)
        open_rows = [
            str(row["MessageGuid"])
            for row in self.tenant.rows()
            if row["Status"] in {"RETRY", "PROCESSING"} and row["LogEnd"] is not None
        ]
        for number, guid in enumerate(open_rows[:_SETTLING]):
            if number % 5:
                self.tenant.change(guid, status="COMPLETED", log_end=now)
            else:
                self.tenant.change(guid, status="FAILED", log_end=now, error_text=_ERROR)
        self.changed = len(self._states() - before)
        return (
            f"Meanwhile at the tenant: {self.changed} logs are new or have moved on, "
            "from RETRY to COMPLETED, say."
        )

    def compare_runs(self, narrator: Narrator, first: Json, second: Json) -> None:
        """The first stores everything, the second what has changed."""
        stored, again = first["versions_stored"], second["versions_stored"]
        narrator.expect(stored >= _LOGS, f"the first run stored {stored:,} versions")
        narrator.expect(
            again == self.changed,
            f"the second run read {second['rows_read']:,} rows again and stored {again:,} "
            f"versions: the {self.changed:,} that were new, and nothing twice",
        )

    def judge(self, narrator: Narrator, stack: Stack, fired: set[str]) -> None:
        """The archive is what the tenant shows, and failed messages were told."""
        comparison = compare(stack.records(), self.tenant.rows(), since=self.born - _HISTORY)
        narrator.expect(comparison.equal, f"archive and tenant: {comparison}")
        narrator.expect(
            "FailedMessages" in fired, 'the alarm "messages fail" fired and reached its subscriber'
        )

    def _states(self) -> set[tuple[object, State]]:
        """What versions are told apart by, for all logs as they are now."""
        return {(row["MessageGuid"], (row["LogEnd"], row["Status"])) for row in self.tenant.rows()}


@dataclass(frozen=True, slots=True)
class RealTenant:
    """A tenant that we may read, and of which nothing is to stay on this machine."""

    key: str = field(repr=False)
    name: str = "real"
    # Enough to see something, and little to read.
    start_from: str = "PT1H"
    ca_pem: str = ""

    @classmethod
    @contextmanager
    def open(cls, key: str) -> Iterator[RealTenant]:
        """Take the key, which was looked at before."""
        yield cls(key)

    @property
    def description(self) -> str:
        """What will happen to it."""
        return "a real one, by the service key given; it is only read, the last hour of it"

    def service_key(self) -> str:
        """Give the key; it goes into the memory of the emulated AWS and nowhere else."""
        return self.key

    def files(self) -> dict[str, str]:
        """Nothing: its key stays where it is."""
        return {}

    def carry_on(self) -> None:
        """It does by itself."""

    def live_on(self) -> str:
        """Nothing that we could do, or know."""
        return "Meanwhile the tenant lives its own life."

    def compare_runs(self, narrator: Narrator, first: Json, second: Json) -> None:
        """Whatever is stored is new; the archive tells whether anything is there twice."""
        for title, run in (("first", first), ("second", second)):
            narrator.expect(
                run["caught_up"],
                f"the {title} run read {run['rows_read']:,} rows to the end and stored "
                f"{run['versions_stored']:,} versions",
            )

    def judge(self, narrator: Narrator, stack: Stack, fired: set[str]) -> None:
        """Whether messages failed is for the tenant's people to judge, not for the demo."""
        narrator.expect(
            stack.keys(f"sources/tenant={self.name}.json"), "the archive knows its tenant"
        )
        told = ", ".join(sorted(fired)) or "none; nothing gave cause"
        narrator.say(f"alarms that fired: {told}")
