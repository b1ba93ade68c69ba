"""Service keys in every shape in which they are met.

Source: facts, section 1: fields per type of key, nesting, and the forms of PEM text.
"""

from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from operate.sap_tenant.moments import utc_now
from operate.sap_tenant.pem_text import (
    AS_DELIVERED,
    PemStyle,
    certificate_text,
    key_text,
)
from operate.sap_tenant.pki import Identity

type Nesting = Literal["oauth", "credentials", "credentials.oauth", "top"]
type KeyDocument = dict[str, object]


def certificate_key(
    client_id: str,
    identity: Identity,
    *,
    token_url: str,
    url: str,
    style: PemStyle = AS_DELIVERED,
    nesting: Nesting = "oauth",
    with_key: bool = True,
    with_details: bool = True,
) -> KeyDocument:
    """Write a key that proves itself by a certificate.

    Args:
        with_key: False is an external certificate as SAP hands it out: the private key stayed
            with its owner, who has to add it.
        with_details: ``certificatedetails``, which only SAP-generated certificates have.
    """
    members: KeyDocument = {
        "createdate": utc_now().isoformat(timespec="milliseconds"),
        "clientid": client_id,
        "certificate": certificate_text(identity, style),
        "tokenurl": token_url,
        "url": url,
    }
    if with_key:
        members["key"] = key_text(identity, style)
    if with_details:
        members["certificatedetails"] = {
            "issuerdn": identity.leaf.issuer.rfc4514_string(),
            "subjectdn": identity.leaf.subject.rfc4514_string(),
            "validuntil": f"{identity.leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%S}.000Z",
            "serialnumber": f"0x{identity.leaf.serial_number:X}",
        }
    return nested(members, nesting)


def secret_key(
    client_id: str, secret: str, *, token_url: str, url: str, nesting: Nesting = "oauth"
) -> KeyDocument:
    """Write a key that proves itself by a client secret."""
    members: KeyDocument = {
        "createdate": utc_now().isoformat(timespec="milliseconds"),
        "clientid": client_id,
        "clientsecret": secret,
        "tokenurl": token_url,
        "url": url,
    }
    return nested(members, nesting)


def nested(members: KeyDocument, nesting: Nesting) -> KeyDocument:
    """Put the members where this kind of download puts them."""
    if nesting == "top":
        return members
    for name in reversed(nesting.split(".")):
        members = {name: members}
    return members


def at_host(url: str, host: str | None) -> str:
    """Give the same address under another host name; None leaves it."""
    if host is None:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}"))
