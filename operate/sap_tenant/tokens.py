"""The bearer tokens that the tenant has given out and still accepts."""

import secrets
from datetime import datetime, timedelta


class Tokens:
    """Random, opaque to the client, and gone when they expire or are revoked."""

    def __init__(self) -> None:
        self._expiry: dict[str, datetime] = {}

    def issue(self, *, now: datetime, lifetime: timedelta) -> str:
        """Give out a token that is accepted for this long."""
        token = secrets.token_urlsafe(48)
        self._expiry[token] = now + lifetime
        return token

    def accepts(self, authorization: str | None, *, now: datetime) -> bool:
        """Tell whether an ``Authorization`` header holds a token that is still good."""
        scheme, _, token = (authorization or "").partition(" ")
        expiry = self._expiry.get(token.strip())
        return scheme.lower() == "bearer" and expiry is not None and now < expiry

    def revoke_all(self) -> None:
        """Forget every token: the next use of each is a 401."""
        self._expiry.clear()
