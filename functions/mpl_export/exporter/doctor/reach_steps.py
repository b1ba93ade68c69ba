"""Whether the tenant's two hosts can be reached from where the function runs."""

import ssl
from collections.abc import Callable

from mpl_export.exporter.doctor.findings import Examination, Found, need
from mpl_export.exporter.doctor.key_steps import Keyed
from mpl_export.tenant.credentials.certificate_files import client_context
from mpl_export.tenant.http.reach import Host, addresses, connect, shake_hands
from mpl_export.tenant.http.transport import tls_context


def reach(keyed: Keyed, extra_ca_pem: str, steps: Examination) -> None:
    """Look for both hosts: DNS, TCP and TLS, each by itself.

    The API does not ask for a certificate, and gets none.
    """

    def presenting() -> ssl.SSLContext:
        if keyed.certificate is None or not keyed.sound:
            return tls_context(extra_ca_pem)
        return client_context(keyed.certificate, extra_ca_pem)

    key = keyed.key
    _host("token server", None if key is None else key.token_url, presenting, steps)
    _host("API", None if key is None else key.api_root, lambda: tls_context(extra_ca_pem), steps)


def _host(
    what: str, url: str | None, context: Callable[[], ssl.SSLContext], steps: Examination
) -> None:
    def find() -> Found[Host]:
        host = Host.of(need(url, "service key"))
        return Found(host, f"{host.name} is {', '.join(addresses(host))}")

    def dial() -> Found[Host]:
        to = need(found, f"{what}: DNS")
        return Found(to, f"{to}, port {to.port}: connected in {connect(to) * 1000:.0f} ms")

    def greet() -> Found[None]:
        to = need(dialled, f"{what}: connection")
        seen = shake_hands(to, context())
        return Found(
            None,
            f"{seen.version}; the server's certificate is from {seen.issuer} and ends "
            f"{seen.not_after:%Y-%m-%d}",
        )

    found = steps.step(f"{what}: DNS", find)
    dialled = steps.step(f"{what}: connection", dial)
    steps.step(f"{what}: TLS", greet)
