"""An exporter in front of a simulated tenant, all in memory: what tests of the verb start from."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from mpl_export.archive.archive import Archive
from mpl_export.archive.layout import rules_key
from mpl_export.archive.rules import StoredRules
from mpl_export.clock import Deadline
from mpl_export.errors import ExportError
from mpl_export.exporter.events import ExportSpan, SpanPurpose
from mpl_export.exporter.report import Report
from mpl_export.exporter.run import Run
from mpl_export.instants import iso_instant
from mpl_export.model import Span
from mpl_export.rules.parse import parse_rules
from mpl_export.rules.rules import Noted
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.credentials.token_source import TokenSource
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Answer, Request
from mpl_export.tenant.logs.api import TenantApi
from operate.sap_tenant import SapTenant
from tests.support.exporter.fakes import (
    ListingMeter,
    MemoryCheckpoints,
    MemoryObjects,
    SimulatedExchange,
)
from tests.support.kills.killable_effects import KillableCheckpoints, KillableObjects, Life
from tests.support.manual_clock import ManualClock

LAMBDA_LIMIT = timedelta(minutes=15)
SCHEDULE = timedelta(minutes=5)
_LATE = timedelta(seconds=2)


@dataclass(frozen=True)
class _Connected:
    api: TenantApi
    tokens: "SimulatedTokens | TokenSource"

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate in use ends."""
        return self.tokens.certificate_not_after

    @property
    def uses_previous_key(self) -> bool:
        """Whether the current key is refused."""
        return self.tokens.uses_previous_key


@dataclass
class SimulatedTokens:
    """Tokens of the simulated tenant, as the token server would issue them."""

    tenant: SapTenant
    certificate_not_after: datetime | None = None
    uses_previous_key: bool = False
    renewals: int = 0

    def current(self) -> Token:
        """A good token."""
        return Token(self.tenant.issue_token(), self.tenant.clock() + timedelta(hours=1))

    def renew(self, stale: Token) -> Token:
        """Another token."""
        assert stale.value
        self.renewals += 1
        return self.current()


@dataclass
class Harness:
    """One exporter, one tenant, one archive.

    Attributes:
        warm: Whether the next run finds what the last one learnt of the archive.
        before_request: Called before each request to the tenant.
        connect_fails: What the way to the tenant fails with; None if it does not.
        certificate_ends: When the certificate ends, where tokens are simulated.
        uses_previous_key: Whether the tenant refuses the current key, where tokens are simulated.
        after_answer: Called with each request to the tenant and its answer.
    """

    clock: ManualClock = field(default_factory=ManualClock)
    environment: dict[str, str] = field(default_factory=dict)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    checkpoints: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)
    meter: ListingMeter = field(default_factory=ListingMeter)
    limit: timedelta = LAMBDA_LIMIT
    warm: bool = False
    before_request: list[Callable[[], None]] = field(default_factory=list)
    connect_fails: ExportError | None = None
    certificate_ends: datetime | None = None
    uses_previous_key: bool = False
    after_answer: list[Callable[[Request, Answer], None]] = field(default_factory=list)
    tenant: SapTenant = field(init=False)
    exchange: SimulatedExchange = field(init=False)
    _archive: Archive | None = None
    _runs: int = 0

    def __post_init__(self) -> None:
        self.objects.now = self.clock.true_now
        self.tenant = SapTenant(clock=self.clock.true_now)
        self.exchange = SimulatedExchange(self.tenant)

    @property
    def settings(self) -> Settings:
        """The settings, as the environment says."""
        return Settings.from_env(
            {
                "TENANT": "demo",
                "SERVICE_KEY_SECRET": "secret",
                "ARCHIVE_BUCKET": "bucket",
                "CHECKPOINT_TABLE": "table",
                "START_FROM": "P1D",
                "PAGE_CONCURRENCY": "1",
                **self.environment,
            },
            self.clock.now(),
        )

    @property
    def position(self) -> datetime | None:
        """The position as it was committed."""
        return self.checkpoints.read().position

    def put_rules(self, text: str) -> None:
        """Put rules, as the operators' command does."""
        known = self.checkpoints.checkpoint
        number = 0 if known.rules is None else known.rules.number + 1
        self.objects.held[rules_key("demo", number)] = text.encode()
        noted = Noted(number=number, teams=parse_rules(text).teams)
        self.checkpoints.checkpoint = replace(known, rules=noted)

    def later(self, by: timedelta = SCHEDULE) -> None:
        """Let time pass, by default until the next run is due."""
        self.clock.turn(by)

    def run(self) -> Report:
        """A scheduled run."""
        return self.prepared().scheduled()

    def export(
        self, since: datetime, until: datetime, purpose: SpanPurpose, *, beside: bool = False
    ) -> Report:
        """Export a span of one's choice."""
        return self.prepared(beside=beside).span(
            ExportSpan(Span(since=since, until=until), purpose)
        )

    def prepared(self, life: Life | None = None, *, beside: bool = False) -> Run:
        """An invocation that is about to begin.

        Args:
            life: When it is to be killed; by default it may live.
            beside: Whether it begins while another one runs, so in a container of its own and, as
                that may be in the middle of an answer of the tenant, without threads.
        """
        self._runs += 1
        archive = self._archive
        if archive is None or not self.warm or life is not None or beside:
            archive = Archive(KillableObjects(self.objects, life or Life()), "demo", self.clock)
        if not beside:  # a container that is to be killed is not met again
            self._archive = archive if life is None else None
        life = life or Life()
        settings = self.settings
        if beside:
            settings = replace(settings, page_concurrency=1)

        def connect(deadline: Deadline) -> AbstractContextManager[_Connected]:
            return self.connect(deadline, life)

        return Run(
            run_id=f"run-{self._runs}",
            settings=settings,
            clock=self.clock,
            checkpoints=KillableCheckpoints(self.checkpoints, life),
            archive=archive,
            rules=StoredRules(self.objects, "demo"),
            connect=connect,
            meter=self.meter,
            reading=Deadline.after(self.clock, self.limit * 0.8),
            # Here time passes by requests, and one that ends late is no reason to store nothing.
            storing=Deadline.after(self.clock, self.limit * 0.95 + _LATE),
            ends=self.clock.now() + self.limit,
        )

    @contextmanager
    def connect(self, deadline: Deadline, life: Life | None = None) -> Iterator[_Connected]:
        """Open the tenant, as one invocation does."""
        life = life or Life()

        def exchange(request: Request, *, timeout: float, size_limit: int) -> Answer:
            life.effect(f"ask {request.url}")
            for happen in list(self.before_request):
                happen()
            answer = self.exchange(request, timeout=timeout, size_limit=size_limit)
            life.effect(f"answered {request.url}")
            for look in self.after_answer:
                look(request, answer)
            return answer

        if self.connect_fails is not None:
            raise self.connect_fails
        with self.tokens_of(life, deadline) as (root, tokens):
            yield _Connected(
                TenantApi(
                    root=root,
                    tokens=tokens,
                    attempts=Attempts(exchange=exchange, deadline=deadline, jitter=lambda: 0.5),
                    clock=self.clock,
                    expand=self.settings.expand,
                ),
                tokens,
            )

    @contextmanager
    def tokens_of(
        self, _life: Life, _deadline: Deadline
    ) -> Iterator[tuple[str, SimulatedTokens | TokenSource]]:
        """The root of the API, and where an invocation gets its tokens."""
        yield (
            "https://tenant.example/api/v1",
            SimulatedTokens(self.tenant, self.certificate_ends, self.uses_previous_key),
        )

    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """The records of the archive, part by part in the order of their keys."""
        return {
            key: [orjson.loads(line) for line in gzip.decompress(body).splitlines()]
            for key, body in sorted(self.objects.held.items())
            if key.startswith("mpl/")
        }

    def records(self) -> list[dict[str, Any]]:
        """Every record of the archive."""
        return [record for part in self.parts().values() for record in part]

    def states(self) -> list[tuple[Any, Any, Any]]:
        """What every record says of its log: id, end and status; sorted."""
        return sorted(
            ((r["MessageGuid"], r["LogEnd"], r["Status"]) for r in self.records()), key=repr
        )

    def truth(self) -> list[tuple[Any, Any, Any]]:
        """The same of every log that the tenant shows now."""
        return sorted(
            ((r["MessageGuid"], _text(r["LogEnd"]), r["Status"]) for r in self.tenant.rows()),
            key=repr,
        )


def _text(instant: object) -> str | None:
    return iso_instant(instant) if isinstance(instant, datetime) else None
