"""One token: what is asked, what is taken from the answer, and what a refusal means."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import (
    ConfigurationError,
    ExportError,
    ServiceKeyError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import LONGEST_USE, UNTOLD_USE, fetch_token
from mpl_export.tenant.http.transport import Answer, ConnectionLostError
from tests.support.exporter import keys
from tests.support.manual_clock import NOON, ManualClock
from tests.support.tenant.fetched_token import (
    CERTIFICATE_KEY,
    SECRET_KEY,
    attempts_at,
    fetched,
    refused,
)
from tests.support.tenant.scripted_exchange import ScriptedExchange, token_answer


def test_a_certificate_key_sends_its_client_id_encoded_and_nothing_secret() -> None:
    """The identifier holds ``!`` and ``|``; the proof is in the handshake."""
    exchange = ScriptedExchange([token_answer()])

    fetch_token(CERTIFICATE_KEY, attempts_at(exchange))

    [request] = exchange.asked
    assert (request.method, request.url) == ("POST", keys.TOKEN_URL)
    assert request.headers == {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert request.body is not None
    assert b"!" not in request.body
    assert b"|" not in request.body
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [keys.CLIENT_ID],
    }


def test_a_secret_key_proves_itself_by_http_basic() -> None:
    """As SAP's own pipelines do; the secret stands in no body and no address."""
    exchange = ScriptedExchange([token_answer()])

    fetch_token(SECRET_KEY, attempts_at(exchange))

    [request] = exchange.asked
    scheme, _, pair = request.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(pair).decode() == f"{keys.CLIENT_ID}:{keys.CLIENT_SECRET}"
    assert request.body == b"grant_type=client_credentials"


def test_a_client_id_that_http_basic_would_cut_is_refused() -> None:
    """Everything after the first colon would be taken for the secret."""
    key = ServiceKey.parse(keys.service_key_text(keys.secret_members(clientid="a:b")))

    error = refused(token_answer(), key=key)

    assert isinstance(error, ServiceKeyError)
    assert error.member == "clientid"


@pytest.mark.parametrize(
    ("expires_in", "use"),
    [
        (43_199, LONGEST_USE),
        (3_599, timedelta(seconds=1_799.5)),
        ("3600", timedelta(minutes=30)),
        (3_600.0, timedelta(minutes=30)),
        (10**18, LONGEST_USE),
        (None, UNTOLD_USE),
        (0, UNTOLD_USE),
        (-1, UNTOLD_USE),
        (True, UNTOLD_USE),
        ("soon", UNTOLD_USE),
        ([3_600], UNTOLD_USE),
    ],
)
def test_a_token_is_used_for_half_its_life_and_no_longer_than_two_hours(
    expires_in: object, use: timedelta
) -> None:
    """It must not expire while pages are read, nor outlive the server's old signing key.

    A server that tells no life is believed for a few minutes: the token is good, and to refuse it
    would stop the export for a member that the standard only recommends.
    """
    assert fetched(token_answer(expires_in=expires_in)).use_until == NOON + use


def test_the_life_of_a_token_begins_when_it_was_asked_for() -> None:
    """The server counts from its answer at the latest; a slow answer must not lengthen it."""
    clock = ManualClock()

    def slowly(_: object) -> Answer:
        clock.turn(timedelta(minutes=1))
        return token_answer(expires_in=3_600)

    token = fetch_token(CERTIFICATE_KEY, attempts_at(ScriptedExchange(slowly), clock))

    assert token.use_until == NOON + timedelta(minutes=30)


@pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER", None])
def test_a_bearer_token_is_taken_however_it_is_spelled(kind: str | None) -> None:
    """The type's name has no case (RFC 6749, section 5.1)."""
    assert fetched(token_answer(token_type=kind)).value == "token-1"


@pytest.mark.parametrize("kind", ["mac", "", 1, "bearer "])
def test_a_token_of_another_type_is_not_used(kind: object) -> None:
    """It would be refused by the API, for no visible reason."""
    assert isinstance(refused(token_answer(token_type=kind)), UnexpectedResponseError)


@pytest.mark.parametrize(
    "value", ["", " ", "a b", "a\r\nX-Evil: 1", "a\n", "tökén", "a\x00", 1, ["a"], {"a": 1}]
)
def test_a_token_that_could_not_stand_in_a_header_is_not_used(value: object) -> None:
    """A line break in it would be a second header on every request."""
    error = refused(token_answer(access_token=value))

    assert isinstance(error, UnexpectedResponseError)
    assert "Evil" not in str(error)


def test_an_answer_without_a_token_is_unexpected() -> None:
    """It is neither our fault nor one that passes."""
    assert isinstance(refused(token_answer(access_token=None)), UnexpectedResponseError)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Log on</html>", b'{"access_token": "tok', b"[]", b"\xff\xfe", b"[" * 9_999],
)
def test_a_damaged_answer_is_asked_for_again(body: bytes) -> None:
    """A proxy's page or a cut body passes; the error that remains knows nothing of the body."""
    exchange = ScriptedExchange([Answer(200, {}, body), token_answer()])
    assert fetch_token(CERTIFICATE_KEY, attempts_at(exchange)).value == "token-1"

    error = refused(Answer(200, {}, body))

    assert isinstance(error, TenantUnavailableError)
    assert error.__cause__ is None
    assert error.__context__ is None


@given(st.binary(max_size=200), st.sampled_from([200, 204, 400, 401, 403, 404, 418]))
def test_whatever_the_server_answers_is_a_token_or_an_error_of_ours(
    body: bytes, status: int
) -> None:
    """A traceback of another kind would tell nobody who has to act."""
    with pytest.raises(ExportError) as caught:
        fetched(Answer(status, {}, body))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failing_server_is_asked_again(status: int) -> None:
    """502 has been seen from the real one."""
    assert fetched(Answer(status, {}, b""), token_answer()).value == "token-1"


def test_a_lost_connection_is_no_refusal() -> None:
    """A reset says nothing about the key, so nobody is sent to replace it."""
    assert fetched(ConnectionLostError("reset"), token_answer()).value == "token-1"
    assert not isinstance(refused(ConnectionLostError("reset")), ConfigurationError)


def test_repr_shows_no_token() -> None:
    """Neither that of the token nor that of the request that fetched it."""
    exchange = ScriptedExchange([token_answer("very-secret-token")])

    token = fetch_token(SECRET_KEY, attempts_at(exchange))

    shown = repr(token) + repr(exchange.asked) + repr(token_answer("very-secret-token"))
    assert "very-secret-token" not in shown
    assert "Basic" not in shown
    assert json.dumps(keys.CLIENT_SECRET) not in shown
