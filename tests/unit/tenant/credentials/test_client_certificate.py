"""The client certificate: its chain in order, its key proven to fit, its dates."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.x509 import Certificate
from hypothesis import given, settings
from hypothesis import strategies as st

from mpl_export.errors import ServiceKeyError, SettingsError
from mpl_export.tenant.credentials.client_certificate import (
    CLOCK_SKEW,
    ClientCertificate,
    trusted_certificates,
)
from mpl_export.tenant.credentials.pem import pem_blocks
from mpl_export.tenant.credentials.service_key import CertificateAndKey, CertificateDatesError
from tests.support.exporter import keys


def certificate_of(certificate: str, key: str) -> ClientCertificate:
    """Both texts, understood."""
    return ClientCertificate.of(CertificateAndKey(certificate, key))


def refused(certificate: str, key: str) -> ServiceKeyError:
    """Why these texts are not taken."""
    with pytest.raises(ServiceKeyError) as caught:
        certificate_of(certificate, key)
    return caught.value


@pytest.mark.parametrize("breaks", ["\\n", "\r\n", " "], ids=repr)
def test_pasted_text_gives_what_the_pristine_text_gives(breaks: str) -> None:
    """SAP's own tutorial sends owners through a word processor; ``test_pem`` knows more forms."""
    issued = keys.client()

    pasted = certificate_of(
        issued.chain_pem.replace("\n", breaks), issued.key_pem().replace("\n", breaks)
    )

    assert pasted == certificate_of(issued.chain_pem, issued.key_pem())
    assert pasted.chain_pem == issued.chain_pem


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_both_forms_of_rsa_keys_are_read(form: PrivateFormat) -> None:
    """SAP issues PKCS#1; OpenSSL 3 and key stores write PKCS#8."""
    issued = keys.client()

    certificate = certificate_of(issued.chain_pem, issued.key_pem(form))

    assert certificate.key_pem == issued.key_pem(PrivateFormat.PKCS8)


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_keys_on_curves_are_read(form: PrivateFormat) -> None:
    """External certificates may have them; OpenSSL puts EC PARAMETERS before the key."""
    issued = keys.client_of(ec.generate_private_key(ec.SECP256R1()), keys.intermediate())
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"

    certificate = certificate_of(issued.chain_pem, parameters + issued.key_pem(form))

    assert "BEGIN PRIVATE KEY" in certificate.key_pem


@given(st.permutations(keys.client().chain))
def test_the_chain_is_put_in_order(shuffled: Sequence[Certificate]) -> None:
    """OpenSSL takes the first certificate for ours, and servers want each issuer after it."""
    issued = keys.client()

    assert certificate_of(keys.pem(shuffled), issued.key_pem()).chain_pem == issued.chain_pem


def test_a_stray_and_a_repeated_certificate_do_no_harm() -> None:
    """A chain put together by hand holds both; the stray goes to the end, the copy goes."""
    issued, stray = keys.client(), keys.root("Stray")
    text = keys.pem([stray.certificate, *reversed(issued.chain), issued.certificate])

    chain = certificate_of(text, issued.key_pem()).chain_pem

    assert chain == keys.pem([*issued.chain, stray.certificate])


def test_an_authority_of_the_same_name_is_not_taken_for_the_issuer() -> None:
    """Renewed authorities keep their name; only the signature tells."""
    issued = keys.client()
    lookalike = keys.named_authority("Intermediate")

    text = keys.pem([lookalike.certificate, *issued.chain])
    chain = certificate_of(text, issued.key_pem()).chain_pem

    assert chain == keys.pem([*issued.chain, lookalike.certificate])


def test_a_key_that_fits_no_certificate_is_refused() -> None:
    """OpenSSL would say KEY_VALUES_MISMATCH, the server nothing that helps."""
    error = refused(keys.client().chain_pem, keys.client("other").key_pem())

    assert error.member == "key"
    assert "does not fit" in str(error)


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
def test_an_encrypted_key_is_told_as_such(form: PrivateFormat) -> None:
    """Without this, OpenSSL asks a terminal that is not there for a passphrase."""
    issued = keys.client()

    error = refused(issued.chain_pem, issued.key_pem(form, b"pass"))

    assert error.member == "key"
    assert "encrypted" in str(error)


def test_swapped_members_are_told_as_such() -> None:
    """Two long texts that look alike."""
    issued = keys.client()

    error = refused(issued.key_pem(), issued.chain_pem)

    assert error.member == "certificate"
    assert "but a private key" in str(error)


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (lambda text: text[:400], "is cut"),
        (lambda text: text[40:], "is cut"),
        (lambda text: text.replace("END", "BEGIN"), "is cut"),
        (lambda text: text.replace("END CERT", "END WERT"), "is cut"),
        (lambda text: re.sub("-+.*?-+", "", text), "no PEM block"),
        (lambda _: "my certificate", "no PEM block"),
        (lambda text: text.replace("MII", "!II"), "is damaged"),
        (lambda text: text.replace("MII", "AII"), "cannot be read"),
        (lambda text: text.replace("MII", "MI"), "cannot be read"),
        (lambda text: text.replace("CERTIFICATE", "PKCS7"), "but something else"),
    ],
)
def test_a_damaged_certificate_is_told_by_what_is_wrong(
    meddle: Callable[[str], str], words: str
) -> None:
    """Copy again, or another file: the remedies differ."""
    issued = keys.client()

    error = refused(meddle(issued.chain_pem), issued.key_pem())

    assert error.member == "certificate"
    assert words in str(error)


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (lambda text: text[:400], "is cut"),
        (lambda text: text.replace("MII", "!II"), "is damaged"),
        (lambda text: text.replace("MII", "AII"), "cannot be read"),
        (lambda text: text * 2, "several keys"),
        (lambda text: text.replace("RSA PRIVATE", "PUBLIC"), "but something else"),
    ],
)
def test_a_damaged_key_is_told_without_a_trace_of_it(
    meddle: Callable[[str], str], words: str
) -> None:
    """Neither the message nor the error that caused it may know the key."""
    issued = keys.client()

    error = refused(issued.chain_pem, meddle(issued.key_pem()))

    assert error.member == "key"
    assert words in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


@given(st.text(alphabet="-BEGINDRSAPVTKY CFmi9+/=\\nr\n\r\u2014\u00a0:,", max_size=400))
def test_whatever_stands_in_a_member_is_read_or_refused(text: str) -> None:
    """Damage comes in more forms than a table can hold."""
    for certificate, key in [(text, keys.client().key_pem()), (keys.client().chain_pem, text)]:
        with pytest.raises(ServiceKeyError):
            certificate_of(certificate, key)


@settings(max_examples=25)  # to read a key takes milliseconds
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_no_damaged_byte_leads_to_an_error_of_another_kind(place: int, junk: bytes) -> None:
    """The parser of certificates has many ways to fail; all of them are the owner's matter."""
    issued = keys.client()
    for texts in ([issued.chain_pem, issued.key_pem()], [issued.key_pem(), issued.chain_pem]):
        damaged = texts[0]
        at = place % len(damaged)
        damaged = damaged[:at] + junk.decode("latin-1") + damaged[at + len(junk) :]
        certificate, key = (damaged, texts[1]) if "CERTIFICATE" in texts[0] else (texts[1], damaged)
        try:
            certificate_of(certificate, key)
        except ServiceKeyError as error:
            assert error.member in {"certificate", "key"}  # noqa: PT017


def test_dates_are_those_of_the_leaf() -> None:
    """The alarm counts the days until the leaf ends, whatever the authorities do."""
    issued = keys.client()

    certificate = certificate_of(keys.pem(issued.chain[::-1]), issued.key_pem())

    assert certificate.not_after == issued.certificate.not_valid_after_utc
    certificate.check_dates(certificate.not_after)
    certificate.check_dates(certificate.not_before - CLOCK_SKEW)


def test_an_expired_certificate_is_told_with_its_date() -> None:
    """The token server would only end the connection."""
    certificate = certificate_of(keys.client().chain_pem, keys.client().key_pem())

    with pytest.raises(CertificateDatesError, match=r"expired on 20..-..-..") as caught:
        certificate.check_dates(certificate.not_after + timedelta(seconds=1))

    assert caught.value.member == "certificate"
    assert "new service key" in str(caught.value)


def test_a_certificate_of_the_future_is_refused_beyond_the_skew_of_clocks() -> None:
    """One that was issued this minute by a clock ahead of ours is fine."""
    certificate = certificate_of(keys.client().chain_pem, keys.client().key_pem())

    with pytest.raises(CertificateDatesError, match="not valid before"):
        certificate.check_dates(certificate.not_before - CLOCK_SKEW - timedelta(seconds=1))


def test_repr_shows_neither_certificate_nor_key() -> None:
    """Only the dates are anybody's business."""
    certificate = certificate_of(keys.client().chain_pem, keys.client().key_pem())

    assert "BEGIN" not in repr(certificate)
    assert "not_after" in repr(certificate)
    assert "MII" not in repr(pem_blocks(keys.client().key_pem(), "key"))


def test_further_authorities_are_read_from_one_line() -> None:
    """A template parameter is often typed on a command line."""
    text = keys.pem([keys.root().certificate])

    assert trusted_certificates(text.replace("\n", "\\n")) == text
    assert trusted_certificates("  \n") == ""


@pytest.mark.parametrize("text", ["none", "-----BEGIN CERTIFICATE-----\nMII"])
def test_a_further_authority_that_cannot_be_read_names_the_setting(text: str) -> None:
    """It is not the service key that is wrong then."""
    with pytest.raises(SettingsError) as caught:
        trusted_certificates(text)

    assert caught.value.name == "TENANT_CA_PEM"
