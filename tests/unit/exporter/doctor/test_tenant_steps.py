"""What the tenant says to the doctor: a token, the API behind it, and what that has to show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mpl_export.exporter.doctor import tenant_steps
from mpl_export.exporter.doctor.findings import Examination, Step
from mpl_export.exporter.doctor.key_steps import Keyed, understood
from mpl_export.exporter.doctor.tenant_steps import ask_tenant
from mpl_export.tenant.credentials.certificate_files import client_context
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey
from mpl_export.tenant.http.transport import Answer
from operate.sap_tenant import Fault, Request, SapTenant
from tests.support.exporter import keys
from tests.support.exporter.environment import ENVIRONMENT
from tests.support.exporter.secret_watch import key_material, leaks
from tests.support.faults.fault_wire import Wire, certificate_for
from tests.support.manual_clock import ManualClock
from tests.support.tenant.scripted_exchange import ScriptedExchange
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import timedelta

STEPS = ["token", "API", "$metadata", "clocks", "one page", "runtime artifacts"]
BEHIND_THE_API = STEPS[2:]


@dataclass
class Asked:
    """A tenant, and what is known of its key.

    Attributes:
        requests: The paths that the API was asked for.
    """

    clock: ManualClock
    tenant: SapTenant
    key_text: str
    keyed: Keyed
    requests: list[str]

    def look(self, keyed: Keyed | None = None, **environment: str) -> dict[str, Step]:
        """The steps by their names."""
        known = understood(ENVIRONMENT | environment, self.clock.now(), Examination())
        steps = Examination()
        ask_tenant(keyed or self.keyed, known.settings, self.clock, steps)
        assert [step.name for step in steps.steps] == STEPS
        return {step.name: step for step in steps.steps}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A tenant with a log, an hour old."""
    clock = ManualClock()
    tenant = SapTenant(clock=clock.true_now)
    tenant.add(log_end=clock.now() - HOUR)
    text, peer = certificate_for(tenant)
    key = ServiceKey.parse(text)
    assert isinstance(key.credential, CertificateAndKey)
    monkeypatch.setattr(tenant_steps, "https", Wire(tenant, clock, peer).connected)
    requests: list[str] = []

    def note(_: SapTenant, request: Request) -> None:
        requests.append(request.target)

    tenant.on_request.append(note)
    certificate = ClientCertificate.of(key.credential)
    return Asked(clock, tenant, text, Keyed(key, certificate, sound=True), requests)


def named(steps: dict[str, Step], verdict: str) -> list[str]:
    """The names of the steps with that verdict."""
    return [name for name, step in steps.items() if step.verdict == verdict]


def test_a_tenant_that_is_well_says_so_in_every_step(asked: Asked) -> None:
    """And there is nothing to do."""
    steps = asked.look(EXPAND="AdapterAttributes")

    assert {(step.verdict, step.do) for step in steps.values()} == {("ok", "")}
    assert steps["token"].seen.startswith("issued; used for 120 minutes")
    assert "lets the role read message processing logs" in steps["API"].seen
    assert steps["$metadata"].seen.endswith("of a log are read, and the lists AdapterAttributes")
    assert steps["clocks"].seen == "0 s apart"
    assert steps["one page"].seen == "1 logs of the last day, all of them readable"
    assert steps["runtime artifacts"].seen.endswith("deployed")


def test_without_a_key_the_tenant_is_not_asked(asked: Asked) -> None:
    """Each step says what it comes after."""
    steps = asked.look(Keyed(key=None, certificate=None, sound=False))

    assert named(steps, "not checked") == STEPS
    assert "'service key'" in steps["token"].seen
    assert "'token'" in steps["API"].seen
    assert all("'API'" in steps[name].seen for name in BEHIND_THE_API)
    assert asked.requests == []


def test_an_unsound_certificate_is_not_tried(asked: Asked) -> None:
    """A refusal would add nothing, and may lock the client."""
    steps = asked.look(Keyed(asked.keyed.key, asked.keyed.certificate, sound=False))

    assert named(steps, "not checked") == STEPS
    assert "'certificate'" in steps["token"].seen


def test_a_key_that_the_tenant_refuses_is_replaced(asked: Asked) -> None:
    """By one from the cockpit."""
    asked.tenant.revoke_key()

    steps = asked.look()

    assert named(steps, "failed") == ["token"]
    assert named(steps, "not checked") == STEPS[1:]
    assert "Service Keys > Create" in steps["token"].do
    assert asked.requests == []


def test_a_role_that_is_missing_is_named_and_its_token_not_renewed(asked: Asked) -> None:
    """A further token would have the same rights."""
    asked.tenant.faults.add(Fault(kind="status", status=401, match="Logs?", times=None))

    steps = asked.look()

    assert named(steps, "failed") == ["API"]
    assert named(steps, "not checked") == BEHIND_THE_API
    assert "MonitoringDataRead" in steps["API"].do
    assert len(asked.tenant.tokens._expiry) == 1


def test_a_page_for_people_is_the_wrong_url(asked: Asked) -> None:
    """The web interface's address was pasted."""
    asked.tenant.faults.add(Fault(kind="login_page", match="Logs?", times=None))

    steps = asked.look()

    assert named(steps, "failed") == ["API"]
    assert "answers with a page for people" in steps["API"].seen
    assert "member 'url'" in steps["API"].do


def test_an_answer_of_another_shape_is_not_taken_for_that(asked: Asked) -> None:
    """Nobody is sent to correct a URL that is right."""
    asked.tenant.faults.add(Fault(kind="redirect", match="Logs?", times=None))

    steps = asked.look()

    assert named(steps, "failed") == ["API"]
    assert "member 'url'" not in steps["API"].do


def test_a_closed_description_is_well_and_its_price_is_told(asked: Asked) -> None:
    """Some gateways let only the entities through."""
    asked.tenant.behaviour.refuse_metadata = 404

    steps = asked.look()

    assert named(steps, "ok") == STEPS
    assert "without $select, which costs more" in steps["$metadata"].seen


@pytest.mark.parametrize(
    ("offset", "verdict", "words"),
    [
        (5 * MINUTE, "failed", "300 s ahead of"),
        (-5 * MINUTE, "failed", "300 s behind"),
        (MINUTE, "ok", "60 s apart"),
        (-MINUTE, "ok", "60 s apart"),
        (MINUTE + SECOND, "failed", "61 s ahead of"),
    ],
)
def test_a_minute_is_what_clocks_may_differ_by(
    asked: Asked, offset: timedelta, verdict: str, words: str
) -> None:
    """Nothing is lost by more, but logs come later."""
    asked.tenant.behaviour.clock_offset = offset

    step = asked.look()["clocks"]

    assert step.verdict == verdict
    assert words in step.seen
    assert ("nothing is lost" in step.do) is (verdict == "failed")


def test_rows_that_are_no_logs_are_counted(asked: Asked) -> None:
    """They are archived as they come; somebody should report one."""
    guid = asked.tenant.add(log_end=asked.clock.now() - MINUTE)
    asked.tenant.faults.add(
        Fault(kind="malformed_row", guid=guid, shape="date_garbage", times=None)
    )

    steps = asked.look()

    assert named(steps, "failed") == ["one page"]
    assert steps["one page"].seen.startswith("1 of 2 rows of the last day are no logs")
    assert "member Raw" in steps["one page"].do


def test_a_day_without_logs_is_well_and_says_where_to_look(asked: Asked) -> None:
    """It may be a Sunday, or an access policy."""
    asked.clock.turn(2 * DAY)

    step = asked.look()["one page"]

    assert (step.verdict, step.seen) == ("ok", "no logs ended within the last day")
    assert "Monitor Message Processing" in step.do


def test_artifacts_that_the_role_does_not_cover_are_no_fault(asked: Asked) -> None:
    """The export does without."""
    fault = Fault(kind="status", status=403, match="IntegrationRuntimeArtifacts", times=None)
    asked.tenant.faults.add(fault)

    steps = asked.look()

    assert named(steps, "not checked") == ["runtime artifacts"]
    assert "flows that stop are not told" in steps["runtime artifacts"].seen
    assert steps["runtime artifacts"].do


def test_artifacts_that_are_switched_off_are_not_asked_for(asked: Asked) -> None:
    """It is what the operator wants."""
    steps = asked.look(RUNTIME_ARTIFACTS="off")

    assert named(steps, "off") == ["runtime artifacts"]
    assert not any("IntegrationRuntimeArtifacts" in path for path in asked.requests)


def test_a_tenant_that_is_down_is_asked_twice(asked: Asked) -> None:
    """Somebody sits before the screen."""
    asked.tenant.faults.add(Fault(kind="status", status=503, times=None))

    steps = asked.look()

    assert named(steps, "failed") == ["API"]
    assert len(asked.requests) == 2


def test_a_token_server_that_is_down_is_asked_twice(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As is the API; a run would go on for longer."""
    exchange = ScriptedExchange([Answer(503, {}, b"")])
    monkeypatch.setattr(tenant_steps, "https", exchange.connected)

    assert named(asked.look(), "failed") == ["token"]
    assert [request.url for request in exchange.asked] == [keys.TOKEN_URL] * 2


def test_only_the_token_server_is_shown_the_certificate(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API asks for the token alone."""
    presented: list[ClientCertificate] = []

    def noted(certificate: ClientCertificate, extra_ca_pem: str) -> ssl.SSLContext:
        presented.append(certificate)
        return client_context(certificate, extra_ca_pem)

    monkeypatch.setattr(tenant_steps, "client_context", noted)

    assert named(asked.look(), "ok") == STEPS
    assert presented == [asked.keyed.certificate]


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: None,
        lambda tenant: tenant.revoke_key(),
        lambda tenant: tenant.faults.add(Fault(kind="status", status=401, times=None)),
        lambda tenant: tenant.faults.add(Fault(kind="login_page", times=None)),
    ],
    ids=["well", "key", "role", "page"],
)
def test_nothing_secret_is_told(asked: Asked, broken: Callable[[SapTenant], object]) -> None:
    """What the doctor says is mailed around when people ask for help."""
    broken(asked.tenant)

    told = json.dumps([repr(step) for step in asked.look().values()])

    assert leaks(told, key_material(asked.key_text), asked.tenant.tokens._expiry) == []
