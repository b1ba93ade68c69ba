"""Two failures are one kind if what differs are numbers, ids and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.notifier.gist import gist
from mpl_export.notifier.signature import blanked, signature_of


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Order 4711 not found", "Order 815 not found"),
        ("Timeout after 30,000 ms", "Timeout after 5.5 ms"),
        (
            "No partner 0f8fad5b-d9cb-469f-a165-70867728950e",
            "No partner 7C9E6679-7425-40DE-944B-E07FC1F90AE7",
        ),
        ("At 2026-11-22T14:05:00.123Z: refused", "At 2025-01-02T03:04:05Z: refused"),
        ("At 2026-11-22 14:05:00 refused", "At 2025-01-02 03:04:05.678 refused"),
        (
            "Certificate ended Sun Nov 22 14:05:00 UTC 2026",
            "Certificate ended Mon Jan 2 03:04:05 UTC 2025",
        ),
        ("Ended on 22 Nov 2026", "Ended on 1 March 2025"),
        ("connect to srv01.example.com:443 failed", "connect to srv22.example.com:8443 failed"),
        ("10.1.2.3 refused", "192.168.100.200 refused"),
        ("at 0x7ffde3a0", "at 0x1"),
        ("digest da39a3ee5e6b4b0d3255bfef95601890", "digest 900150983cd24fb0d6963f7d28e17f72"),
        ("MPL ID AGXh3kZ0b2xBcDVf-q1_2w failed", "MPL ID AFrQ8yTz9aLmN0pXvK-_Bw failed"),
    ],
)
def test_what_varies_makes_no_other_kind(one: str, another: str) -> None:
    """Otherwise a storm of one cause would be a flood of digests."""
    assert signature_of("flow", "FAILED", one) == signature_of("flow", "FAILED", another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Order not found", "Partner not found"),
        ("connect to alpha.example.com failed", "connect to beta.example.com failed"),
        ("No route", ""),
    ],
)
def test_other_words_make_another_kind(one: str, another: str) -> None:
    """Otherwise a new cause would be held back with an old one."""
    assert signature_of("flow", "FAILED", one) != signature_of("flow", "FAILED", another)


def test_each_artifact_has_kinds_of_its_own() -> None:
    """Who is responsible differs, even if the receiver that is down is the same."""
    assert signature_of("a", "FAILED", "down") != signature_of("b", "FAILED", "down")


def test_without_a_text_the_status_makes_the_kind() -> None:
    """Texts are best effort; an escalation is still something else than a failure."""
    assert signature_of("a", "FAILED", "") != signature_of("a", "ESCALATED", "")


def test_words_stay_readable() -> None:
    """The blanked text is not shown, but who debugs a signature reads it."""
    assert blanked("HTTP 500 from srv01.example.com:443 at 2026-11-22T14:05:00.123Z") == (
        "HTTP # from srv#.example.com:# at #"
    )


@given(st.text(max_size=300))
def test_any_text_has_a_signature(text: str) -> None:
    """Texts come from foreign systems; none may stop the telling."""
    error = gist(text)
    assert len(signature_of("a", "FAILED", error)) == 16
    assert blanked(blanked(error)) == blanked(error)
