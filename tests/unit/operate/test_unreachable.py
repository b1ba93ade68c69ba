"""AWS that does not answer: the address, the cause, and what the caller can do about it."""

from __future__ import annotations

import errno
import socket

import pytest
from botocore import exceptions as botocore_errors

from operate.unreachable import unreachable

ADDRESS = "https://sts.eu-central-1.amazonaws.com/"


def wrapping(cause: BaseException) -> botocore_errors.EndpointConnectionError:
    """The cause as botocore hands it on: inside urllib3's error, inside its own."""
    inner = OSError("urllib3 says nothing of its own")
    inner.__cause__ = cause
    return botocore_errors.EndpointConnectionError(endpoint_url=ADDRESS, error=inner)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "DNS does not know the name"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "the connection was refused"),
        (OSError(errno.ENETUNREACH, "unreachable"), "there is no route to it"),
        (OSError(errno.EHOSTUNREACH, "no route"), "there is no route to it"),
    ],
    ids=["name", "refused", "network", "host"],
)
def test_the_cause_is_named_beside_the_address(cause: BaseException, words: str) -> None:
    """To botocore all of them are one class; to an operator they are different errands."""
    said = unreachable(wrapping(cause))

    assert said.startswith(f"{ADDRESS} does not answer: {words}; ")
    assert "EndpointConnectionError" not in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (botocore_errors.ConnectTimeoutError(endpoint_url=ADDRESS), "does not answer in time"),
        (botocore_errors.ReadTimeoutError(endpoint_url=ADDRESS), "does not answer in time"),
        (botocore_errors.SSLError(endpoint_url=ADDRESS, error=OSError()), "AWS_CA_BUNDLE"),
        (botocore_errors.ConnectionClosedError(endpoint_url=ADDRESS), "without an answer"),
        (botocore_errors.HTTPClientError(error="x"), "AWS does not answer (HTTPClientError)"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_botocore_tells_apart_is_told_apart(
    error: botocore_errors.BotoCoreError, words: str
) -> None:
    """With who can mend it."""
    assert words in unreachable(error)


@pytest.mark.parametrize("url", ["http://user:secret@proxy.acme:3128", "user:secret@proxy.acme:1"])
def test_a_proxy_is_named_without_its_password(url: str) -> None:
    """People paste what they see into tickets."""
    said = unreachable(botocore_errors.ProxyConnectionError(proxy_url=url, error="x"))

    assert "proxy.acme does not answer: check HTTPS_PROXY" in said
    assert "secret" not in said


@pytest.mark.parametrize("url", ["", "http://[", "//"])
def test_a_proxy_of_no_sense_is_one_sentence_too(url: str) -> None:
    """What is wrong is the setting, not the program."""
    error = botocore_errors.ProxyConnectionError(proxy_url=url, error="x")

    assert "the proxy of this machine does not answer" in unreachable(error)
