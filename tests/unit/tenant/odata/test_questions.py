"""Options of a question as the tenant reads them."""

from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.tenant.odata.questions import encoded, key_of


def test_option_names_and_literals_keep_their_signs() -> None:
    """``%24top`` is taken for another option; quotes and commas are OData's own."""
    assert encoded({"$filter": "Id eq 'a,b'", "$top": "5"}) == "$filter=Id%20eq%20'a,b'&$top=5"


def test_an_option_that_is_empty_is_not_sent() -> None:
    """A tenant may refuse one that is not needed."""
    assert encoded({"$format": "json", "$expand": "", "$skip": ""}) == "$format=json"
    assert encoded({}) == ""


def test_a_blank_is_no_plus() -> None:
    """OData reads a plus as a plus."""
    assert encoded({"$orderby": "LogEnd desc", "x": "1+1"}) == "$orderby=LogEnd%20desc&x=1%2B1"


@given(st.text(alphabet=st.characters(exclude_characters="&", exclude_categories=["Cs"])))
def test_a_value_arrives_as_it_is(value: str) -> None:
    """Whatever a status or an id may be called."""
    sent = encoded({"$filter": value})

    assert sent.isascii()
    assert parse_qs(sent) == ({"$filter": [value]} if value else {})


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("AGkh1pBZ_-v4", "'AGkh1pBZ_-v4'"),
        ("a'b", "'a%27%27b'"),
        ("../x?y#z", "'..%2Fx%3Fy%23z'"),
        ("\u00e9%", "'%C3%A9%25'"),
    ],
)
def test_a_key_cannot_leave_its_quotes(value: str, key: str) -> None:
    """It comes from outside, and becomes part of a path."""
    assert key_of(value) == key


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_key_is_read_back_as_it_was(value: str) -> None:
    """A quotation mark inside is doubled, as in any literal."""
    key = key_of(value)

    assert not set(key[1:-1]) & set("'/?#")
    assert unquote(key[1:-1]).replace("''", "'") == value
