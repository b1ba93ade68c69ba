"""The service key: every shape that it comes in, and every way in which it can be wrong."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ClientSecret, ServiceKey
from tests.support.exporter import keys

WRAPPERS = [(), ("oauth",), ("credentials",), ("credentials", "oauth")]


def parsed(**changes: object) -> ServiceKey:
    """A key of the type Certificate with these members changed."""
    return ServiceKey.parse(keys.service_key_text(keys.certificate_members(**changes)))


def refused(text: str) -> ServiceKeyError:
    """Why this text is not taken; the error leads to nothing that holds the text."""
    with pytest.raises(ServiceKeyError) as caught:
        ServiceKey.parse(text)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("wrappers", WRAPPERS)
def test_a_certificate_key_is_found_at_every_depth(wrappers: tuple[str, ...]) -> None:
    """Cockpit, command line and API wrap the same members differently."""
    members = keys.certificate_members()

    key = ServiceKey.parse(keys.service_key_text(members, *wrappers))

    assert key.client_id == keys.CLIENT_ID
    assert key.token_url == keys.TOKEN_URL
    assert key.api_root == keys.API_URL + "/api/v1"
    assert isinstance(key.credential, CertificateAndKey)
    assert key.credential.certificate == str(members["certificate"]).strip()
    assert key.credential.key == str(members["key"]).strip()
    assert key.notes == ()


@pytest.mark.parametrize("wrappers", WRAPPERS)
def test_a_secret_key_is_found_at_every_depth(wrappers: tuple[str, ...]) -> None:
    """The type ClientId/Secret is what most existing clients use."""
    key = ServiceKey.parse(keys.service_key_text(keys.secret_members(), *wrappers))

    assert key.credential == ClientSecret(keys.CLIENT_SECRET)
    assert ".cert." not in key.token_url
    assert key.notes == ()


def test_a_certificate_is_preferred_to_a_secret_and_that_is_told() -> None:
    """The stronger of two proofs is used, and nobody has to guess which."""
    key = parsed(clientsecret=keys.CLIENT_SECRET)

    assert isinstance(key.credential, CertificateAndKey)
    assert "certificate is used" in key.notes[0]


def test_blanks_around_a_value_are_taken_off() -> None:
    """They come with every second copy and paste, and no value may hold them."""
    key = parsed(
        clientid=f"  {keys.CLIENT_ID}\n", url=f"{keys.API_URL}/ ", tokenurl=f" {keys.TOKEN_URL}"
    )

    assert (key.client_id, key.token_url) == (keys.CLIENT_ID, keys.TOKEN_URL)
    assert key.api_root == keys.API_URL + "/api/v1"


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://a.example", "https://a.example/api/v1"),
        ("https://a.example/", "https://a.example/api/v1"),
        ("https://a.example/api/v1", "https://a.example/api/v1"),
        ("https://a.example/api/v1/", "https://a.example/api/v1"),
        ("HTTPS://A.Example:443", "https://a.example/api/v1"),
        ("https://a.example:8443", "https://a.example:8443/api/v1"),
        ("https://a.example/location/edge-1", "https://a.example/location/edge-1/api/v1"),
    ],
)
def test_the_service_root_is_made_without_doubling(url: str, root: str) -> None:
    """Owners paste the address with and without what follows it; Edge puts a path before it."""
    assert parsed(url=url).api_root == root


def test_the_host_that_demands_certificates_is_asked_and_that_is_told() -> None:
    """The host without ``cert`` does not ask for one, and answers 401 for no visible reason."""
    key = parsed(tokenurl=keys.TOKEN_URL.replace(".cert.", "."))

    assert key.token_url == keys.TOKEN_URL
    assert "authentication.cert.eu10" in key.notes[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://acme.it-cpi001-rt.cfapps.eu10.hana.ondemand.com"},
        {"clientid": "sb-1!b2|it-rt-acme!b56"},
    ],
)
def test_a_key_of_the_wrong_plan_is_pointed_out(changes: dict[str, object]) -> None:
    """Plan integration-flow calls flows; it does not read logs.  It is the usual mix-up."""
    assert "plan api" in parsed(**changes).notes[0]


def test_an_external_certificate_without_key_says_what_to_add() -> None:
    """SAP does not have the key, so its absence is no mistake of the owner's."""
    error = refused(keys.service_key_text(keys.certificate_members(key=None)))

    assert error.member == "key"
    assert "external certificate" in str(error)


@pytest.mark.parametrize("member", ["clientid", "tokenurl", "url"])
@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "missing"), (" \n", "empty"), (4711, "not text"), ({}, "not text"), (True, "not text")],
)
def test_a_member_that_cannot_be_is_named(member: str, value: object, words: str) -> None:
    """The owner has to know where to look."""
    members = keys.certificate_members() | {member: value}
    if value is None:
        del members[member]

    error = refused(keys.service_key_text(members))

    assert error.member == member
    assert words in str(error)


@pytest.mark.parametrize("member", ["tokenurl", "url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "a.example/oauth/token",
        "ftp://a.example",
        "https://",
        "https:///path",
        "https://user:hunter2@a.example",
        "https://a.example@evil.example",
        "https://a.example\\@evil.example",
        "https://a.example?grant_type=client_credentials",
        "https://a.example/#part",
        "https://a.example:0",
        "https://a.example:99999",
        "https://a.example:x",
        "https://a b.example",
        "https://a..example",
        "https://exämple.example",
        "https://a.example/../b",
        "https://a.example/\r\nX-Header: 1",
        "https://[::1",
        "https://a.example/itspaces",
        "https://" + "a." * 1500 + "example",
    ],
)
def test_an_address_that_could_mislead_is_refused(member: str, url: str) -> None:
    """The token goes there; libraries that disagree about an address are how it goes elsewhere."""
    error = refused(keys.service_key_text(keys.certificate_members(**{member: url})))

    assert error.member == member
    assert "hunter2" not in str(error)
    assert "evil" not in str(error)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://a.example", "https://"),
        ("https://user:hunter2@a.example", "user information"),
        (keys.TOKEN_URL + "?grant_type=client_credentials", "a query"),
        ("https://a.example/itspaces/shell", "/itspaces"),
    ],
)
def test_the_usual_mistakes_in_an_address_are_named(url: str, words: str) -> None:
    """SAP's own pages show the token's address with a query, and the UI's instead of the API's."""
    error = refused(keys.service_key_text(keys.certificate_members(url=url)))

    assert words in str(error)


def test_neither_certificate_nor_secret_says_which_key_type_to_create() -> None:
    """It is what a key of an unrelated service looks like."""
    error = refused(keys.service_key_text(keys.certificate_members(key=None, certificate=None)))

    assert "key type" in str(error)


@pytest.mark.parametrize("value", ["with\nbreak", "nul\x00", "ünicode", "tab\tin", "\ud800"])
@pytest.mark.parametrize("member", ["clientid", "clientsecret"])
def test_what_cannot_go_into_a_request_is_refused(member: str, value: str) -> None:
    """A line break in a header would be a second header."""
    error = refused(keys.service_key_text(keys.secret_members(**{member: f"a{value}b"})))

    assert error.member == member
    assert value not in str(error)


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
MEMBERS = st.dictionaries(
    st.sampled_from(
        [
            "clientid",
            "tokenurl",
            "url",
            "certificate",
            "key",
            "clientsecret",
            "oauth",
            "credentials",
        ]
    ),
    JSON_VALUES,
)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")) | MEMBERS.map(json.dumps))
def test_whatever_stands_in_the_secret_is_read_or_refused(text: str) -> None:
    """There is no third way out, and no value in the refusal."""
    try:
        ServiceKey.parse(text)
    except ServiceKeyError as error:
        assert len(str(error)) < 400  # noqa: PT017


def test_repr_shows_no_secret() -> None:
    """A key ends up in a log line by an f-string that someone adds in a hurry."""
    members = keys.certificate_members()

    shown = repr(parsed()) + repr(ServiceKey.parse(json.dumps(keys.secret_members())))

    assert keys.CLIENT_ID in shown
    assert keys.CLIENT_SECRET not in shown
    assert str(members["key"])[100:140] not in shown
    assert "BEGIN" not in shown


def test_a_key_does_not_leave_the_process_by_accident() -> None:
    """Pickle is how values reach queues, caches and children."""
    key = parsed()

    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            leave(key)


@pytest.mark.parametrize(
    "changes", [{"clientid": "sb-2"}, {"url": "https://b.example"}, {"key": "other"}]
)
def test_keys_that_differ_have_different_fingerprints(changes: dict[str, object]) -> None:
    """The fingerprint decides whose token is used."""
    assert parsed().fingerprint == parsed().fingerprint
    assert parsed(**changes).fingerprint != parsed().fingerprint
    assert keys.CLIENT_SECRET not in parsed().fingerprint


def test_a_key_without_a_client_is_told_as_that() -> None:
    """The first member that is missing is named."""
    error = refused('{"tokenurl": "https://a.example", "url": "https://a.example"}')

    assert error.member == "clientid"
