"""Why a connection to one of the tenant's hosts failed, and what an operator can do about it.

The libraries wrap the cause several times over and call all of them ``ConnectionError``; who has to
act differs from one to the other.
"""

import errno
import socket
from collections.abc import Iterator

import requests

_SUBNETS = (
    "if the function runs in your subnets (SubnetIds), they need a NAT gateway, and their security "
    "groups must let HTTPS out"
)
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_BROKEN = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


def connection_failure(host: str, error: BaseException) -> str:
    """One sentence: which host, what happened, and what to do.

    Args:
        host: The host, with its port if that is unusual.
        error: What the library raised.
    """
    causes = list(causes_of(error))
    if any(isinstance(each, socket.gaierror) for each in causes):
        return (
            f"the connection to {host} failed: DNS does not know the name; compare the URLs in the "
            f"service key with the cockpit, and {_SUBNETS}"
        )
    numbers = {each.errno for each in causes if isinstance(each, OSError)}
    if errno.ECONNREFUSED in numbers:
        return (
            f"the connection to {host} failed: it was refused; compare the URLs in the service key "
            "with the cockpit, and see whether a firewall on the way rejects it"
        )
    if numbers & NO_ROUTE:
        return f"the connection to {host} failed: there is no route to it; {_SUBNETS}"
    if any(isinstance(each, TimeoutError | requests.ConnectTimeout) for each in causes):
        return f"the connection to {host} failed: it did not answer in time; {_SUBNETS}"
    if numbers & _BROKEN or any(isinstance(each, ConnectionError | EOFError) for each in causes):
        return f"the connection to {host} was closed before the answer was complete"
    return f"the connection to {host} failed ({type(error).__name__})"


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it wraps, whichever way its library wraps."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        current = pending.pop()
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            pending += [*current.args, current.__cause__, current.__context__]
            pending.append(getattr(current, "reason", None))
            pending.append(getattr(current, "kwargs", {}).get("error"))
