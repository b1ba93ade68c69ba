"""The client certificate: parsed, put in order, proven to fit its key, before the tenant sees it.

Source: RFC 5280 (certificates); RFC 8446, section 4.4.2 (the leaf comes first, each certificate
certifies the one before it).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from mpl_export.errors import ServiceKeyError, SettingsError
from mpl_export.tenant.credentials.confidential import Confidential
from mpl_export.tenant.credentials.pem import Block, pem_blocks
from mpl_export.tenant.credentials.service_key import CertificateAndKey, CertificateDatesError

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of our clock the clock may be that dated a certificate which was just issued."""

_RENEW = "create a new service key in the BTP cockpit and put it into the secret"
_ENCRYPTED = "is encrypted; store it without a passphrase (openssl pkey -in key.pem)"
_CERTIFICATE_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
_KEY_LABELS = frozenset({"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate(Confidential):
    """A certificate chain, leaf first, and the key that fits the leaf; both load as they are.

    Attributes:
        chain_pem: The leaf, its issuers in order, then what else the owner stored.
        key_pem: The private key, PKCS#8, not encrypted.
        not_before: From when the leaf is valid, UTC.
        not_after: Until when the leaf is valid, UTC.
    """

    chain_pem: str = field(repr=False)
    key_pem: str = field(repr=False)
    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, credential: CertificateAndKey) -> "ClientCertificate":
        """Read both texts and put the chain in order.

        Raises:
            ServiceKeyError: A text holds no PEM, cannot be parsed, or the key does not fit; names
                the member at fault and quotes nothing of it.
        """
        certificates = _certificates(credential.certificate, "certificate")
        key = _private_key(credential.key)
        chain = _leaf_first(certificates, key.public_key())
        return cls(
            chain_pem="".join(
                certificate.public_bytes(serialization.Encoding.PEM).decode()
                for certificate in chain
            ),
            key_pem=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
            not_before=chain[0].not_valid_before_utc,
            not_after=chain[0].not_valid_after_utc,
        )

    def check_dates(self, now: datetime) -> None:
        """Make sure that the certificate is valid now; 5 minutes of skew count as now at its start.

        Only the leaf is asked: whether an old root in the chain matters is for the server to say.

        Raises:
            CertificateDatesError: It is not.
        """
        if now > self.not_after:
            raise CertificateDatesError(
                f"expired on {self.not_after:%Y-%m-%d at %H:%M} UTC; {_RENEW}", member="certificate"
            )
        if now < self.not_before - CLOCK_SKEW:
            raise CertificateDatesError(
                f"is not valid before {self.not_before:%Y-%m-%d at %H:%M} UTC", member="certificate"
            )


@lru_cache(maxsize=2)
def trusted_certificates(text: str) -> str:
    """Certificates of further authorities, as OpenSSL loads them; empty for an empty text.

    A template parameter cannot hold line breaks on every way into it, so literal ones and all the
    other forms of pasted PEM are taken here too.

    Raises:
        SettingsError: The text holds no certificate that can be read.
    """
    if not text.strip():
        return ""
    try:
        certificates = _certificates(text, "certificate")
    except ServiceKeyError:
        certificates = []
    if not certificates:
        raise SettingsError("TENANT_CA_PEM", "holds no certificate that can be read")
    return "".join(
        certificate.public_bytes(serialization.Encoding.PEM).decode()
        for certificate in certificates
    )


def _certificates(text: str, member: str) -> list[x509.Certificate]:
    """Every certificate of the text, each once, in its order."""
    blocks = pem_blocks(text, member)
    found: dict[bytes, x509.Certificate] = {}
    for block in blocks:
        if block.label not in _CERTIFICATE_LABELS:
            continue
        der = block.der(member)
        try:
            certificate = x509.load_der_x509_certificate(der)
            certificate.public_key()
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ServiceKeyError(
                f"holds a certificate that cannot be read ({type(error).__name__})", member=member
            ) from error
        found[der] = certificate
    if not found:
        raise ServiceKeyError(f"holds no certificate, but {_contents(blocks)}", member=member)
    return list(found.values())


def _private_key(text: str) -> PrivateKeyTypes:
    """The private key of the text: PKCS#1, PKCS#8 or SEC 1."""
    blocks = pem_blocks(text, "key")
    keys = [block for block in blocks if block.label in _KEY_LABELS]
    if any("ENCRYPTED" in block.label + block.content for block in blocks):
        raise ServiceKeyError(_ENCRYPTED, member="key")
    if len(keys) != 1:
        problem = "holds several keys" if keys else f"holds no private key, but {_contents(blocks)}"
        raise ServiceKeyError(problem, member="key")
    der = keys[0].der("key")
    try:
        return serialization.load_der_private_key(der, password=None)
    except TypeError:
        problem = _ENCRYPTED
    except (ValueError, UnsupportedAlgorithm) as error:
        problem = f"is a private key that cannot be read ({type(error).__name__})"
    raise ServiceKeyError(problem, member="key")


def _contents(blocks: Sequence[Block]) -> str:
    """What is there instead; only names that we know, because the rest might be a value."""
    labels = {block.label for block in blocks}
    if labels & _CERTIFICATE_LABELS:
        return "a certificate"
    return "a private key" if labels & _KEY_LABELS else "something else"


def _leaf_first(
    certificates: Sequence[x509.Certificate], public_key: PublicKeyTypes
) -> list[x509.Certificate]:
    """The certificates as TLS wants them: the key's own, then each issuer; strays at the end."""
    rest = list(certificates)
    current = next((each for each in rest if _same_key(each.public_key(), public_key)), None)
    if current is None:
        raise ServiceKeyError(
            "does not fit any certificate in 'certificate'; copy both from the same service key",
            member="key",
        )
    chain = []
    while current is not None:
        chain.append(current)
        rest.remove(current)
        issued = current
        current = next((each for each in rest if _issued_by(issued, each)), None)
    return chain + rest


def _same_key(one: PublicKeyTypes, other: PublicKeyTypes) -> bool:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return one.public_bytes(*form) == other.public_bytes(*form)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and signature are right; two authorities may share a name."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, UnsupportedAlgorithm, ValueError):
        return False
    return True
