"""Throw-away certificates: what a TLS server shows, and what SAP signs for a client.

The certificates have what OpenSSL's strict mode wants (Python 3.13 turns it on by default): key
identifiers, key usage, extended key usage.  Keys are made once per process and purpose, because
RSA keys are slow to make; nothing here outlives the process or protects anything.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from operate.sap_tenant.moments import utc_now

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

DAY: Final = timedelta(days=1)
LONGEST_VALIDITY: Final = timedelta(days=365)
"""A service key's certificate is valid for a year at most."""


@lru_cache(maxsize=64)
def rsa_key(purpose: str) -> rsa.RSAPrivateKey:
    """Give this process's RSA key for a purpose (2048 bits, as service keys have)."""
    del purpose  # only tells one key from another
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache(maxsize=64)
def ec_key(purpose: str) -> ec.EllipticCurvePrivateKey:
    """Give this process's EC key for a purpose."""
    del purpose  # only tells one key from another
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and the certificates that speak for it, leaf first."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the key itself."""
        return self.chain[0]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the leaf in hex: how a server tells certificates apart."""
        return self.leaf.fingerprint(hashes.SHA256()).hex()


class Authority:
    """A certificate authority: a root, or an intermediate below one."""

    def __init__(self, name: x509.Name, key: PrivateKey, above: "Authority | None" = None) -> None:
        self.name = name
        self.key = key
        self.above = above
        self._length = 1 if above is None else 0
        signer = above or self
        self.certificate = _signed(
            _builder(name, key, signer, *_years(10))
            .add_extension(x509.BasicConstraints(ca=True, path_length=self._length), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True),
            signer,
        )

    def chain(self) -> tuple[x509.Certificate, ...]:
        """Give the certificates from here up to the root."""
        return (self.certificate, *(self.above.chain() if self.above else ()))

    def for_server(self, names: Iterable[str], *, valid: timedelta = LONGEST_VALIDITY) -> Identity:
        """Sign for a server with these names and addresses; a negative validity has ended."""
        key = ec_key("server")
        alternatives = [_general_name(name) for name in dict.fromkeys(names)]
        builder = _leaf(_name(CN="simulated tenant"), key, self, valid)
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        return Identity((_signed(builder, self), *self.chain()[:-1]), key)

    def for_client(
        self, subject: x509.Name, key: PrivateKey, *, valid: timedelta = LONGEST_VALIDITY
    ) -> Identity:
        """Sign for a client; the chain goes up to the root, as in a service key."""
        builder = _leaf(subject, key, self, valid).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        return Identity((_signed(builder, self), *self.chain()), key)


def server_authority() -> Authority:
    """Make the root that the tenant's servers are signed by."""
    return Authority(_name(CN="Simulated Tenant Root", O="Simulated"), ec_key("server root"))


def client_authority() -> Authority:
    """Make the intermediate that signs clients, below a root, as SAP's own are."""
    root = Authority(
        _name(C="DE", L="Walldorf", O="SAP SE", CN="SAP Cloud Root CA"), rsa_key("client root")
    )
    subject = _name(
        C="DE",
        O="SAP SE",
        L="cf-sim10",
        OU="SAP BTP Clients",
        CN="SAP PKI Certificate Service Client CA",
    )
    return Authority(subject, rsa_key("client intermediate"), root)


def external_authority(name: str = "Public Client CA") -> Authority:
    """Make another authority that clients may have their certificates from."""
    return Authority(_name(C="US", O="Example Trust", CN=name), ec_key(name))


def client_subject(common_name: str) -> x509.Name:
    """Give the subject of a SAP-generated client certificate."""
    return _name(C="DE", O="SAP SE", OU="SAP Cloud Platform Clients", L="sap-uaa", CN=common_name)


def _leaf(
    subject: x509.Name, key: PrivateKey, signer: Authority, valid: timedelta
) -> x509.CertificateBuilder:
    now = utc_now().replace(microsecond=0)
    start = now - DAY if valid > timedelta(0) else now + valid - DAY
    return (
        _builder(subject, key, signer, start, now + valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
    )


def _builder(
    subject: x509.Name, key: PrivateKey, signer: Authority, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
            critical=False,
        )
    )


def _signed(builder: x509.CertificateBuilder, signer: Authority) -> x509.Certificate:
    return builder.sign(signer.key, hashes.SHA256())


def _years(count: int) -> tuple[datetime, datetime]:
    now = utc_now().replace(microsecond=0)
    return now - 30 * DAY, now + count * 365 * DAY


def _usage(**given: bool) -> x509.KeyUsage:
    every = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(every | given))


def _name(**parts: str) -> x509.Name:
    kinds = {
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "L": NameOID.LOCALITY_NAME,
        "CN": NameOID.COMMON_NAME,
    }
    return x509.Name([x509.NameAttribute(kinds[kind], value) for kind, value in parts.items()])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
