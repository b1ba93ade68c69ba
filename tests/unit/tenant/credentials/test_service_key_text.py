"""The text of the secret, down to the members of the service key."""

import json

import pytest

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.service_key_text import members_of
from tests.support.exporter import keys

ISSUED = keys.certificate_members()
MEMBERS = {name: ISSUED[name] for name in ("clientid", "certificate", "key", "tokenurl", "url")}


def refused(text: str) -> ServiceKeyError:
    """Why this text is not taken; the error leads to nothing that holds the text."""
    with pytest.raises(ServiceKeyError) as caught:
        members_of(text)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("wrappers", [(), ("oauth",), ("credentials",), ("credentials", "oauth")])
def test_members_are_found_at_every_depth(wrappers: tuple[str, ...]) -> None:
    """Cockpit, command line and API wrap the same members differently."""
    assert members_of(keys.service_key_text(ISSUED, *wrappers)) == MEMBERS


def test_a_wrapper_in_the_wrong_order_is_not_opened() -> None:
    """BTP writes ``oauth`` inside ``credentials`` only."""
    assert members_of(json.dumps({"oauth": {"credentials": MEMBERS}})) == {}


def test_the_key_of_an_external_certificate_may_be_added_at_the_top() -> None:
    """That is where an owner adds it who does not look into the braces."""
    inside = {name: value for name, value in MEMBERS.items() if name != "key"}

    assert members_of(json.dumps({"oauth": inside, "key": MEMBERS["key"]})) == MEMBERS


def test_the_innermost_member_holds() -> None:
    """What SAP issued stands inside; what stands around it may mean something else."""
    outside = {"url": "https://elsewhere.example"}
    text = json.dumps(outside | {"credentials": outside | {"oauth": MEMBERS}})

    assert members_of(text)["url"] == MEMBERS["url"]


def test_what_else_stands_there_is_left_out() -> None:
    """BTP adds members of its own; nothing of them is kept in memory."""
    text = json.dumps({"createdate": "2026-11-22", "oauth": MEMBERS | {"instance": "secret"}})

    assert members_of(text) == MEMBERS


def test_what_a_word_processor_leaves_is_not_in_the_way() -> None:
    """A mark at the beginning, blanks that are none, and line breaks inside the PEM text."""
    text = json.dumps(MEMBERS, indent=4)
    pasted = "\ufeff" + text.replace("    ", "\u00a0   ").replace("\\n", "\n") + "\u200b\r\n"

    assert members_of(pasted) == MEMBERS


def test_the_placeholder_says_how_to_replace_it() -> None:
    """A fresh stack fails until the key is there; its first error is its instruction."""
    error = refused(json.dumps({"placeholder": "Replace this with the service key of the tenant"}))

    assert "placeholder" in str(error)
    assert "put-secret-value" in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("clientid=1", r"not JSON \(line 1, column 1\)"),
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "is empty"),
        ('{"oauth": []}', "member 'oauth'"),
        ('{"credentials": "{}"}', "member 'credentials'"),
        ("{\u201cclientid\u201d: \u201c1\u201d}", "typographic"),
        ("[" * 60_000, "not JSON"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "not JSON"),
        ('{"clientid": ' + "9" * 5_000 + "}", "not JSON"),
        ('{"clientid": "' + "x" * (1 << 16) + '"}', "longer than"),
        ('{"clientid": "a", "clientid": "b"}', "member 'clientid' of the service key stands"),
        ('{"oauth": {"url": "a", "url": "a"}}', "member 'url' of the service key stands"),
        ('{"oauth": {}, "oauth": {}}', "member 'oauth' of the service key stands"),
    ],
    ids=lambda text: text[:20],
)
def test_a_text_that_is_no_service_key_is_refused_in_our_words(text: str, words: str) -> None:
    """Nothing that stands in a secret may end in an error of another kind."""
    error = refused(text)

    assert ("typographic" in str(error)) is (words == "typographic")
    with pytest.raises(ServiceKeyError, match=words):
        raise error


def test_a_member_of_no_interest_may_stand_there_twice() -> None:
    """Which of the two holds makes no difference to us."""
    assert members_of('{"note": 1, "note": 2, "url": "https://a.example"}') == {
        "url": "https://a.example"
    }
