"""Patterns that people write: what is taken means what it says, and no text can stall them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.rules.patterns import MOST_CHARACTERS, PatternError, expression, wildcard

LONG = 16_000


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("Order_*", "Order_to_Cash", True),
        ("Order_*", "My Order_to_Cash", False),
        ("Order_?", "Order_1", True),
        ("Order_?", "Order_12", False),
        ("Sales [EU]", "Sales [EU]", True),
        ("Sales [EU]", "Sales E", False),
        ("a.b", "axb", False),
        ("*", "", True),
    ],
)
def test_a_wildcard_is_matched_in_full(pattern: str, text: str, *, fits: bool) -> None:
    """Only ``*`` and ``?`` mean something else than themselves."""
    assert bool(wildcard(pattern).match(text)) is fits


def test_a_wildcard_for_a_text_is_found_anywhere_and_in_any_case() -> None:
    """Error texts have much before and after what people look for, and lines."""
    found = wildcard("connection refused", anywhere=True, any_case=True)

    assert found.match("java.net.ConnectException:\nConnection refused (wms:443)\nat x")
    assert not found.match("Connection reset")


@pytest.mark.parametrize(
    ("pattern", "text", "rest"),
    [
        (r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b", "to DE89370400440532013000 now", "to # now"),
        (r"[\w.+-]+@[\w.-]+", "mail jane.doe@acme.example, please", "mail #, please"),
        (r"(?i)password=\S+", "Password=s3cret&x y", "# y"),
        (r"Bearer\s{1,9}[\w.~+/-]+", "Bearer abc.def-1 ok", "# ok"),
        (r"\d{4}[ -]?\d{4}", "1234-5678 12345678", "# #"),
        (r"a\.b", "a.b axb", "# axb"),
        (r"x[^>]{1,90}>", "<x secret> <x>", "<# <x>"),
    ],
)
def test_an_expression_finds_what_it_says(pattern: str, text: str, rest: str) -> None:
    """The patterns that people need, each within the subset."""
    assert expression(pattern).sub("#", text) == rest


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+b", "groups"),
        ("a|b", "alternatives"),
        ("^a", "anchors"),
        (r"(?<=a)b", "look-around"),
        (r"\1", "references"),
        ("a*a*b", "same character"),
        ("a?a?a?aaa", "same character"),
        (".*;", r"leave that out of the first"),
        (r"\w+\d", "same character"),
        ("(?i)a+A", "same character"),
        ("xa+b", "without a bound"),
        ("x{1,2000}", "1,000 is the most"),
        ("x{1,600}y{1,600}", "1,000 is the most"),
        ("a*", "everything"),
        (r"\b", "everything"),
        ("a{2,1}", "ends a repetition"),
        ("a++", "possessive"),
        ("a+?", "possessive"),
        (r"\b+a", "takes no character"),
        ("[z-a]", "bad character range"),
        ("[[:alpha:]]", "cannot hold"),
        ("a[b", "cannot hold"),
        ("", "1 to 300"),
        ("a" * (MOST_CHARACTERS + 1), "1 to 300"),
    ],
)
def test_what_could_stall_a_run_or_mean_something_else_is_refused(
    pattern: str, reason: str
) -> None:
    """With what to write instead, where there is something."""
    with pytest.raises(PatternError, match=reason):
        expression(pattern)


@pytest.mark.parametrize("text", ["", "*" * 301])
def test_a_wildcard_has_bounds(text: str) -> None:
    """An empty one would fit what says nothing."""
    with pytest.raises(PatternError):
        wildcard(text)


ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", r"\w", r"\d", ".", r"\s", "1", "-"])
COUNTS = st.sampled_from(["", "", "+", "*", "?", "{2}", "{1,3}", "{0,90}", "{2,}"])
PATTERNS = st.lists(st.tuples(ATOMS, COUNTS), min_size=1, max_size=5).map(
    lambda pieces: "".join(atom + count for atom, count in pieces)
)


@given(pattern=PATTERNS, text=st.text("ab1- x", max_size=30))
def test_what_is_taken_finds_the_same_as_the_whole_language(pattern: str, text: str) -> None:
    """Nothing that was added for speed hides a match: a mask that misses is a leak."""
    try:
        found = expression(pattern)
    except PatternError:
        return

    assert found.sub("#", text) == re.sub(pattern, "#", text)


@given(pattern=PATTERNS)
def test_no_pattern_that_is_taken_needs_more_than_its_bound(pattern: str) -> None:
    """A text made to be nearly right, over and over: the search comes to an end."""
    try:
        found = expression(pattern)
    except PatternError:
        return

    for piece in ("a", "b", "ab", "1", "-", " "):
        found.sub("", piece * (LONG // len(piece)))
