"""Which lines of a part hold what is to be gone, and the part without it."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from mpl_export.archive.records import lines_in


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a line, in every spelling that a record may have it in."""

    spellings: tuple[bytes, ...]

    @classmethod
    def text(cls, text: str) -> "Wanted":
        """A text: as it is, escaped (JSON), and escaped within ``Raw``, which is JSON in JSON."""
        plain = orjson.dumps(text).decode()[1:-1]
        escaped = json.dumps(text)[1:-1]
        return cls(
            tuple(
                dict.fromkeys(
                    each.encode()
                    for spelling in (text, plain, escaped)
                    for each in (spelling, json.dumps(spelling)[1:-1])
                )
            )
        )

    def is_in(self, line: bytes) -> bool:
        """Whether a line holds it; a line that is emptied already holds nothing."""
        return any(spelling in line for spelling in self.spellings)


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was looked at.

    Attributes:
        hit: How many of its rows hold what is to be gone.
        erased: How many were emptied before.
    """

    rows: int
    hit: int
    erased: int


def look_into(body: bytes, wanted: Wanted) -> Part:
    """Count what is in a part.

    Raises:
        DamagedPartError: It is no part.
    """
    rows = hit = erased = 0
    for line in lines_in(body):
        rows += 1
        erased += _is_erased(line)
        hit += wanted.is_in(line)
    return Part(rows, hit, erased)


def emptied(body: bytes, wanted: Wanted) -> bytes:
    """The part with its rows emptied; every other line stays as it is, byte by byte.

    The version stays, or the next reconcile would find the log missing and archive it again.
    """
    lines = [_empty(line) if wanted.is_in(line) else line for line in lines_in(body)]
    return _packed(lines)


def _empty(line: bytes) -> bytes:
    record = orjson.loads(line)
    kept = {name: record[name] for name in ("Version", "ReadAt") if name in record}
    return orjson.dumps({**kept, "Erased": True})


def _is_erased(line: bytes) -> bool:
    return b'"Erased":true' in line and orjson.loads(line).get("Erased") is True


def _packed(lines: Iterable[bytes]) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
