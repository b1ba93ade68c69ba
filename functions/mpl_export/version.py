"""The id of a version: two digests, frozen for ``v1`` of the archive by golden vectors.

The **state** tells what people care about; the **rest** tells silent corrections, which a tenant
makes without moving ``LogEnd``.  What a tenant upgrade may add or rename (links, hosts, archiving
flags, new properties) is in neither, because it would make every row new at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from operator import add, methodcaller
from typing import Any

import orjson

_dumps = orjson.dumps
STATE_BYTES = 8
STATE = ("MessageGuid", "LogEnd", "Status")
REST = (
    "LogStart",
    "CustomStatus",
    "Sender",
    "Receiver",
    "ApplicationMessageId",
    "ApplicationMessageType",
    "CorrelationId",
    "LogLevel",
)


def version_of(record: Mapping[str, Any]) -> bytes:
    """The version id of a row in its normalised form: state and rest, 8 bytes each.

    Each is BLAKE2b over the compact UTF-8 JSON array of the values in the order above, the id of
    the artifact last.  Absent, null and empty are all null.

    Raises:
        TypeError: A value has no UTF-8 JSON form, such as a lone surrogate.
    """
    of = record.get
    artifact = of("IntegrationArtifact")
    artifact_id = None if artifact is None else artifact.get("Id")
    state = _dumps([of(name) or None for name in STATE])
    rest = _dumps([*[of(name) or None for name in REST], artifact_id or None])
    return _digest(state) + _digest(rest)


def versions_of(states: Sequence[Sequence[Any]], rests: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """The version ids of many rows, by columns.

    Args:
        states: The columns of ``STATE``, in this order.
        rests: The columns of ``REST``, in this order, and the ids of the artifacts.

    Raises:
        TypeError: As ``version_of``, while they are taken.
    """
    return map(add, _digests(states), _digests(rests))


def _digests(columns: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    texts = map(_dumps, zip(*map(_or_null, columns), strict=True))
    return map(methodcaller("digest"), map(partial(blake2b, digest_size=STATE_BYTES), texts))


def _or_null(column: Sequence[Any]) -> Sequence[Any]:
    """The same with null for what is empty."""
    return [value or None for value in column] if "" in column else column


def version_of_raw(row: bytes) -> bytes:
    """The version id of a row whose state cannot be read: both digests are over its JSON.

    Args:
        row: ASCII JSON without blanks, members in the order of their names, without links.
    """
    return _digest(row) * 2


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=STATE_BYTES).digest()
