"""What a certificate says of itself."""

from mpl_export.tenant.credentials.certificate_facts import facts_of
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey
from tests.support.exporter import keys


def facts(certificate: str) -> tuple[str, str, int, bool]:
    """Subject, issuer, how many above, and whether the chain is complete."""
    issued = keys.client()
    found = facts_of(ClientCertificate.of(CertificateAndKey(certificate, issued.key_pem())))
    assert found.not_after == issued.certificate.not_valid_after_utc
    return found.subject, found.issuer, found.above, found.complete


def test_a_whole_chain_is_complete() -> None:
    """From the leaf to a root that is there, in whatever order it was stored."""
    chain = keys.client().chain

    assert facts(keys.pem(chain)) == ("CN=client", "CN=Intermediate", 2, True)
    assert facts(keys.pem(chain[::-1])) == ("CN=client", "CN=Intermediate", 2, True)


def test_a_chain_without_its_root_is_not() -> None:
    """Mostly that is enough for the server, which has the root itself."""
    assert facts(keys.pem(keys.client().chain[:2])) == ("CN=client", "CN=Intermediate", 1, False)


def test_a_leaf_alone_is_not() -> None:
    """This is the one that servers refuse."""
    assert facts(keys.pem(keys.client().chain[:1])) == ("CN=client", "CN=Intermediate", 0, False)
