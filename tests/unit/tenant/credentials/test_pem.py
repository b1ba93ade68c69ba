"""PEM text as people paste it."""

import re
from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.pem import pem_blocks
from tests.support.exporter import keys

MEDDLINGS: dict[str, Callable[[str], str]] = {
    "literal breaks out of the cockpit": lambda text: text.replace("\n", "\\n"),
    "literal breaks escaped twice": lambda text: text.replace("\n", "\\\\n"),
    "literal breaks of Windows": lambda text: text.replace("\n", "\\r\\n"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "lone CR": lambda text: text.replace("\n", "\r"),
    "no final newline": str.rstrip,
    "no newline at all": lambda text: text.replace("\n", ""),
    "blanks for newlines": lambda text: text.replace("\n", " "),
    "blanks before lines": lambda text: re.sub("^", "    ", text, flags=re.MULTILINE),
    "blanks after lines": lambda text: text.replace("\n", "  \t\n"),
    "non-breaking blanks": lambda text: text.replace("\n", "\u00a0\n\u00a0"),
    "non-breaking blanks in the lines that begin": lambda text: text.replace(" ", "\u00a0"),
    "zero-width blanks": lambda text: text.replace("A", "\u200bA"),
    "byte order mark": lambda text: "\ufeff" + text,
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "en dashes": lambda text: text.replace("-----", "\u2013\u2013-"),
    "one em dash": lambda text: text.replace("-----", "\u2014"),
    "minus signs": lambda text: text.replace("-", "\u2212"),
    "text around": lambda text: f"Bag Attributes: x\n{text}\n-- end of the mail --\n",
    "padding lost": lambda text: text.replace("=", ""),
}


def ders(text: str) -> list[tuple[str, bytes]]:
    """What its blocks are, and what they encode."""
    return [(block.label, block.der("key")) for block in pem_blocks(text, "key")]


@pytest.mark.parametrize("meddling", MEDDLINGS)
def test_pasted_text_gives_what_the_pristine_text_gives(meddling: str) -> None:
    """SAP's own tutorial sends owners through a word processor."""
    issued = keys.client()
    for pristine in (issued.chain_pem, issued.key_pem()):
        assert ders(MEDDLINGS[meddling](pristine)) == ders(pristine)


@given(st.lists(st.sampled_from(sorted(MEDDLINGS)), max_size=4, unique=True))
def test_meddlings_add_up(names: Sequence[str]) -> None:
    """Text that was mailed, pasted and escaped went through several of them."""
    pristine = keys.client().chain_pem
    text = pristine
    for name in names:
        text = MEDDLINGS[name](text)

    if {"one em dash", "no newline at all"} <= set(names):
        return  # END and BEGIN share one dash then; nobody can tell whose it is
    assert ders(text) == ders(pristine)


@pytest.mark.parametrize("hostile", ["-" * 60_000, "- " * 30_000, "-BEGIN " * 8_000, " " * 60_000])
def test_a_hostile_text_is_refused_in_no_time(hostile: str) -> None:
    """A pattern that backtracks would hold the run for minutes; the test's timeout tells."""
    with pytest.raises(ServiceKeyError):
        pem_blocks(hostile, "key")


def test_what_is_encoded_is_what_openssl_reads() -> None:
    """Each block by its label, in the order in which they stand."""
    issued = keys.client()

    blocks = ders(issued.key_pem() + issued.chain_pem)

    assert [label for label, _ in blocks] == ["RSA PRIVATE KEY"] + ["CERTIFICATE"] * len(
        issued.chain
    )
    assert [der for _, der in blocks][1:] == [
        certificate.public_bytes(Encoding.DER) for certificate in issued.chain
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("my certificate", "no PEM block"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "is cut"),
        ("MIIB\n-----END CERTIFICATE-----", "is cut"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END PRIVATE KEY-----", "is cut"),
    ],
)
def test_a_text_that_is_none_or_half_of_one_is_told_by_the_member(text: str, words: str) -> None:
    """Copy again, or another file: the remedies differ."""
    with pytest.raises(ServiceKeyError, match=words) as caught:
        pem_blocks(text, "certificate")

    assert caught.value.member == "certificate"


def test_what_is_not_base64_is_told_without_a_trace_of_it() -> None:
    """It may be a key: neither the message nor the error that caused it may know it."""
    [block] = pem_blocks("-----BEGIN PRIVATE KEY-----\nhunter2!\n-----END PRIVATE KEY-----", "key")

    with pytest.raises(ServiceKeyError, match="is damaged") as caught:
        block.der("key")

    assert "hunter2" not in f"{caught.value} {block!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
