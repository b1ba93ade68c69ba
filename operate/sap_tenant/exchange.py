"""A request and its answer as values, so that the tenant can be asked without a socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

type Endpoint = Literal["api", "token"]


class ConnectionLost(Exception):  # noqa: N818 - named for what the client sees
    """The pure form of a connection that ends too early: before the answer, or within it.

    Attributes:
        received: The bytes of the body that came before.
    """

    def __init__(self, received: bytes = b"") -> None:
        super().__init__(f"the connection was lost after {len(received)} bytes of the body")
        self.received = received


class NoAnswerInTime(Exception):  # noqa: N818 - named for what the client sees
    """The pure form of an answer that a client with any sensible timeout would not wait for."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        target: Path and query exactly as sent.
        headers: By lower-case name.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The raw path, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query, without the question mark."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer gets lost on its way, or late.

    Attributes:
        lost: Reset the connection before the first byte.
        cut: Reset it after half of the body, as it is sent.
        wait: Keep quiet for so long before the first byte.
        endless_headers: Send the status line, and then a byte of one header now and then, for ever.
        endless: Announce no length and send a byte of blank space now and then, for ever.
    """

    lost: bool = False
    cut: bool = False
    wait: timedelta = timedelta(0)
    endless: bool = False
    endless_headers: bool = False

    @property
    def late(self) -> bool:
        """Whether only a client without a timeout would see the end of it."""
        return self.endless or self.endless_headers or self.wait > timedelta(0)


AS_USUAL: Final = Delivery()


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; header names as the server writes them."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delivery: Delivery = AS_USUAL

    def header(self, name: str) -> str | None:
        """Give a header, whatever the case of its name; None if there is none."""
        wanted = name.lower()
        return next((v for key, v in self.headers.items() if key.lower() == wanted), None)

    @property
    def half(self) -> bytes:
        """The part of the body that arrives if the connection is cut."""
        return self.body[: len(self.body) // 2]

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """Give the same answer with these headers set."""
        return replace(self, headers={**self.headers, **headers})

    def received(self) -> "Response":
        """Give what arrives at a client.

        Raises:
            ConnectionLost: The connection ended before the answer did.
            NoAnswerInTime: The answer would have come late, or never to an end.
        """
        if self.delivery.lost:
            raise ConnectionLost
        if self.delivery.late:
            raise NoAnswerInTime
        if self.delivery.cut:
            raise ConnectionLost(self.half)
        return self


@dataclass(frozen=True, slots=True)
class Exchange:
    """A line of the tenant's request log: no headers, so no token can get into it.

    Attributes:
        at: When it was, by the tenant's clock.
        status: None if the connection was reset before the status line.
        fault: The kind of the fault that changed the answer, if one did.
    """

    endpoint: Endpoint
    method: str
    target: str
    status: int | None
    at: datetime
    fault: str | None = None
