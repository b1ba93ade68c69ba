"""An https address out of a service key, taken apart strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.http.https_url import HttpsUrl


def refused(text: str) -> str:
    """Why this address is not taken."""
    with pytest.raises(ServiceKeyError) as caught:
        HttpsUrl.parse(text, member="url")
    assert caught.value.member == "url"
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("https://a.example", "a.example", None, ""),
        ("https://a.example/", "a.example", None, ""),
        ("HTTPS://A.Example:443/Api/v1/", "a.example", None, "/Api/v1"),
        ("https://a.example:8443//", "a.example", 8443, ""),
        ("https://localhost:1", "localhost", 1, ""),
        ("https://a_b-c.example:65535/%2F~x;y=1", "a_b-c.example", 65535, "/%2F~x;y=1"),
        ("https://127.0.0.1:8443", "127.0.0.1", 8443, ""),
    ],
)
def test_an_address_is_its_host_port_and_path(
    text: str, host: str, port: int | None, path: str
) -> None:
    """Hosts have no case; paths do."""
    assert HttpsUrl.parse(text, member="url") == HttpsUrl(host, port, path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://a.example", "https://"),
        ("a.example/oauth/token", "https://"),
        ("https:a.example", "https://"),
        ("https://a.example?grant_type=client_credentials", "a query"),
        ("https://a.example/#part", "a fragment"),
        ("https://user:hunter2@a.example", "user information"),
        ("https://a.example@evil.example", "user information"),
        ("https://a.example\\@evil.example", "user information"),
        ("https://a.example\\.evil.example", "can be dialled"),
        ("https://", "can be dialled"),
        ("https:///path", "can be dialled"),
        ("https://a.example:0", "can be dialled"),
        ("https://a.example:65536", "can be dialled"),
        ("https://a.example:x", "can be dialled"),
        ("https://a.example:", "can be dialled"),
        ("https://a b.example", "can be dialled"),
        ("https://a..example", "can be dialled"),
        ("https://-a.example", "can be dialled"),
        ("https://" + "a" * 64 + ".example", "can be dialled"),
        ("https://ex\u00e4mple.example", "can be dialled"),
        ("https://a.example/\r\nX-Header: 1", "can be dialled"),
        ("https://a.example/%zz", "can be dialled"),
        ("https://[::1]", "can be dialled"),
        ("https://" + "a." * 1500 + "example", "can be dialled"),
        ("https://a.example/../b", "relative path"),
        ("https://a.example/b/.", "relative path"),
        ("https://a.example/itspaces/shell", "/itspaces"),
    ],
)
def test_an_address_that_could_mislead_is_refused(text: str, words: str) -> None:
    """The token goes there; libraries that disagree about an address are how it goes elsewhere."""
    message = refused(text)

    assert words in message
    assert "hunter2" not in message
    assert "evil" not in message


def test_a_path_may_hold_dots_and_the_word_of_the_ui_within_a_name() -> None:
    """Only whole names of a path are judged."""
    assert HttpsUrl.parse("https://a.example/..b/itspaces2", member="url").path == "/..b/itspaces2"


def test_it_is_written_as_it_is_dialled() -> None:
    """The usual port is left out."""
    assert str(HttpsUrl.parse("https://A.example:443/b/", member="url")) == "https://a.example/b"
    assert str(HttpsUrl("a.example", 8443, "/b")) == "https://a.example:8443/b"


def test_another_host_keeps_port_and_path() -> None:
    """The token server for certificates is the same but for its name."""
    url = HttpsUrl("a.example", 8443, "/oauth/token")

    assert url.on_host("a.cert.example") == HttpsUrl("a.cert.example", 8443, "/oauth/token")


@given(st.text(alphabet="htps:/.@?#%a0-_[]\\\r\n é", max_size=40))
def test_whatever_is_taken_says_the_same_when_it_is_read_again(text: str) -> None:
    """What is dialled is what was judged."""
    try:
        url = HttpsUrl.parse("https://" + text, member="url")
    except ServiceKeyError:
        return
    assert HttpsUrl.parse(str(url), member="url") == url
