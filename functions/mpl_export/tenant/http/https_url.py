"""An https address out of a service key, taken apart strictly.

Strictly, because libraries disagree about odd addresses (backslashes, user information, blanks),
and an address that is read in one way and dialled in another sends our token elsewhere.
"""

import re
from dataclasses import dataclass, replace

from mpl_export.errors import ServiceKeyError

_LONGEST = 2000
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ADDRESS = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*)",
)


@dataclass(frozen=True, slots=True)
class HttpsUrl:
    """An absolute https address without user information, query and fragment.

    Attributes:
        host: In lower case.
        port: None for the usual one.
        path: Empty, or with a slash at its beginning and none at its end.
    """

    host: str
    port: int | None
    path: str

    @classmethod
    def parse(cls, text: str, *, member: str) -> "HttpsUrl":
        """Understand the address that stands in ``member`` of a service key.

        Raises:
            ServiceKeyError: It is none; names the member and the fault, not the address.
        """
        scheme, separator, rest = text.partition("://")
        if not separator or scheme.lower() != "https":
            raise ServiceKeyError("does not begin with https://", member=member)
        if "?" in rest or "#" in rest:
            raise ServiceKeyError("has a query or a fragment; remove it", member=member)
        authority, slash, path = rest.partition("/")
        if "@" in authority:
            raise ServiceKeyError("holds user information; remove it", member=member)
        match = _ADDRESS.fullmatch(f"{authority.lower()}{slash}{path}")
        port = None if match is None or match["port"] is None else int(match["port"])
        if match is None or len(text) > _LONGEST or (port is not None and not 0 < port < 1 << 16):
            raise ServiceKeyError("is not an address that can be dialled", member=member)
        if ".." in path.split("/") or "." in path.split("/"):
            raise ServiceKeyError("has a relative path", member=member)
        if "itspaces" in path.split("/"):
            raise ServiceKeyError("is that of the web UI; take off /itspaces", member=member)
        return cls(match["host"], None if port == 443 else port, match["path"].rstrip("/"))

    def on_host(self, host: str) -> "HttpsUrl":
        """The same address on another host."""
        return replace(self, host=host)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"https://{self.host}{port}{self.path}"
