"""The API of the tenant, asked without a socket: tokens, refusals, and what may be left out."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import (
    AccessRefusedError,
    ConfigurationError,
    OutOfTimeError,
    ServiceKeyError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.model import Span
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Answer, Request, TlsError
from mpl_export.tenant.logs.api import TenantApi
from mpl_export.tenant.logs.odata import (
    in_span,
)
from operate.sap_tenant import Behaviour, Fault, SapTenant, throttled
from tests.support.exporter.fakes import SimulatedExchange
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

SPAN = Span(since=NOON - HOUR, until=NOON)
WHERE = in_span(SPAN)


class Tokens:
    """Tokens of the tenant.

    Attributes:
        given: Every token that was given out.
    """

    def __init__(self, tenant: SapTenant) -> None:
        self._tenant = tenant
        self.given: list[Token] = []

    def current(self) -> Token:
        """The newest token, or the first."""
        return self.given[-1] if self.given else self._issue()

    def renew(self, stale: Token) -> Token:
        """Another token."""
        assert stale is self.given[-1]
        return self._issue()

    def _issue(self) -> Token:
        self.given.append(Token(self._tenant.issue_token(), NOON + HOUR))
        return self.given[-1]


class Bench:
    """An API before a tenant.

    Attributes:
        before: Called with each request; what it raises happens to it.
    """

    def __init__(self, *, expand: tuple[str, ...] = (), opened: bool = True) -> None:
        self.clock = ManualClock()
        self.tenant = SapTenant(clock=self.clock.true_now)
        self.tokens = Tokens(self.tenant)
        self.before: list[Callable[[Request], object]] = []
        self.api = TenantApi(
            root="https://tenant.example/api/v1/",
            tokens=self.tokens,
            attempts=Attempts(
                exchange=SimulatedExchange(self.tenant, self._before_request),
                deadline=Deadline.after(self.clock, HOUR),
                jitter=lambda: 0.5,
            ),
            clock=self.clock,
            expand=expand,
        )
        self.deadline = Deadline.after(self.clock, HOUR)
        if opened:
            self.api.open()

    def _before_request(self, request: Request) -> None:
        for act in self.before:
            act(request)

    def asked(self) -> list[str]:
        """The queries for logs, as they were sent."""
        return [one.target for one in self.tenant.requests if "Logs?" in one.target]


class TestOpening:
    """What a run learns first."""

    @pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(days=1)])
    def test_a_clock_of_ours_that_runs_ahead_is_not_believed(self, ahead: timedelta) -> None:
        """It would end the span in the future, and the overlap would be over before it began."""
        bench = Bench(opened=False)
        bench.clock.skew = ahead

        assert bench.api.open() == NOON

    @pytest.mark.parametrize("behind", [timedelta(minutes=5), timedelta(microseconds=1)])
    def test_a_clock_of_ours_that_is_behind_is(self, behind: timedelta) -> None:
        """What is read too little now is read by the next run."""
        bench = Bench(opened=False)
        bench.clock.skew = -behind

        now = bench.api.open()

        assert now <= NOON - behind
        assert now.microsecond % 1000 == 0

    def test_only_what_the_tenant_declares_is_asked_for(self) -> None:
        """To select a property that an older tenant does not have is a 400."""
        bench = Bench(expand=("CustomHeaderProperties", "NoSuchThing"), opened=False)
        bench.tenant.behaviour = Behaviour(with_predecessor=False, gzip=False)
        bench.api.open()

        bench.api.page(WHERE)

        [query] = bench.asked()
        assert "PredecessorMessageGuid" not in query
        assert "TransactionId" in query
        assert "$expand=CustomHeaderProperties" in query
        assert "NoSuchThing" not in query

    @pytest.mark.parametrize("status", [400, 404, 500, 501])
    def test_a_closed_description_does_not_stop_the_export(self, status: int) -> None:
        """Some gateways let only the entities through; then nothing is selected."""
        bench = Bench(opened=False, expand=("AdapterAttributes",))
        bench.tenant.behaviour.refuse_metadata = status

        assert bench.api.open() == NOON
        bench.api.page(WHERE)

        [query] = bench.asked()
        assert "$select" not in query
        assert "$expand=AdapterAttributes" in query

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_token_that_opens_nothing_stops_it_at_once(self, status: int) -> None:
        """A role is missing: no other question would fare better."""
        bench = Bench(opened=False)
        bench.tenant.behaviour.refuse_metadata = status

        with pytest.raises(AccessRefusedError, match="MonitoringDataRead"):
            bench.api.open()


class TestTokens:
    """A token that is not accepted is replaced once."""

    def test_a_stale_token_is_renewed_once(self) -> None:
        """The service key was rotated, or the tenant restarted."""
        bench = Bench()
        bench.tenant.add(log_end=NOON - SECOND)
        bench.tenant.revoke_tokens()

        assert len(bench.api.page(WHERE).rows) == 1
        assert len(bench.tokens.given) == 2

    def test_a_fresh_token_that_is_refused_is_a_missing_role(self) -> None:
        """To renew again and again would end in a lock."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=401, times=None))

        with pytest.raises(AccessRefusedError, match="401"):
            bench.api.page(WHERE)
        assert len(bench.tokens.given) == 2

    def test_403_is_not_the_tokens_fault(self) -> None:
        """Another token would have the same rights."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=403, times=None))

        with pytest.raises(AccessRefusedError, match="403"):
            bench.api.page(WHERE)
        assert len(bench.tokens.given) == 1

    def test_the_token_goes_to_the_root_only(self) -> None:
        """Whatever links and redirects say."""
        bench = Bench(opened=False)
        urls: list[str] = []
        bench.before.append(lambda request: urls.append(request.url))
        bench.tenant.faults.add(Fault(kind="redirect", match="Logs?"))
        bench.tenant.faults.add(Fault(kind="foreign_next", match="Logs?"))
        bench.api.open()

        with pytest.raises(UnexpectedResponseError, match="redirects"):
            bench.api.page(WHERE)
        bench.api.page(WHERE)
        bench.api.count(SPAN)
        bench.api.error_text("../../x", bench.deadline)

        assert len(urls) >= 4
        assert all(url.startswith("https://tenant.example/api/v1/") for url in urls)
        assert bench.api.host == "tenant.example"
        assert bench.api.requests == len(urls)


class TestRefusals:
    """What the tenant refuses, and who has to act."""

    def test_a_tenant_that_refuses_to_select_is_asked_without(self) -> None:
        """Once refused, it is not tried again in this run."""
        bench = Bench(expand=("AdapterAttributes",))
        bench.tenant.behaviour.refuse_select = True
        bench.tenant.add(log_end=NOON - SECOND)

        assert len(bench.api.page(WHERE).rows) == 1
        assert len(bench.api.page(WHERE).rows) == 1
        assert ["$select" in query for query in bench.asked()] == [True, False, False]
        assert all("$expand=AdapterAttributes" in query for query in bench.asked())

    def test_without_a_selection_nothing_undeclared_is_expanded(self) -> None:
        """A tenant that lacks a list would refuse every question for it, and nothing be read."""
        bench = Bench(expand=("AdapterAttributes", "ListOfNoTenant"))
        bench.tenant.behaviour.refuse_select = True
        bench.api.open()
        bench.tenant.add(log_end=NOON - SECOND)

        assert len(bench.api.page(WHERE).rows) == 1
        assert not any("ListOfNoTenant" in query for query in bench.asked())

    def test_a_query_that_is_refused_in_both_forms_is_a_developers_matter(self) -> None:
        """It is ours that is wrong, not the operator's key."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=400, match="Logs?", times=None))

        with pytest.raises(UnexpectedResponseError, match="please report"):
            bench.api.page(WHERE)

    def test_a_host_without_this_api_is_the_wrong_key(self) -> None:
        """Plan integration-flow has another URL; that is the usual mistake."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=404, match="Logs?", times=None))

        with pytest.raises(ServiceKeyError, match="plan api") as caught:
            bench.api.page(WHERE)
        assert caught.value.member == "url"

    def test_a_login_page_is_the_wrong_host(self) -> None:
        """The web interface's address was pasted."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="login_page", match="Logs?", times=None))

        with pytest.raises(UnexpectedResponseError, match="page for people"):
            bench.api.page(WHERE)

    @pytest.mark.parametrize("status", [406, 414, 418, 501])
    def test_a_status_that_nobody_expected_is_named(self, status: int) -> None:
        """Whoever reads the log has to know which."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=status, match="Logs?", times=None))

        with pytest.raises(UnexpectedResponseError, match=str(status)):
            bench.api.page(WHERE)

    def test_a_server_that_is_not_trusted_is_an_operators_matter(self) -> None:
        """A proxy that breaks TLS open needs its CA in the settings."""
        bench = Bench()

        def distrust(_request: Request) -> None:
            raise TlsError("CERTIFICATE_VERIFY_FAILED", "self-signed")

        bench.before.append(distrust)
        with pytest.raises(ConfigurationError, match="TenantCaPem"):
            bench.api.page(WHERE)


class TestPatience:
    """How often a question is asked."""

    @pytest.mark.parametrize(("narrowed", "times"), [(False, 2), (True, 1)])
    def test_a_page_is_asked_for_twice_and_a_smaller_one_once(
        self,
        narrowed: bool,  # noqa: FBT001
        times: int,
    ) -> None:
        """A question that was made smaller because it failed need not be repeated as it is."""
        bench = Bench()
        bench.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))

        with pytest.raises(TenantUnavailableError):
            bench.api.page(WHERE, narrowed=narrowed)
        assert len(bench.asked()) == times

    def test_a_count_that_cannot_be_had_is_none(self) -> None:
        """It only helps to plan; it is asked for once."""
        bench = Bench()
        bench.tenant.add(log_end=NOON - SECOND)
        assert bench.api.count(SPAN) == 1

        for status in (400, 404, 500, 503):
            fault = bench.tenant.faults.add(
                Fault(kind="status", status=status, match="$count", times=None)
            )
            assert bench.api.count(SPAN) is None
            assert fault.struck == 1
            bench.tenant.faults.clear()

    @pytest.mark.parametrize("none", [204, 404])
    def test_an_error_text_that_does_not_exist_is_none(self, none: int) -> None:
        """Tenants say so in two ways."""
        bench = Bench()
        bench.tenant.behaviour.no_error_status = 204 if none == 204 else 404
        guid = bench.tenant.add(status="FAILED", error_text="it failed: ä")

        assert bench.api.error_text(guid, bench.deadline) == "it failed: ä".encode()
        assert bench.api.error_text(bench.tenant.add(), bench.deadline) is None

    def test_an_error_text_has_a_deadline_of_its_own(self) -> None:
        """It is best effort within half a minute, not within the whole run."""
        bench = Bench()
        guid = bench.tenant.add(status="FAILED", error_text="it failed")

        with pytest.raises(OutOfTimeError):
            bench.api.error_text(guid, Deadline.after(bench.clock, timedelta(0)))

    def test_to_be_throttled_is_told_as_that(self) -> None:
        """After as many attempts as one is patient for."""
        bench = Bench()
        for _ in range(20):
            bench.tenant.faults.add(throttled("2"))

        with pytest.raises(TenantThrottledError):
            bench.api.page(WHERE)
        assert bench.clock.slept == [2.5] * 5


def test_an_answer_shows_no_body_and_a_request_no_token() -> None:
    """Both end up in tracebacks."""
    bench = Bench()
    seen: list[Request] = []
    bench.before.append(seen.append)

    bench.api.page(WHERE)

    assert bench.tokens.given[0].value in seen[0].headers["Authorization"]
    assert bench.tokens.given[0].value not in repr(seen[0])
    assert "secret" not in repr(Answer(200, {"Set-Cookie": "secret"}, b"secret"))
