"""Records as bytes: one JSON line per version, gzipped, the same bytes for the same records."""

import zlib
from binascii import hexlify
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import batched

import orjson
from zlib_ng import zlib_ng

from mpl_export.instants import iso_instant
from mpl_export.model import Log

_READ_BYTES = 1 << 18
_LINES_AT_ONCE = 256
_LEVEL = 5
"""Of zlib-ng: no larger than what zlib makes at 6, and in half its time."""

_VERSION_PREFIX = b'{"Version":"'
_VERSION_DIGITS = 32


class DamagedPartError(ValueError):
    """An object among the parts is not what this package wrote."""


def record_line(log: Log, *, amended: bool = False, error_text: str | None = None) -> bytes:
    """A version as it stands in the archive, newline included; ``Version`` comes first."""
    head = _VERSION_PREFIX, hexlify(log.version), _read_at(log.read_at), log.members
    if error_text is None and not amended:
        return b"".join((*head, b"}\n"))
    extra: dict[str, object] = {} if error_text is None else {"ErrorText": error_text}
    if amended:
        extra["Amended"] = True
    return b"".join((*head, b",", orjson.dumps(extra)[1:], b"\n"))


@lru_cache(maxsize=16)
def _read_at(instant: datetime) -> bytes:
    """What stands between the version and the members: the same for all rows of a page."""
    return f'","ReadAt":"{iso_instant(instant)}",'.encode()


def compressed(lines: Iterable[bytes]) -> bytes:
    """A part's body.

    No time is in its header, so the same records give the same bytes while the packer is the same;
    nothing may rest on that but to know one's own put again.
    """
    packer = zlib_ng.compressobj(level=_LEVEL, wbits=zlib.MAX_WBITS | 16)
    packed = [
        packer.compress(b"".join(some)) for some in batched(lines, _LINES_AT_ONCE, strict=False)
    ]
    return b"".join((*packed, packer.flush()))


def versions_in(body: bytes) -> Iterator[bytes]:
    """The version ids of a part, 16 bytes each, without ever holding the part decompressed.

    Raises:
        DamagedPartError: The body is not gzip, is cut short, or a line has no version.
    """
    for line in _line_starts(body):
        if not line.startswith(_VERSION_PREFIX):
            raise DamagedPartError("a line does not begin with its version")
        digits = line[len(_VERSION_PREFIX) : len(_VERSION_PREFIX) + _VERSION_DIGITS]
        try:
            yield bytes.fromhex(digits.decode("ascii"))
        except ValueError as error:
            raise DamagedPartError("a version is not hexadecimal") from error


def lines_in(body: bytes) -> Iterator[bytes]:
    """The lines of a part, without their newlines.

    Raises:
        DamagedPartError: The body is not gzip, or is cut short.
    """
    rest = b""
    for chunk in _decompressed(body):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        raise DamagedPartError("the last line is cut short")


def _line_starts(body: bytes) -> Iterator[bytes]:
    """At least the first 44 bytes of each line; the rest of a long line may be missing."""
    needed = len(_VERSION_PREFIX) + _VERSION_DIGITS
    start = b""
    for chunk in _decompressed(body):
        *complete, rest = chunk.split(b"\n")
        for line in complete:
            yield start + line[: needed - len(start)] if len(start) < needed else start
            start = b""
        if len(start) < needed:
            start += rest[: needed - len(start)]
    if start:
        raise DamagedPartError("the last line is cut short")


def _decompressed(body: bytes) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    pending = body
    try:
        while pending and not unzip.eof:
            yield unzip.decompress(pending, _READ_BYTES)
            pending = unzip.unconsumed_tail
    except zlib.error as error:
        raise DamagedPartError("it is not gzip") from error
    if not unzip.eof:
        raise DamagedPartError("the gzip is cut short")
    if unzip.unused_data:
        raise DamagedPartError("something follows the gzip")
