"""What a story is asked for by: an id of the tenant's, an id of an application, or a header."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import click

from mpl_export.model import created_at

RETENTION: Final = timedelta(days=30)
"""How long a tenant keeps a log, and so how long after its creation a new version may end."""

_HEADER: Final = "HEADER="
_CLOCKS: Final = timedelta(minutes=5)
"""How far clocks of a tenant's nodes may be apart; the overlap allows for more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Attributes:
        id: A ``MessageGuid``, a ``CorrelationId`` or an ``ApplicationMessageId``; empty where a
            header is meant.
        header: Name and value of a custom header; None where an id is meant.
        created: The second of creation inside the id, in UTC; None if it tells none.
    """

    id: str = ""
    header: tuple[str, str] | None = None
    created: datetime | None = None

    @classmethod
    def of(cls, text: str) -> "Wanted":
        """Read what was typed.

        Raises:
            click.UsageError: It is none of them.
        """
        if text.startswith(_HEADER):
            name, equals, value = text.removeprefix(_HEADER).partition("=")
            if not (name and equals and value):
                raise click.UsageError("a header is asked for by HEADER=name=value")
            return cls(header=(name, value))
        if not text:
            raise click.UsageError(
                "name a message: a MessageGuid, a CorrelationId, an ApplicationMessageId, or "
                "HEADER=name=value (make: ID=...)"
            )
        return cls(id=text, created=created_at(text))

    def __str__(self) -> str:
        return self.id if self.header is None else "{} = {}".format(*self.header)

    def is_met_by(self, record: dict[str, Any]) -> bool:
        """Whether a record shows it."""
        if self.header is not None:
            name, value = self.header
            headers = record.get("CustomHeaderProperties") or ()
            return any(each["Name"] == name and each["Value"] == value for each in headers)
        names = ("MessageGuid", "CorrelationId", "ApplicationMessageId")
        return any(record.get(name) == self.id for name in names)


def days_of(created: Iterable[datetime], now: datetime) -> tuple[datetime, datetime]:
    """Where all versions of messages that were created then have to lie.

    A ``LogEnd`` is not before the creation, and a tenant changes no log that it has deleted.
    """
    instants = sorted(created)
    return instants[0] - _CLOCKS, min(instants[-1] + RETENTION + _CLOCKS, now + _CLOCKS)
