"""Reading parts back: across the pieces they are unpacked in, and what is said of damaged ones."""

import gzip
import tracemalloc

import pytest

from mpl_export.archive.records import DamagedPartError, versions_in

PIECE = 1 << 18  # what is unpacked at once

FIRST = bytes(range(16))
SECOND = bytes(range(16, 32))


def line(version: bytes, length: int = 100) -> bytes:
    """A line of a part, of so many bytes."""
    return (b'{"Version":"%s",' % version.hex().encode()).ljust(length - 1, b"x") + b"\n"


@pytest.mark.parametrize("before", [1, 10, 43, 44, 45])
def test_a_line_may_begin_in_one_piece_and_end_after_the_next(before: int) -> None:
    """Its version is put together of both, however long the line is."""
    part = line(FIRST, PIECE - before) + line(SECOND, 2 * PIECE + 7) + line(FIRST)

    assert list(versions_in(gzip.compress(part))) == [FIRST, SECOND, FIRST]


def test_a_part_is_never_in_memory_unpacked() -> None:
    """A few MB of gzip may hold a hundred, and the function has little memory to spare."""
    body = gzip.compress(line(FIRST, 24 << 20), compresslevel=1)

    tracemalloc.start()
    try:
        assert list(versions_in(body)) == [FIRST]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 << 20


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(b"something else\n"), "a line does not begin with its version"),
        (gzip.compress(b'{"Version":"' + 32 * b"g" + b'",\n'), "a version is not hexadecimal"),
        (gzip.compress(line(FIRST)[:-1]), "the last line is cut short"),
        (line(FIRST), "it is not gzip"),
        (gzip.compress(line(FIRST))[:-1], "the gzip is cut short"),
        (gzip.compress(line(FIRST)) + b"more", "something follows the gzip"),
    ],
    ids=["foreign", "hexadecimal", "line", "gzip", "cut", "more"],
)
def test_it_is_said_what_is_the_matter_with_a_damaged_part(body: bytes, said: str) -> None:
    """The sentence stands as the cause in the log, and tells damage from foreign objects."""
    with pytest.raises(DamagedPartError, match=f"^{said}$"):
        list(versions_in(body))
