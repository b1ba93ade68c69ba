"""An exchange without a network: answers as the test says, and notes what it was asked."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mpl_export.clock import Clock
from mpl_export.tenant.http.transport import Answer, Exchange, Request

type Say = Answer | Exception


def json_answer(status: int = 200, **members: object) -> Answer:
    """An answer with a JSON object as its body."""
    return Answer(status, {"content-type": "application/json"}, json.dumps(members).encode())


def token_answer(value: str = "token-1", **changes: object) -> Answer:
    """What the token server says when all is well; None as a change takes a member away."""
    members: dict[str, object] = {
        "access_token": value,
        "token_type": "bearer",
        "expires_in": 43_199,
        "scope": "it!b5678.MonitoringDataRead",
        "jti": "5d3c1d2a",
    }
    kept = {name: told for name, told in (members | changes).items() if told is not None}
    return json_answer(200, **kept)


@dataclass
class ScriptedExchange:
    """Says one thing after the other, the last one for ever.

    Attributes:
        says: Answers to give and errors to raise, or what decides on them.
        asked: Every request that came.
    """

    says: list[Say] | Callable[[Request], Say]
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Answer, or raise."""
        assert timeout > 0
        assert size_limit > 0
        self.asked.append(request)
        if callable(self.says):
            said = self.says(request)
        else:
            said = self.says[0] if len(self.says) == 1 else self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    @contextmanager
    def connected(self, context: ssl.SSLContext, clock: Clock) -> Iterator[Exchange]:
        """Stand where the real connections are made."""
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert clock is not None
        yield self
