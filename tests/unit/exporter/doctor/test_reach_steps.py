"""Both hosts of the key, reached step by step over real sockets."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mpl_export.exporter.doctor import reach_steps
from mpl_export.exporter.doctor.findings import Examination, Step
from mpl_export.exporter.doctor.key_steps import Keyed
from mpl_export.exporter.doctor.reach_steps import reach
from mpl_export.tenant.credentials.certificate_files import client_context
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey
from operate.sap_tenant import SapTenant

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from operate.sap_tenant.server import SapTenantServer

STEPS = ("DNS", "connection", "TLS")


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant over real TLS."""
    with SapTenant().serve() as running:
        yield running


@pytest.fixture
def keyed(server: SapTenantServer) -> Keyed:
    """What is known of a key of that tenant."""
    key = ServiceKey.parse(json.dumps(server.service_key()))
    assert isinstance(key.credential, CertificateAndKey)
    return Keyed(key=key, certificate=ClientCertificate.of(key.credential), sound=True)


def reached(keyed: Keyed, ca_pem: str) -> dict[str, Step]:
    """The steps by their names."""
    steps = Examination()
    reach(keyed, ca_pem, steps)
    return {step.name: step for step in steps.steps}


def verdicts(steps: dict[str, Step], what: str) -> list[str]:
    """What became of the three steps of a host."""
    return [steps[f"{what}: {each}"].verdict for each in STEPS]


def with_token_url(keyed: Keyed, url: str) -> Keyed:
    """The same, with another address of the token server."""
    assert keyed.key is not None
    return replace(keyed, key=replace(keyed.key, token_url=url))


def test_hosts_that_answer_say_what_they_are(server: SapTenantServer, keyed: Keyed) -> None:
    """The address, how long it took, and who vouches for the server until when."""
    steps = reached(keyed, server.ca_pem)

    assert list(steps) == [f"{what}: {each}" for what in ("token server", "API") for each in STEPS]
    assert {(step.verdict, step.do) for step in steps.values()} == {("ok", "")}
    for what in ("token server", "API"):
        assert steps[f"{what}: DNS"].seen == "127.0.0.1 is 127.0.0.1"
        assert ", port " in steps[f"{what}: connection"].seen
        assert steps[f"{what}: connection"].seen.endswith(" ms")
        assert steps[f"{what}: TLS"].seen.startswith("TLSv1.3; the server's certificate is from ")


def test_without_a_key_nobody_is_looked_for() -> None:
    """It is the key that says where they are."""
    steps = reached(Keyed(key=None, certificate=None, sound=False), "")

    assert {step.verdict for step in steps.values()} == {"not checked"}
    assert "'service key'" in steps["API: DNS"].seen
    assert "'API: DNS'" in steps["API: connection"].seen
    assert "'API: connection'" in steps["API: TLS"].seen


def test_a_name_that_nobody_knows_hides_nothing_of_the_other_host(
    server: SapTenantServer, keyed: Keyed
) -> None:
    """A proxy may let one of them through."""
    keyed = with_token_url(keyed, "https://acme.invalid/oauth/token")

    steps = reached(keyed, server.ca_pem)

    assert verdicts(steps, "token server") == ["failed", "not checked", "not checked"]
    assert verdicts(steps, "API") == ["ok", "ok", "ok"]
    assert "acme.invalid" in steps["token server: DNS"].seen
    assert steps["token server: DNS"].do


def test_a_port_that_refuses_fails_the_connection_alone(
    server: SapTenantServer, keyed: Keyed
) -> None:
    """A firewall, and not DNS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    keyed = with_token_url(keyed, f"https://127.0.0.1:{port}/oauth/token")

    steps = reached(keyed, server.ca_pem)

    assert verdicts(steps, "token server") == ["ok", "failed", "not checked"]
    assert verdicts(steps, "API") == ["ok", "ok", "ok"]
    assert f"127.0.0.1:{port}" in steps["token server: connection"].seen


def test_a_server_that_is_not_trusted_fails_at_tls(keyed: Keyed) -> None:
    """A gateway that opens TLS has a CA of its own, which the parameter names."""
    steps = reached(keyed, "")

    for what in ("token server", "API"):
        assert verdicts(steps, what) == ["ok", "ok", "failed"]
        assert "TenantCaPem" in steps[f"{what}: TLS"].seen


@pytest.mark.parametrize(
    ("sound", "has_certificate", "presents"),
    [(True, True, 1), (False, True, 0), (True, False, 0)],
    ids=["sound", "unsound", "client secret"],
)
def test_only_a_sound_certificate_is_presented_and_only_to_the_token_server(
    server: SapTenantServer,
    keyed: Keyed,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sound: bool,
    has_certificate: bool,
    presents: int,
) -> None:
    """The API asks for none; one that does not fit would fail where the server is well."""
    presented: list[ClientCertificate] = []

    def noted(certificate: ClientCertificate, extra_ca_pem: str) -> ssl.SSLContext:
        presented.append(certificate)
        return client_context(certificate, extra_ca_pem)

    monkeypatch.setattr(reach_steps, "client_context", noted)
    certificate = keyed.certificate if has_certificate else None

    steps = reached(replace(keyed, sound=sound, certificate=certificate), server.ca_pem)

    assert presented == [keyed.certificate] * presents
    assert {step.verdict for step in steps.values()} == {"ok"}
