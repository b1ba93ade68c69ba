"""Keep every AWS call of the local world on this machine.

Local runs use dummy credentials, so a stray call to AWS would be refused; it would still
carry data off this machine.  So nothing starts unless all addresses are our own.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINT = "AWS_ENDPOINT_URL"
# With this switch the SDKs pay no attention to the addresses above and call AWS.
_IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


class NotLoopbackError(Exception):
    """An AWS client of the local world might reach something other than this machine.

    Raised before anything is started or sent; the message names the variable to change.
    """


def refuse_unless_loopback(environment: Mapping[str, str], *, complete: bool = True) -> None:
    """Refuse an environment whose AWS clients might leave this machine.

    Looked at are ``AWS_ENDPOINT_URL`` and every ``AWS_ENDPOINT_URL_<SERVICE>``, which
    outrank it.  An empty value counts as unset, as it does for the SDKs.

    Args:
        environment: Variables as a process would get them.
        complete: Whether ``AWS_ENDPOINT_URL`` has to be there.  False for an environment
            that no AWS client is going to use as it is, such as the caller's shell.

    Raises:
        NotLoopbackError: An endpoint is elsewhere, or endpoints are missing or ignored.

    Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    """
    if environment.get(_IGNORE_ENDPOINTS, "").strip().lower() == "true":
        raise NotLoopbackError(
            f"{_IGNORE_ENDPOINTS} makes AWS clients ignore local endpoints: unset it"
        )
    endpoints = {
        name: url
        for name, url in environment.items()
        if url and (name == _ENDPOINT or name.startswith(f"{_ENDPOINT}_"))
    }
    if complete and _ENDPOINT not in endpoints:
        raise NotLoopbackError(f"{_ENDPOINT} is not set, so AWS clients would call AWS")
    for name, url in sorted(endpoints.items()):
        if not is_loopback(url):
            raise NotLoopbackError(
                f"{name} is {url!r}, which is not this machine: unset it, or use 127.0.0.1"
            )


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine, by a loopback address or as ``localhost``."""
    if "\\" in url:  # Libraries disagree on where the host ends.
        return False
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
