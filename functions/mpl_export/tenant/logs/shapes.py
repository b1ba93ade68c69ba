"""What the rows of a page look like, learned from one, so that the next can be read by types."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpl_export.properties import (
    ARTIFACT,
    DATES,
    FLAGS,
    OURS,
    TEXTS,
    shadows,
    shadows_in_artifact,
)
from mpl_export.tenant.logs.columns import Column
from mpl_export.tenant.logs.odd_values import DEFERRED

FIRST = ("MessageGuid", *DATES)
"""Every record has these, and they come first."""

_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys((*TEXTS, *DATES), (str, type(None))),
    **dict.fromkeys(FLAGS, (bool, type(None))),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of a page have in common.

    Attributes:
        names: Their members, in order.
        links: Which of these are nothing but links to be followed.
        artifact: The members of the artifact, in order; None if no row showed one.
    """

    names: tuple[str, ...]
    links: frozenset[str]
    artifact: tuple[str, ...] | None


class TypedRows(Sequence[object]):
    """The rows of a page whose values are known to be of the types of their properties.

    As a sequence they are what ``answers.page_of`` reads, which is done for whoever asks.
    """

    @abstractmethod
    def columns(self) -> dict[str, Column]:
        """The columns that a log is made of beside its record; dates as the tenant writes them.

        Raises:
            UnusualError: The records have been taken.
        """

    @abstractmethod
    def artifact_ids(self) -> Column | None:
        """The id of each row's artifact; None if there is none at all."""

    @abstractmethod
    def records(self, dates: Mapping[str, Column]) -> Iterable[bytes]:
        """Take the records, as JSON texts without the braces.

        Args:
            dates: The columns of dates as records hold them.

        Raises:
            UnusualError: A value is to be read the long way.
            ValueError: Likewise, because it is no JSON.
        """


def shape_of(rows: Sequence[Any]) -> Shape | None:
    """Learn from the rows of a page; None if the next ones had better go the usual way."""
    names = tuple(rows[0]) if rows and type(rows[0]) is dict else ()
    if not names or any(type(row) is not dict or tuple(row) != names for row in rows):
        return None
    if not set(FIRST).issubset(names) or not OURS.isdisjoint(names) or any(map(shadows, names)):
        return None
    row = rows[0]
    if any(type(row[name]) not in types for name, types in _TYPES.items() if name in row):
        return None
    links = frozenset(name for name, value in row.items() if _is_link(value))
    artifact = _artifact(rows) if ARTIFACT in row and ARTIFACT not in links else None
    if artifact is not None and any(map(shadows_in_artifact, artifact)):
        return None
    return Shape(names, links, artifact)


def _is_link(value: object) -> bool:
    return type(value) is dict and tuple(value) == (DEFERRED,)


def _artifact(rows: Sequence[Any]) -> tuple[str, ...] | None:
    shown = next((row[ARTIFACT] for row in rows if type(row[ARTIFACT]) is dict), None)
    return None if shown is None else tuple(shown)
