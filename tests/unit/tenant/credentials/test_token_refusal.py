"""What it means when the token server refuses us."""

import pytest

from mpl_export.errors import (
    ConfigurationError,
    KeyRefusedError,
    ServiceKeyError,
    UnexpectedResponseError,
)
from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import fetch_token
from mpl_export.tenant.http.transport import Answer, TlsError
from tests.support.exporter import keys
from tests.support.tenant.fetched_token import (
    CERTIFICATE_KEY,
    SECRET_KEY,
    attempts_at,
    refused,
)
from tests.support.tenant.scripted_exchange import ScriptedExchange, json_answer


@pytest.mark.parametrize("key", [CERTIFICATE_KEY, SECRET_KEY])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_key_says_what_it_may_mean(status: int, key: ServiceKey) -> None:
    """The server says no more than "Bad credentials"; who reads the alarm needs more."""
    exchange = ScriptedExchange(
        [json_answer(status, error="invalid_client", error_description="Bad")]
    )

    with pytest.raises(KeyRefusedError) as caught:
        fetch_token(key, attempts_at(exchange))

    assert len(exchange.asked) == 1
    assert f"({status}, invalid_client)" in str(caught.value)
    assert "create a new service key" in str(caught.value)
    assert ("x509" in str(caught.value)) is (key is CERTIFICATE_KEY)


@pytest.mark.parametrize(
    "error",
    [keys.CLIENT_SECRET, "a" * 41, "two words", "line\nbreak", 'quo"te', "UPPER", 7, None, ["a"]],
)
def test_nothing_of_the_body_is_quoted_but_a_code(error: object) -> None:
    """A server, or a proxy before it, may echo what we sent."""
    message = str(refused(json_answer(401, error=error), key=SECRET_KEY))

    assert "(401)" in message
    assert str(error) not in message.replace("None", "") or error is None
    assert keys.CLIENT_SECRET not in message


@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_address_without_a_token_server_names_the_member(status: int) -> None:
    """It is the address that is wrong then, not the key."""
    error = refused(Answer(status, {}, b"<html>"))

    assert isinstance(error, ServiceKeyError)
    assert error.member == "tokenurl"


@pytest.mark.parametrize("status", [201, 204, 406, 418])
def test_a_status_that_makes_no_sense_is_a_developers_matter(status: int) -> None:
    """To guess what it means would be worse than to say that we do not know."""
    assert isinstance(refused(Answer(status, {}, b"")), UnexpectedResponseError)


def test_a_client_secret_at_a_host_for_certificates_is_told_of_what_it_has() -> None:
    """Its owner knows no members 'certificate' and 'key'; the host is the wrong one."""
    alert = TlsError("TLSV13_ALERT_CERTIFICATE_REQUIRED", "alert")

    error = refused(alert, key=SECRET_KEY)

    assert isinstance(error, KeyRefusedError)
    assert "client secret" in str(error)
    assert "'tokenurl'" in str(error)
    assert "'certificate'" not in str(error)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "no client certificate reached it"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "expired"),
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", "revoked"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "does not accept"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "damaged"),
        ("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "client authentication"),
        ("TLSV1_ALERT_UNKNOWN_CA", "authority"),
        ("TLSV1_ALERT_DECRYPT_ERROR", "'key'"),
        ("TLSV1_ALERT_ACCESS_DENIED", "not let in"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLS 1.2"),
    ],
)
def test_an_alert_is_a_refusal_that_explains_itself(reason: str, words: str) -> None:
    """OpenSSL's name for it is all that anyone sees otherwise."""
    exchange = ScriptedExchange([TlsError(reason, reason.lower())])

    with pytest.raises(KeyRefusedError, match="TLS handshake") as caught:
        fetch_token(CERTIFICATE_KEY, attempts_at(exchange))

    assert words in str(caught.value)
    assert len(exchange.asked) == 1


def test_a_server_that_we_do_not_trust_names_the_parameter() -> None:
    """A gateway that opens TLS is the usual reason, and an operator can allow it."""
    error = refused(TlsError("CERTIFICATE_VERIFY_FAILED", "unable to get local issuer"))

    assert type(error) is ConfigurationError
    assert "TenantCaPem" in str(error)


@pytest.mark.parametrize(
    "reason", ["TLSV1_ALERT_INTERNAL_ERROR", "WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", ""]
)
def test_another_failure_of_tls_may_pass(reason: str) -> None:
    """The server's own trouble is no reason to replace a key."""
    assert isinstance(refused(TlsError(reason, "")), TlsError)
