"""The service key as the owner put it into Secrets Manager, understood but not yet proven.

Source: SAP Integration Suite, "Service Key Types" and "Creating Service Instance and Service Key
for Inbound Authentication" (members per type).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.confidential import Confidential
from mpl_export.tenant.credentials.service_key_text import members_of
from mpl_export.tenant.http.https_url import HttpsUrl

_API_PATH = "/api/v1"
_LONGEST_VALUE = 1 << 15


class CertificateDatesError(ServiceKeyError):
    """The certificate has expired, or is not valid yet: the tenant would refuse it."""


@dataclass(frozen=True, slots=True)
class CertificateAndKey(Confidential):
    """Both as PEM text, as the owner stored it: ``pem`` makes sense of it."""

    certificate: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientSecret(Confidential):
    """The secret of a service key of the type ClientId/Secret."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey(Confidential):
    """Who we are for the tenant, and where its token server and its API are.

    Attributes:
        client_id: The OAuth client; not secret.
        token_url: Where tokens are fetched; the host that demands certificates, if we have one.
        api_root: The service root of the OData API, without a slash at its end.
        credential: What proves that we are this client.
        notes: What was changed or looks wrong, one sentence each, to be logged.
    """

    client_id: str
    token_url: str
    api_root: str
    credential: CertificateAndKey | ClientSecret
    notes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "ServiceKey":
        """Understand the text of the secret.

        Raises:
            ServiceKeyError: It cannot be used; names the member at fault and quotes no value.
        """
        members = members_of(text)
        notes: list[str] = []
        client_id = _visible(_required(members, "clientid"), "clientid")
        credential = _credential(members, notes)
        token_url = HttpsUrl.parse(_required(members, "tokenurl"), member="tokenurl")
        api_url = HttpsUrl.parse(_required(members, "url"), member="url")
        if isinstance(credential, CertificateAndKey):
            token_url = _demanding_certificates(token_url, notes)
        if "-rt." in api_url.host or "|it-rt-" in client_id:
            notes.append(
                "the service key looks like one of plan integration-flow, which cannot read "
                "message processing logs: create an instance of plan api"
            )
        return cls(
            client_id=client_id,
            token_url=str(token_url),
            api_root=str(api_url).removesuffix(_API_PATH) + _API_PATH,
            credential=credential,
            notes=tuple(notes),
        )

    @property
    def fingerprint(self) -> str:
        """Tells keys apart, for caches; two keys that differ in any member differ in it."""
        proof = (
            ["secret", self.credential.value]
            if isinstance(self.credential, ClientSecret)
            else ["certificate", self.credential.certificate, self.credential.key]
        )
        parts = [self.client_id, self.token_url, self.api_root, *proof]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _credential(
    members: Mapping[str, object], notes: list[str]
) -> CertificateAndKey | ClientSecret:
    """What proves who we are; a certificate is preferred to a secret."""
    if "certificate" in members and "key" in members:
        if "clientsecret" in members:
            notes.append(
                "the service key holds a certificate and a secret; the certificate is used"
            )
        return CertificateAndKey(_required(members, "certificate"), _required(members, "key"))
    if "clientsecret" in members:
        return ClientSecret(_visible(_required(members, "clientsecret"), "clientsecret"))
    if "certificate" in members:
        raise ServiceKeyError(
            "is missing: this is the service key of an external certificate, which SAP issues "
            "without the private key; add it to the JSON as the member 'key', in PEM",
            member="key",
        )
    if "key" in members:
        raise ServiceKeyError("is missing, although there is a key", member="certificate")
    raise ServiceKeyError(
        "holds neither 'certificate' and 'key' nor 'clientsecret'; create one of the key type "
        "Certificate for an instance of Process Integration Runtime, plan api"
    )


def _required(members: Mapping[str, object], name: str) -> str:
    """The member as text, without blanks around it."""
    if name not in members:
        raise ServiceKeyError("is missing", member=name)
    value = members[name]
    if not isinstance(value, str):
        raise ServiceKeyError("is not text", member=name)
    value = value.strip()
    if not value:
        raise ServiceKeyError("is empty", member=name)
    if len(value) > _LONGEST_VALUE:
        raise ServiceKeyError("is too long to be true", member=name)
    return value


def _visible(value: str, member: str) -> str:
    """The value, if it is made of what an OAuth identifier may hold.

    Source: RFC 6749, appendix A.1 and A.2 (VSCHAR).
    """
    if not all(" " <= character <= "~" for character in value):
        raise ServiceKeyError("holds characters that it cannot have; copy it again", member=member)
    return value


def _demanding_certificates(token_url: HttpsUrl, notes: list[str]) -> HttpsUrl:
    """The token server's host that asks for client certificates.

    The platform serves tokens for certificates at ``<subdomain>.authentication.cert.<landscape>``
    only; the host without ``cert`` does not ask for one and answers 401.

    Source: SAP BTP, "Implementing Custom Token Retrieval" (``mtls_endpoint_aliases``).
    """
    before, found, landscape = token_url.host.partition(".authentication.")
    if not found or landscape.startswith("cert."):
        return token_url
    changed = token_url.on_host(f"{before}.authentication.cert.{landscape}")
    notes.append(
        f"tokens are fetched at {changed.host}, the host for certificates, not {token_url.host}"
    )
    return changed
