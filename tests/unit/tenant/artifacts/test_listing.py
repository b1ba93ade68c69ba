"""The list of runtime artifacts is read whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from mpl_export.artifacts import digest_of
from mpl_export.clock import Deadline
from mpl_export.errors import TenantUnavailableError, UnexpectedResponseError
from mpl_export.tenant.artifacts.listing import ArtifactListing, RoleMissingError
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Request
from mpl_export.tenant.odata.asking import Asking
from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant import Request as Asked
from tests.support.exporter.fakes import SimulatedExchange
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR


@dataclass
class Bench:
    """A tenant and somebody who asks it."""

    clock: ManualClock = field(default_factory=ManualClock)
    before: list[Callable[[Request], None]] = field(default_factory=list)
    tenant: SapTenant = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = SapTenant(clock=self.clock.true_now)
        self.asking = Asking(
            root="https://tenant.example/api/v1",
            tokens=self,
            attempts=Attempts(
                exchange=SimulatedExchange(self.tenant, self._before),
                deadline=self.deadline,
                jitter=lambda: 0.5,
            ),
        )

    @property
    def deadline(self) -> Deadline:
        """An hour from now."""
        return Deadline.after(self.clock, HOUR)

    def current(self) -> Token:
        """A good token."""
        return Token(self.tenant.issue_token(), NOON + timedelta(hours=1))

    def renew(self, stale: Token) -> Token:
        """Another."""
        assert stale.value
        return self.current()

    def ids(self) -> list[str]:
        """What a listing reads."""
        return [each.id for each in ArtifactListing(self.asking).read()]

    def _before(self, request: Request) -> None:
        for happen in self.before:
            happen(request)


@pytest.fixture
def bench() -> Bench:
    """A tenant at which nothing is deployed."""
    return Bench()


def test_one_request_brings_them_all(bench: Bench) -> None:
    """Under their names, with when they were deployed; in order."""
    bench.tenant.artifacts.deploy("Stock", "2.0")
    bench.tenant.artifacts.deploy("Order_to_Cash", "1.0.7", error=("no such script",))

    first, second = ArtifactListing(bench.asking).read()

    assert first.as_json() == {
        "Id": "Order_to_Cash",
        "Version": "1.0.7",
        "Name": "Order to Cash",
        "Type": "INTEGRATION_FLOW",
        "DeployedOn": "2026-11-22T12:00:00.000Z",
        "Status": "ERROR",
    }
    assert second.id == "Stock"
    assert bench.asking.requests == 1


def test_none_is_a_list_too(bench: Bench) -> None:
    """All flows may be gone."""
    assert ArtifactListing(bench.asking).read() == ()


@pytest.mark.parametrize("selects", [True, False])
def test_who_deployed_is_read_only_if_asked_for(bench: Bench, *, selects: bool) -> None:
    """A name of a person; a tenant that refuses to select shows it, and it is left out here."""
    bench.tenant.artifacts.deploy("Stock")
    bench.tenant.artifacts.selects = selects

    [without] = ArtifactListing(bench.asking).read()
    [with_it] = ArtifactListing(bench.asking, with_deployer=True).read()

    assert "DeployedBy" not in without.as_json()
    assert with_it.as_json()["DeployedBy"] == "sb-somebody!b1|it!b2"


@pytest.mark.parametrize("counts", [True, False])
def test_a_list_in_pages_is_read_to_its_end(bench: Bench, *, counts: bool) -> None:
    """By offsets, told by the count or by the next link."""
    bench.tenant.artifacts.counts = counts
    bench.tenant.behaviour.page_cap = 3
    names = [f"Flow_{number}" for number in range(8)]
    for name in names:
        bench.tenant.artifacts.deploy(name)

    assert bench.ids() == names


@pytest.mark.parametrize("counts", [True, False])
def test_a_list_that_changes_between_two_pages_is_read_again(bench: Bench, *, counts: bool) -> None:
    """One that is deployed in front pushes another one into the next page, which has it twice."""
    bench.tenant.artifacts.counts = counts
    bench.tenant.behaviour.page_cap = 3
    for number in range(6):
        bench.tenant.artifacts.deploy(f"Flow_{number}")
    asked: list[Request] = []

    def deploy_once(request: Request) -> None:
        asked.append(request)
        if len(asked) == 2:
            bench.tenant.artifacts.deploy("A_new_one")

    bench.before.append(deploy_once)

    assert bench.ids() == ["A_new_one", *(f"Flow_{number}" for number in range(6))]


@pytest.mark.parametrize("counts", [True, False])
def test_one_that_is_undeployed_between_two_pages_hides_none(bench: Bench, *, counts: bool) -> None:
    """All that follow move up: one of them was on neither page."""
    bench.tenant.artifacts.counts = counts
    bench.tenant.behaviour.page_cap = 3
    for number in range(6):
        bench.tenant.artifacts.deploy(f"Flow_{number}")
    asked: list[Request] = []

    def undeploy_once(request: Request) -> None:
        asked.append(request)
        if len(asked) == 2:
            bench.tenant.artifacts.undeploy("Flow_0")

    bench.before.append(undeploy_once)

    assert bench.ids() == [f"Flow_{number}" for number in range(1, 6)]


def test_half_a_list_is_none(bench: Bench) -> None:
    """An answer without its rows, and a count that says there are some: what is gone, is not."""
    bench.tenant.artifacts.deploy("Stock")
    bench.tenant.faults.add(Fault(kind="empty_page", times=None, match="IntegrationRuntime"))

    with pytest.raises(TenantUnavailableError, match="shown in part"):
        bench.ids()


@pytest.mark.parametrize("kind", ["truncated_json", "truncated_gzip", "reset_in_body"])
def test_an_answer_that_is_cut_is_none(bench: Bench, kind: str) -> None:
    """However it is cut."""
    bench.tenant.artifacts.deploy("Stock")
    bench.tenant.faults.add(
        Fault(kind=kind, times=None, match="IntegrationRuntime")  # type: ignore[arg-type]
    )

    with pytest.raises(TenantUnavailableError):
        bench.ids()


def test_a_missing_role_says_which(bench: Bench) -> None:
    """It is the one that the logs need, so people may wonder."""
    bench.tenant.artifacts.closed = True

    with pytest.raises(RoleMissingError, match=r"MonitoringDataRead.*RuntimeArtifacts to off"):
        bench.ids()


@pytest.mark.parametrize("status", [400, 404])
def test_a_tenant_without_such_a_list_is_told(bench: Bench, status: int) -> None:
    """And how to live with it."""
    bench.tenant.faults.add(
        Fault(kind="status", status=status, times=None, match="IntegrationRuntime")
    )

    with pytest.raises(UnexpectedResponseError, match="RuntimeArtifacts to off"):
        bench.ids()


def test_a_row_without_an_id_spoils_the_list(bench: Bench) -> None:
    """Nobody could tell it from one that is gone."""
    body = b'{"d":{"results":[{"Id":null}],"__count":"1"}}'
    bench.tenant.faults.add(Fault(kind="other_json", body=body, match="IntegrationRuntime"))

    with pytest.raises(UnexpectedResponseError, match="without an id"):
        bench.ids()


def test_an_error_text_is_what_the_tenant_says(bench: Bench) -> None:
    """Line by line, without the JSON around it; none where there is none."""
    bench.tenant.artifacts.deploy("A", error=("The build failed.", "Script 'a' not found"))
    bench.tenant.artifacts.deploy("B")
    listing = ArtifactListing(bench.asking)

    text = listing.error_text("A", bench.deadline)

    assert text == "GenerationFailed\nThe build failed.\nScript 'a' not found"
    assert listing.error_text("B", bench.deadline) is None
    assert listing.error_text("It's / gone", bench.deadline) is None


def test_the_doctor_asks_for_one(bench: Bench) -> None:
    """The count is enough to know that the role covers them."""
    for name in ("A", "B", "C"):
        bench.tenant.artifacts.deploy(name)
    asked: list[Asked] = []
    bench.tenant.on_request.append(lambda _, request: asked.append(request))

    assert ArtifactListing(bench.asking).probe() == 3
    assert "$top=1" in asked[-1].target


def test_the_digest_is_of_what_is_deployed(bench: Bench) -> None:
    """Neither of its order nor of why something did not start."""
    bench.tenant.artifacts.deploy("A")
    bench.tenant.artifacts.deploy("B", error=("why",))
    first, second = ArtifactListing(bench.asking).read()
    digest = digest_of((first, second))

    assert digest_of((second, first)) == digest
    bench.tenant.artifacts.set_status("A", "STOPPED")
    assert digest_of(ArtifactListing(bench.asking).read()) != digest
