"""What a seal says of an object: its hash, and what is counted in it, in one pass."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from mpl_export.sealing.members import text, unless_none

_MOST_LINE_BYTES = 64 << 20
"""A part's line is bounded by what a tenant's answer may hold; what is longer is no part."""
_UNZIP_BYTES = 1 << 20

ERASED = "erased"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An object as it was read back.

    Attributes:
        size: Bytes as they are stored.
        sha256: Of these bytes, in hex.
        rows: Lines; None if it is no part, which is sealed all the same.
        by_status: Rows by status; those that were erased by that word.
        first, last: The least and the greatest ``LogEnd``; None if there is none.
        versions: SHA-256 over the version ids in their order, 16 bytes each: what an erasure
            leaves as it is.
    """

    size: int
    sha256: str
    rows: int | None
    by_status: Mapping[str, int]
    first: str | None
    last: str | None
    versions: str | None

    @property
    def erased(self) -> int:
        """How many rows were erased."""
        return self.by_status.get(ERASED, 0)


def facts_of(chunks: Iterable[bytes]) -> Facts:
    """Hash and count an object; memory is bounded by its longest line."""
    size, digest, lines = 0, hashlib.sha256(), _Lines()
    for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
        lines.feed(chunk)
    counted = lines.ended()
    if counted is None:
        return Facts(
            size=size,
            sha256=digest.hexdigest(),
            rows=None,
            by_status={},
            first=None,
            last=None,
            versions=None,
        )
    return Facts(
        size=size,
        sha256=digest.hexdigest(),
        rows=counted.rows,
        by_status=dict(sorted(counted.by_status.items())),
        first=counted.first,
        last=counted.last,
        versions=counted.versions.hexdigest(),
    )


class _Counted:
    """What is counted line by line."""

    __slots__ = ("by_status", "first", "last", "rows", "versions")

    def __init__(self) -> None:
        self.rows = 0
        self.by_status: Counter[str] = Counter()
        self.first: str | None = None
        self.last: str | None = None
        self.versions = hashlib.sha256()

    def take(self, line: bytes) -> None:
        """Count a line.

        Raises:
            ValueError, KeyError, TypeError: It is no record.
        """
        record = orjson.loads(line)
        version = bytes.fromhex(record["Version"])
        end = unless_none(text, record.get("LogEnd"))
        is_erased = record.get("Erased") is True
        status = ERASED if is_erased else text(record.get("Status") or UNKNOWN)
        self.versions.update(version)
        self.rows += 1
        self.by_status[status] += 1
        if end is not None:
            self.first = end if self.first is None or end < self.first else self.first
            self.last = end if self.last is None or end > self.last else self.last


class _Lines:
    """Unpacks and counts, until it turns out that the object is no part."""

    def __init__(self) -> None:
        self._unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._rest = b""
        self._counted: _Counted | None = _Counted()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they are stored."""
        if self._counted is None:
            return
        try:
            self._take(chunk, self._counted)
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError):
            self._counted, self._rest = None, b""

    def ended(self) -> _Counted | None:
        """What was counted; None if the object is no part."""
        return self._counted if self._unzip.eof and not self._rest else None

    def _take(self, chunk: bytes, counted: _Counted) -> None:
        while chunk:
            if self._unzip.eof:
                raise ValueError("something follows the gzip")
            text = self._unzip.decompress(chunk, _UNZIP_BYTES)
            chunk = self._unzip.unconsumed_tail or self._unzip.unused_data
            *lines, self._rest = (self._rest + text).split(b"\n")
            for line in lines:
                counted.take(line)
            if len(self._rest) > _MOST_LINE_BYTES:
                raise ValueError("a line is too long for a record")
