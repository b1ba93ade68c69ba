"""A service key that has been judged by itself: parsed, and its certificate proven to fit."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from mpl_export.tenant.credentials.confidential import Confidential
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey

if TYPE_CHECKING:
    from mpl_export.tenant.credentials.client_certificate import ClientCertificate


@dataclass(frozen=True, slots=True)
class ProvenKey(Confidential):
    """A service key that is sound by itself; whether the tenant takes it is to be seen."""

    text: str = field(repr=False)
    key: ServiceKey
    certificate: "ClientCertificate | None"


@lru_cache(maxsize=2)
def proven_key(text: str) -> ProvenKey:
    """Judge a service key, once for each version of the secret: it takes longer than all requests.

    A warm container keeps what it judged in memory, as it keeps the token.
    """
    from mpl_export.tenant.credentials.client_certificate import ClientCertificate  # noqa: PLC0415

    key = ServiceKey.parse(text)
    if isinstance(key.credential, CertificateAndKey):
        return ProvenKey(text, key, ClientCertificate.of(key.credential))
    return ProvenKey(text, key, None)
