"""What all exchanges have in common: values that show no secret, errors, and whom we trust."""

import ssl

import pytest

from mpl_export.errors import TenantUnavailableError
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    ConnectTimeoutError,
    Request,
    TenantTimeoutError,
    TlsError,
    shared_tls_context,
    tls_context,
)
from tests.support.exporter import keys


def test_a_request_and_an_answer_show_no_secret() -> None:
    """Both end up in tracebacks; headers and bodies hold keys and tokens."""
    request = Request("POST", "https://a.example", {"Authorization": "Basic s3cret"}, b"s3cret")
    answer = Answer(200, {"Set-Cookie": "s3cret"}, b"s3cret")

    assert "s3cret" not in f"{request!r}{answer!r}"
    assert "https://a.example" in repr(request)
    assert "200" in repr(answer)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TenantTimeoutError(29.6), "no complete answer within 30 s"),
        (ConnectTimeoutError("no connection to a.example"), "no connection to a.example"),
        (AnswerTooLargeError(1 << 20), "larger than 1048576 bytes"),
        (ConnectionLostError("reset"), "reset"),
        (TlsError("UNKNOWN_CA", "the alert"), "TLS handshake failed: the alert"),
        (TlsError("UNKNOWN_CA", ""), "TLS handshake failed: UNKNOWN_CA"),
        (TlsError("", ""), "TLS handshake failed: no reason given"),
    ],
)
def test_a_failure_may_pass_and_says_what_it_was(error: Exception, words: str) -> None:
    """The next run is the retry; who reads the log needs the words."""
    assert isinstance(error, TenantUnavailableError)
    assert words in str(error)


def test_a_connection_that_was_not_made_in_time_is_a_timeout() -> None:
    """It is repeated as one."""
    assert isinstance(ConnectTimeoutError("no route"), TenantTimeoutError)


def test_who_distrusts_whom_is_told_by_the_reason() -> None:
    """The operator's CA is missing, or the tenant does not take the key: other people act."""
    assert TlsError("CERTIFICATE_VERIFY_FAILED", "", "self-signed").untrusted_server
    assert not TlsError("TLSV1_ALERT_UNKNOWN_CA", "").untrusted_server


class TestTrust:
    """Which servers are taken for what they say they are."""

    def test_a_server_has_to_prove_its_name(self) -> None:
        """By a certificate of a public root, over a protocol of this decade."""
        context = tls_context()

        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.verify_flags & ssl.VERIFY_X509_STRICT
        assert len(context.get_ca_certs()) > 50

    def test_a_further_authority_is_trusted_besides(self) -> None:
        """And not to the letter of RFC 5280, which companies' own seldom keep."""
        usual, pem = tls_context(), keys.pem([keys.root().certificate])
        context = tls_context(pem)

        assert len(context.get_ca_certs()) == len(usual.get_ca_certs()) + 1
        assert not context.verify_flags & ssl.VERIFY_X509_STRICT
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname

    def test_a_text_without_a_certificate_is_an_error(self) -> None:
        """To go on without it would fail later, with less to go by."""
        with pytest.raises(ssl.SSLError):
            tls_context("no certificate")

    def test_runs_of_a_process_share_a_context(self) -> None:
        """One takes 30 ms to make; each setting has its own."""
        pem = keys.pem([keys.root().certificate])

        assert shared_tls_context() is shared_tls_context()
        assert shared_tls_context(pem) is not shared_tls_context()
