"""Service keys in all their shapes."""

import itertools
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from operate.sap_tenant.pem_text import Newlines, PemStyle, certificate_text, key_text
from operate.sap_tenant.pki import Identity, client_authority, client_subject, rsa_key
from operate.sap_tenant.service_keys import Nesting, at_host, certificate_key, secret_key

TOKEN_URL = "https://127.0.0.1:1/oauth/token"
URL = "https://127.0.0.1:2"


@pytest.fixture(scope="module")
def identity() -> Identity:
    """A client certificate as SAP would sign it."""
    return client_authority().for_client(client_subject("xyz"), rsa_key("client 0"))


@pytest.mark.parametrize(
    ("nesting", "path"),
    [
        ("oauth", ["oauth"]),
        ("credentials", ["credentials"]),
        ("credentials.oauth", ["credentials", "oauth"]),
        ("top", []),
    ],
)
def test_the_members_stand_where_this_download_puts_them(
    identity: Identity, nesting: Nesting, path: list[str]
) -> None:
    """Four wrappings are met, depending on the tool that fetched the key."""
    key: Any = certificate_key(
        "sb-1!b1|it!b2", identity, token_url=TOKEN_URL, url=URL, nesting=nesting
    )

    for name in path:
        assert list(key) == [name]
        key = key[name]
    assert key["tokenurl"] == "https://127.0.0.1:1/oauth/token"
    assert key["certificatedetails"]["serialnumber"].startswith("0x")
    assert key["certificatedetails"]["subjectdn"].startswith("CN=xyz,")


def test_some_keys_lack_what_others_have(identity: Identity) -> None:
    """An external certificate has no key yet and no details; a secret has neither certificate."""
    external: Any = certificate_key(
        "id",
        identity,
        token_url=TOKEN_URL,
        url=URL,
        nesting="top",
        with_key=False,
        with_details=False,
    )
    secret: Any = secret_key("id", "s3cret", token_url=TOKEN_URL, url=URL)

    assert not {"key", "certificatedetails"} & set(external)
    assert not {"key", "certificate"} & set(secret["oauth"])


@pytest.mark.parametrize(
    ("newlines", "indented", "final"),
    list(itertools.product(["real", "literal", "crlf"], [False, True], [False, True])),
)
def test_a_text_can_be_mended(
    *, identity: Identity, newlines: Newlines, indented: bool, final: bool
) -> None:
    """However it was mangled, the certificates are still in it."""
    style = PemStyle(
        newlines=newlines,
        indented=indented,
        final_newline=final,
    )
    text = certificate_text(identity, style)

    mended = "\n".join(line.strip() for line in text.replace("\\n", "\n").splitlines())
    assert load_pem_x509_certificates(mended.encode()) == list(identity.chain)
    assert ("\\n" in text) == (newlines == "literal")
    assert ("\r\n" in text) == (newlines == "crlf")
    assert text.startswith(" ") == indented
    assert text.endswith("-") != final


def test_the_chain_may_come_in_another_order(identity: Identity) -> None:
    """Leaf, intermediate, root as delivered; or the leaf in the middle; or alone."""
    shuffled = certificate_text(identity, PemStyle(chain="shuffled"))
    alone = certificate_text(identity, PemStyle(chain="leaf_only"))

    assert load_pem_x509_certificates(shuffled.encode()).index(identity.leaf) == 1
    assert load_pem_x509_certificates(alone.encode()) == [identity.leaf]
    assert len(identity.chain) == 3


@pytest.mark.parametrize(
    ("style", "header"),
    [
        (PemStyle(), "-----BEGIN RSA PRIVATE KEY-----"),
        (PemStyle(key_format="pkcs8"), "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_a_private_key_is_written_in_two_ways(
    identity: Identity, style: PemStyle, header: str
) -> None:
    """PKCS#1 is what SAP delivers."""
    text = key_text(identity, style)

    assert text.startswith(header)
    loaded = load_pem_private_key(text.encode(), None)
    assert loaded.public_key() == identity.leaf.public_key()


def test_a_key_can_name_another_host() -> None:
    """A container knows this machine by another name; the port stays."""
    assert at_host(TOKEN_URL, "host.docker.internal") == (
        "https://host.docker.internal:1/oauth/token"
    )
    assert at_host(URL, None) == URL
