"""Why AWS, or what stands in for it, could not be reached, and what the caller can do about it."""

import errno
import socket
from urllib.parse import urlsplit

from botocore import exceptions as botocore_errors

from mpl_export.tenant.http.connection_failure import NO_ROUTE, causes_of

_WAY = "check your way to the internet (proxy, VPN, firewall)"


def unreachable(error: botocore_errors.BotoCoreError) -> str:
    """One sentence: which address, what happened, and what to do.

    Args:
        error: What botocore raised instead of an answer.
    """
    known = getattr(error, "kwargs", {})
    where = known.get("endpoint_url") or "AWS"
    match error:
        case botocore_errors.ProxyConnectionError():
            proxy = _host(str(known.get("proxy_url", "")))
            return f"the proxy {proxy} does not answer: check HTTPS_PROXY"
        case botocore_errors.SSLError():
            return (
                f"the certificate of {where} is not trusted: if a proxy on the way opens TLS, name "
                "the file with its CA in AWS_CA_BUNDLE; if that is set, see whether it is the "
                "right file"
            )
        case botocore_errors.ConnectTimeoutError() | botocore_errors.ReadTimeoutError():
            said = f"does not answer in time; {_WAY}, or try again"
        case botocore_errors.ConnectionClosedError():
            said = (
                "closed the connection without an answer: try again, and check that "
                "AWS_ENDPOINT_URL, if it is set, is the address of an AWS"
            )
        case _:
            said = _no_connection(error)
    return f"{where} {said}"


def _no_connection(error: BaseException) -> str:
    causes = list(causes_of(error))
    numbers = {each.errno for each in causes if isinstance(each, OSError)}
    if any(isinstance(each, socket.gaierror) for each in causes):
        return (
            "does not answer: DNS does not know the name; check the region's name "
            f"(or AWS_ENDPOINT_URL), and {_WAY}"
        )
    if errno.ECONNREFUSED in numbers:
        return (
            "does not answer: the connection was refused; if AWS_ENDPOINT_URL names an emulator, "
            f"start it or unset that, else {_WAY}"
        )
    if numbers & NO_ROUTE:
        return f"does not answer: there is no route to it; {_WAY}"
    return f"does not answer ({type(error).__name__}); {_WAY}"


def _host(url: str) -> str:
    """The host alone: a proxy's address may hold a password."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or "of this machine"
    except ValueError:
        return "of this machine"
