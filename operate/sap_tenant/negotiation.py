"""Which form an answer takes: $format before Accept, Atom before JSON."""

from functools import lru_cache
from urllib.parse import unquote

from operate.sap_tenant.exchange import Request


def wants_json(request: Request) -> bool:
    """Tell whether the answer, or the refusal, is to be JSON."""
    if "format=" in request.query:
        for piece in request.query.split("&"):
            name, _, value = piece.partition("=")
            if unquote(name) == "$format":
                return value == "json"
    return "application/json" in _accepted(request.headers.get("accept", "*/*"))


def permits(request: Request, kind: str) -> bool:
    """Tell whether Accept allows this media type."""
    accepted = _accepted(request.headers.get("accept", "*/*"))
    return bool(accepted & {kind, f"{kind.partition('/')[0]}/*", "*/*"})


@lru_cache(maxsize=64)
def _accepted(accept: str) -> frozenset[str]:
    return frozenset(part.partition(";")[0].strip().lower() for part in accept.split(","))
