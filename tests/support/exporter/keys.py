"""Certificates, keys and service keys made on the spot, in the shapes that owners paste.

Keys take a tenth of a second each to make, so they are made once per process.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT_ID = "sb-6f9619ff-8b86-d011-b42d-00c04fc964ff!b4711|it!b56"
TOKEN_URL = "https://acme.authentication.cert.eu10.hana.ondemand.com/oauth/token"
API_URL = "https://acme.it-cpi001.cfapps.eu10.hana.ondemand.com"
CLIENT_SECRET = "9d1c2a3e-very$secret=text"

type AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key and the certificates above it."""

    certificate: x509.Certificate
    key: AnyKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The leaf, then each issuer, the root last."""
        return (self.certificate, *self.above)

    @property
    def chain_pem(self) -> str:
        """The chain, leaf first."""
        return pem(self.chain)

    def key_pem(
        self,
        form: serialization.PrivateFormat = serialization.PrivateFormat.TraditionalOpenSSL,
        passphrase: bytes | None = None,
    ) -> str:
        """The key, as SAP issues it unless told otherwise (PKCS#1)."""
        encryption = (
            serialization.NoEncryption()
            if passphrase is None
            else serialization.BestAvailableEncryption(passphrase)
        )
        return self.key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def pem(certificates: Sequence[x509.Certificate]) -> str:
    """Certificates as PEM text, in the given order."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


@cache
def rsa_key(which: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The RSA key of that name."""
    assert which
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def root(name: str = "Root") -> Issued:
    """A self-signed authority."""
    return _issue(name, rsa_key(f"root {name}"), issuer=None, is_authority=True)


@cache
def intermediate(name: str = "Intermediate") -> Issued:
    """An authority below the root."""
    return _issue(name, rsa_key(f"intermediate {name}"), issuer=root(), is_authority=True)


@cache
def named_authority(name: str) -> Issued:
    """Another authority below the root, with a name that may be taken already."""
    return _issue(name, rsa_key(f"another {name}"), issuer=root(), is_authority=True)


@cache
def client(name: str = "client", *, since_days: int = -1, until_days: int = 365) -> Issued:
    """A client certificate below the intermediate, valid between these days from now."""
    return _issue(
        name,
        rsa_key(f"client {name}"),
        issuer=intermediate(),
        since=timedelta(days=since_days),
        until=timedelta(days=until_days),
    )


@cache
def client_of(key: AnyKey, issuer: Issued) -> Issued:
    """A client certificate for that key below that issuer."""
    return _issue("client", key, issuer=issuer)


@cache
def lax_authority() -> Issued:
    """An authority as companies have them, which a strict verifier does not take."""
    return _issue("Company", rsa_key("lax"), issuer=None, is_authority=True, is_lax=True)


@cache
def server(issuer: Issued | None = None) -> Issued:
    """A server certificate for loopback, by default below the root."""
    return _issue("localhost", rsa_key("server"), issuer=issuer or root(), is_server=True)


def _issue(
    name: str,
    key: AnyKey,
    *,
    issuer: Issued | None,
    since: timedelta = timedelta(days=-1),
    until: timedelta = timedelta(days=365),
    is_authority: bool = False,
    is_server: bool = False,
    is_lax: bool = False,
) -> Issued:
    """A certificate with all that Python 3.13's strict verification demands, unless it is lax."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = key if issuer is None else issuer.key
    now = datetime.now(UTC).replace(microsecond=0)
    usage = ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None), critical=not is_lax
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if is_server:
        names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    return Issued(certificate, key, () if issuer is None else issuer.chain)


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def certificate_members(issued: Issued | None = None, /, **changes: object) -> dict[str, object]:
    """The members of a service key of the type Certificate; None as a change takes one away."""
    issued = issued or client()
    members: dict[str, object] = {
        "clientid": CLIENT_ID,
        "certificate": issued.chain_pem,
        "key": issued.key_pem(),
        "tokenurl": TOKEN_URL,
        "url": API_URL,
        "certificatedetails": {"validuntil": "2027-06-24T12:56:52.000Z"},
    }
    return _changed(members, changes)


def secret_members(**changes: object) -> dict[str, object]:
    """The members of a service key of the type ClientId/Secret."""
    members: dict[str, object] = {
        "createdate": "2026-11-22T10:00:00.000Z",
        "clientid": CLIENT_ID,
        "clientsecret": CLIENT_SECRET,
        "tokenurl": TOKEN_URL.replace(".cert.", "."),
        "url": API_URL,
    }
    return _changed(members, changes)


def service_key_text(members: dict[str, object], *wrappers: str) -> str:
    """The JSON text, the members inside the wrappers, outermost first."""
    value: object = members
    for wrapper in reversed(wrappers):
        value = {wrapper: value}
    return json.dumps(value)


def _changed(members: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in (members | changes).items() if value is not None}
