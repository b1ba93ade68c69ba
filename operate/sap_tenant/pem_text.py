"""PEM text in every state in which it reaches a client's secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from operate.sap_tenant.pki import Identity

type Newlines = Literal["real", "literal", "crlf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PemStyle:
    """How certificate and key are written; the default is how the tenant delivers them.

    Attributes:
        newlines: Real ones, a literal backslash-n (pasted from a cockpit), or CRLF.
        indented: Every line begins with blanks (a word processor was here).
        final_newline: The text ends in a line end.
        chain: Leaf first up to the root, in another order, or the leaf alone.
        key_format: ``BEGIN RSA PRIVATE KEY`` (PKCS#1) or ``BEGIN PRIVATE KEY`` (PKCS#8).
    """

    newlines: Newlines = "real"
    indented: bool = False
    final_newline: bool = True
    chain: Literal["leaf_first", "shuffled", "leaf_only"] = "leaf_first"
    key_format: Literal["pkcs1", "pkcs8"] = "pkcs1"


AS_DELIVERED = PemStyle()


def certificate_text(identity: Identity, style: PemStyle = AS_DELIVERED) -> str:
    """Give the certificates as one PEM text."""
    chain = list(identity.chain)
    if style.chain == "leaf_only":
        chain = chain[:1]
    elif style.chain == "shuffled":
        # The leaf neither first nor where a reversal would put it, if there are three.
        chain = [*chain[1:-1], chain[0], chain[-1]] if len(chain) > 2 else chain[::-1]
    return _styled(certificates_text(chain), style)


def certificates_text(certificates: Iterable[x509.Certificate]) -> str:
    """Give certificates one after the other, as they are usually written."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def key_text(identity: Identity, style: PemStyle = AS_DELIVERED) -> str:
    """Give the private key as PEM text, without a pass phrase."""
    pkcs1 = style.key_format == "pkcs1"
    shape = PrivateFormat.TraditionalOpenSSL if pkcs1 else PrivateFormat.PKCS8
    text = identity.key.private_bytes(Encoding.PEM, shape, NoEncryption()).decode()
    return _styled(text, style)


def _styled(text: str, style: PemStyle) -> str:
    lines = text.splitlines()
    if style.indented:
        lines = [f"    {line}" for line in lines]
    end = {"real": "\n", "literal": "\\n", "crlf": "\r\n"}[style.newlines]
    return end.join(lines) + (end if style.final_newline else "")
