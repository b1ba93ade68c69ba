"""What the tenant says: a token, the API behind it, and what that has to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import UnexpectedResponseError
from mpl_export.exporter.doctor.findings import (
    Examination,
    FaultError,
    Found,
    SwitchedOffError,
    UncheckedError,
    need,
)
from mpl_export.exporter.doctor.key_steps import Keyed
from mpl_export.instants import floor_millisecond
from mpl_export.model import Span
from mpl_export.settings import Settings
from mpl_export.tenant.artifacts.listing import ArtifactListing, RoleMissingError
from mpl_export.tenant.credentials.certificate_files import client_context
from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import Token, fetch_token
from mpl_export.tenant.credentials.token_source import https
from mpl_export.tenant.http.attempts import Attempts, parse_http_date
from mpl_export.tenant.http.transport import Answer, Exchange, Request, tls_context
from mpl_export.tenant.logs import odata
from mpl_export.tenant.logs.api import TenantApi
from mpl_export.tenant.logs.rows import log_of
from mpl_export.tenant.odata import answers

_LONGEST = timedelta(seconds=30)
_DAY = timedelta(days=1)
_SKEW = timedelta(minutes=1)
_FEW_ROWS = 100


def ask_tenant(keyed: Keyed, settings: Settings, clock: Clock, steps: Examination) -> None:
    """Ask for a token, then the API with it."""

    def fetch() -> Found[Token]:
        key = need(keyed.key, "service key")
        need(keyed.sound or None, "certificate")
        with _exchange(keyed, settings, clock) as exchange:
            token = fetch_token(key, _attempts(exchange, clock))
        minutes = (token.use_until - clock.now()) / timedelta(minutes=1)
        return Found(token, f"issued; used for {minutes:.0f} minutes, at most half of its life")

    token = steps.step("token", fetch)
    with https(tls_context(settings.tenant_ca_pem), clock) as exchange:
        heard = _Heard(exchange, clock)
        api = (
            None if keyed.key is None or token is None else _api(keyed.key, token, heard, settings)
        )
        entered = _ask_api(api, heard, clock, steps)
        _ask_for_artifacts(api if entered else None, settings, steps)


def _ask_for_artifacts(api: TenantApi | None, settings: Settings, steps: Examination) -> None:
    """Ask whether the role covers what is deployed; the export does without one that does not."""

    def look() -> Found[None]:
        if settings.runtime_artifacts == "off":
            raise SwitchedOffError("RuntimeArtifacts is off: flows that stop are not told")
        asked = need(api, "API")
        try:
            count = ArtifactListing(asked.asking).probe()
        except RoleMissingError as error:
            raise UncheckedError(
                "the role does not cover them: logs are exported, flows that stop are not told",
                str(error),
            ) from error
        return Found(None, f"{'an unknown number' if count is None else count} deployed")

    steps.step("runtime artifacts", look)


def _ask_api(
    api: TenantApi | None, heard: "_Heard", clock: Clock, steps: Examination
) -> bool | None:
    now = floor_millisecond(clock.now())
    day = odata.in_span(Span(since=now - _DAY, until=now))

    def enter() -> Found[None]:
        asked = need(api, "token")
        _enter(asked, day)
        return Found(None, f"{asked.host} lets the role read message processing logs")

    def describe() -> Found[None]:
        asked = need(api if entered else None, "API")
        asked.open()
        if not asked.properties:
            return Found(None, "closed to us; the logs are read without $select, which costs more")
        lists = f", and the lists {', '.join(asked.expandable)}" if asked.expandable else ""
        return Found(None, f"{len(asked.properties)} properties of a log are read{lists}")

    def compare() -> Found[None]:
        need(api if entered else None, "API")
        if heard.ahead is None:
            return Found(None, "the tenant sends no time; the function's own is used")
        seconds = heard.ahead.total_seconds()
        if abs(heard.ahead) > _SKEW:
            raise FaultError(
                f"the tenant's clock is {abs(seconds):.0f} s "
                f"{'ahead of' if seconds > 0 else 'behind'} the function's",
                "nothing is lost, because the earlier one counts, but logs come that much later: "
                "open a ticket with SAP (Lambda's clock is kept by AWS)",
            )
        return Found(None, f"{abs(seconds):.0f} s apart")

    def read() -> Found[None]:
        asked = need(api if entered else None, "API")
        page = asked.page(day, top=_FEW_ROWS)
        logs = [log_of(row, now) for row in page.rows]
        unreadable = sum(not log.readable for log in logs)
        if unreadable:
            raise FaultError(
                f"{unreadable} of {len(logs)} rows of the last day are no logs as this release "
                "knows them",
                "nothing is lost: they are archived as they come (member Raw); report one of them",
            )
        if not logs:
            return Found(
                None,
                "no logs ended within the last day",
                "compare with Monitor > Integrations and APIs > Monitor Message Processing in the "
                "tenant; if there are some, an access policy or External Logging takes them away",
            )
        return Found(None, f"{len(logs)} logs of the last day, all of them readable")

    entered = steps.step("API", lambda: _true(enter()))
    steps.step("$metadata", describe)
    steps.step("clocks", compare)
    steps.step("one page", read)
    return entered


def _enter(api: TenantApi, day: str) -> None:
    """Ask for one row: whether the role lets us in, and whether this is the API at all."""
    try:
        api.page(day, top=1)
    except UnexpectedResponseError as error:
        if not isinstance(error.__cause__, answers.NotTheApiError):
            raise
        raise FaultError(
            f"{api.host} answers with a page for people, perhaps a login page",
            "the member 'url' of the service key has to be the API's host, not that of the web "
            "user interface: SAP BTP cockpit: Services > Instances and Subscriptions > the "
            "instance of plan api > Service Keys > View, and copy it whole",
        ) from error


def _true(found: Found[None]) -> Found[bool]:
    return Found(True, found.seen, found.do)


@contextmanager
def _exchange(keyed: Keyed, settings: Settings, clock: Clock) -> Iterator[Exchange]:
    """A connection that presents the certificate, if there is one."""
    context = (
        tls_context(settings.tenant_ca_pem)
        if keyed.certificate is None
        else client_context(keyed.certificate, settings.tenant_ca_pem)
    )
    with https(context, clock) as exchange:
        yield exchange


def _attempts(exchange: Exchange, clock: Clock) -> Attempts:
    return Attempts(exchange=exchange, deadline=Deadline.after(clock, _LONGEST), count=2)


def _api(key: ServiceKey, token: Token, heard: "_Heard", settings: Settings) -> TenantApi:
    return TenantApi(
        root=key.api_root,
        tokens=_OneToken(token),
        attempts=_attempts(heard, heard.clock),
        clock=heard.clock,
        expand=settings.expand,
    )


@dataclass(frozen=True, slots=True)
class _OneToken:
    """The token that was fetched a moment ago; if that is refused, a further one would be too."""

    token: Token = field(repr=False)

    def current(self) -> Token:
        return self.token

    def renew(self, stale: Token) -> Token:
        return stale


@dataclass(slots=True)
class _Heard:
    """An exchange that notes how far ahead of ours the tenant's clock is."""

    exchange: Exchange
    clock: Clock
    ahead: timedelta | None = None

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        answer = self.exchange(request, timeout=timeout, size_limit=size_limit)
        date: datetime | None = parse_http_date(answer.headers.get("Date", ""))
        if date is not None:
            self.ahead = date - self.clock.now()
        return answer
