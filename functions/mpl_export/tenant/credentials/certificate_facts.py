"""What a client certificate says of itself, for people who look for what is wrong with it."""

import itertools
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from mpl_export.tenant.credentials.client_certificate import ClientCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The public part of a client certificate.

    Attributes:
        subject, issuer: Distinguished names (RFC 4514) of the leaf.
        not_after: Until when the leaf is valid, UTC.
        above: How many certificates above the leaf are sent along.
        complete: Whether each certificate is issued by the next, up to a root that is there.
    """

    subject: str
    issuer: str
    not_after: datetime
    above: int
    complete: bool


def facts_of(certificate: ClientCertificate) -> CertificateFacts:
    """Read a certificate that was proven to fit its key."""
    chain = x509.load_pem_x509_certificates(certificate.chain_pem.encode("ascii"))
    leaf, root = chain[0], chain[-1]
    linked = all(below.issuer == above.subject for below, above in itertools.pairwise(chain))
    return CertificateFacts(
        subject=leaf.subject.rfc4514_string(),
        issuer=leaf.issuer.rfc4514_string(),
        not_after=certificate.not_after,
        above=len(chain) - 1,
        complete=linked and root.issuer == root.subject,
    )
