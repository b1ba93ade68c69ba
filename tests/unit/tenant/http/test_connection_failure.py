"""A connection that fails: the host, the cause, and who can do something about it."""

import errno
import socket

import pytest
import requests
import urllib3

from mpl_export.tenant.http.connection_failure import connection_failure

HOST = "acme.it-cpi001.cfapps.eu10.hana.ondemand.com"


def wrapped(cause: BaseException) -> requests.ConnectionError:
    """The cause as requests hands it on: inside urllib3's error, inside its own."""
    pool = urllib3.HTTPSConnectionPool(HOST)
    reason = urllib3.exceptions.NewConnectionError(pool.host, str(cause))  # type: ignore[arg-type]
    reason.__cause__ = cause
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/", reason))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "DNS does not know"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "it was refused"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no route to it"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no route to it"),
        (TimeoutError("timed out"), "did not answer in time"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "was closed before"),
    ],
    ids=["name", "refused", "network", "host", "timeout", "reset"],
)
def test_the_cause_is_named_beside_the_host(cause: BaseException, words: str) -> None:
    """All of them are one class to the libraries; to an operator they are different errands."""
    said = connection_failure(HOST, wrapped(cause))

    assert said.startswith(f"the connection to {HOST} ")
    assert words in said
    assert "ConnectionError" not in said


@pytest.mark.parametrize(
    "cause",
    [
        socket.gaierror(socket.EAI_AGAIN, "try again"),
        OSError(errno.ENETUNREACH, "unreachable"),
        TimeoutError(),
    ],
    ids=["name", "network", "timeout"],
)
def test_what_a_subnet_without_a_way_out_shows_says_so(cause: BaseException) -> None:
    """The most common reason inside a VPC, and the least obvious one."""
    said = connection_failure(HOST, wrapped(cause))

    assert "SubnetIds" in said
    assert "NAT gateway" in said


def test_a_cause_that_nobody_foresaw_is_named_by_its_kind() -> None:
    """Better the name of a class than a guess; and never its text, which may hold a URL."""
    said = connection_failure(HOST, ValueError("https://user:secret@host"))

    assert said == f"the connection to {HOST} failed (ValueError)"


def test_an_error_that_leads_back_to_itself_ends() -> None:
    """Exceptions may be linked in a circle."""
    one, other = OSError("one"), OSError("other")
    one.__context__, other.__context__ = other, one

    assert connection_failure(HOST, one) == f"the connection to {HOST} failed (OSError)"
