"""Tokens kept in a warm container, so that not every run has to ask for one."""

from datetime import datetime

from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import Token

_MOST_CACHED = 4


class TokenCache:
    """Tokens that outlive a run, each found by nothing but the key that it was issued for."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def find(self, key: ServiceKey, now: datetime) -> Token | None:
        """The token of this very key, if it may still be used."""
        token = self._tokens.get(key.fingerprint)
        return token if token is not None and now < token.use_until else None

    def keep(self, key: ServiceKey, token: Token) -> None:
        """Remember it instead of any older one of this key."""
        self._tokens.pop(key.fingerprint, None)
        while len(self._tokens) >= _MOST_CACHED:
            self._tokens.pop(next(iter(self._tokens)))
        self._tokens[key.fingerprint] = token


WARM_TOKENS = TokenCache()
"""The cache of this process; a later run in the same container finds its token here."""
