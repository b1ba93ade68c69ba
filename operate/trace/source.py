"""Where the versions of a story come from."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol

from mpl_export.model import Span
from operate.trace.chain import Link


class Found(NamedTuple):
    """A version: the key of its part, and its record."""

    key: str
    record: dict[str, Any]


class Source(Protocol):
    """Versions of a stretch of days.

    Attributes:
        by: How they are found, for people.
        read: What was read so far, for people.
    """

    @property
    def by(self) -> str:
        """How they are found."""

    @property
    def read(self) -> str:
        """What was read so far."""

    def cover(self, span: Span) -> None:
        """Look into the parts of this span, too.

        Raises:
            StoppedError: They cannot be read, or are more than was allowed.
        """

    def seeds(self) -> Sequence[Link]:
        """The links of what was asked for."""

    def naming(self, ids: Collection[str]) -> Sequence[Link]:
        """The links that name any of these ids."""

    def versions(self, guids: Collection[str]) -> Sequence[Found]:
        """All versions of these messages."""


def link_of(record: dict[str, Any]) -> Link | None:
    """What a record says of its place in a chain; None if it has no id."""
    guid = record.get("MessageGuid")
    if not guid:
        return None
    return Link(guid, record.get("CorrelationId"), record.get("PredecessorMessageGuid"))
