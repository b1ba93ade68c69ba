"""What a seal says of an object."""

import gzip
import hashlib
import tracemalloc

import orjson
import pytest

from mpl_export.sealing import facts
from mpl_export.sealing.facts import Facts, facts_of

VERSIONS = [bytes([number]) * 16 for number in range(3)]
LINES = [
    orjson.dumps({"Version": version.hex(), "LogEnd": end, "Status": status})
    for version, end, status in zip(
        VERSIONS,
        ("2026-11-22T12:00:00.000Z", "2026-11-22T11:00:00.000Z", None),
        ("A", "B", None),
        strict=True,
    )
]
TEXT = b"".join(line + b"\n" for line in LINES)
PART = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize("size", [1, 7, len(PART)])
def test_a_part_is_hashed_and_counted_whatever_its_pieces(size: int) -> None:
    """Bytes as they are stored; rows, statuses and times as they are inside."""
    found = facts_of(PART[at : at + size] for at in range(0, len(PART), size))

    assert found.size == len(PART)
    assert found.sha256 == hashlib.sha256(PART).hexdigest()
    assert found.rows == 3
    assert found.by_status == {"A": 1, "B": 1, "unknown": 1}
    assert found.first == "2026-11-22T11:00:00.000Z"
    assert found.last == "2026-11-22T12:00:00.000Z"
    assert found.versions == hashlib.sha256(b"".join(VERSIONS)).hexdigest()
    assert found.erased == 0


def test_erased_rows_are_counted_as_such_and_keep_their_versions() -> None:
    """So that an erasure can be held against what was there before."""
    emptied = orjson.dumps({"Version": VERSIONS[1].hex(), "Erased": True})
    other = gzip.compress(b"\n".join([LINES[0], emptied, LINES[2], b""]), mtime=0)

    found = facts_of([other])

    assert (found.rows, found.erased) == (3, 1)
    assert found.by_status == {"A": 1, "erased": 1, "unknown": 1}
    assert found.versions == facts_of([PART]).versions


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        PART[:-1],
        PART + b"x",
        gzip.compress(TEXT[:-1], mtime=0),
        gzip.compress(b"[]\n", mtime=0),
        gzip.compress(b'{"Version": 7}\n', mtime=0),
        gzip.compress(b'{"Version": "xyz"}\n', mtime=0),
        gzip.compress(
            b'{"Version": "00", "LogEnd": 7}\n{"Version": "00", "LogEnd": "a"}\n', mtime=0
        ),
        gzip.compress(b"{}\n", mtime=0),
    ],
)
def test_what_is_no_part_is_hashed_all_the_same(body: bytes) -> None:
    """A seal shows that nothing has changed since, whatever it is."""
    found = facts_of([body[:3], body[3:]])

    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert found.size == len(body)
    assert (found.rows, found.by_status, found.versions) == (None, {}, None)
    assert (found.first, found.last, found.erased) == (None, None, 0)


def test_a_line_that_never_ends_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes of gzip may be gigabytes of text."""
    monkeypatch.setattr(facts, "_MOST_LINE_BYTES", 1000)
    monkeypatch.setattr(facts, "_UNZIP_BYTES", 100)

    assert facts_of([gzip.compress(b"x" * 100_000, mtime=0)]).rows is None
    assert facts_of([PART]).rows == 3


def test_rows_of_one_status_add_up_and_ends_come_in_any_order() -> None:
    """The first is the least, wherever it stands."""
    found = part_of(
        {"LogEnd": "12", "Status": "A"},
        {"LogEnd": "11", "Status": "A"},
        {"LogEnd": "13", "Status": "A"},
        {"LogEnd": "12", "Status": "B"},
    )

    assert (found.rows, found.by_status) == (4, {"A": 3, "B": 1})
    assert (found.first, found.last) == ("11", "13")


def test_rows_without_an_end_have_neither_first_nor_last() -> None:
    """A part of open logs."""
    found = part_of({"LogEnd": None}, {})

    assert (found.rows, found.first, found.last) == (2, None, None)


def test_a_line_may_be_as_long_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte, also where it is unpacked without its end."""
    monkeypatch.setattr(facts, "_MOST_LINE_BYTES", len(LINES[0]))
    monkeypatch.setattr(facts, "_UNZIP_BYTES", len(LINES[0]))

    assert facts_of([gzip.compress(LINES[0] + b"\n", mtime=0)]).rows == 1


def test_it_is_unpacked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """One piece of what is stored may be a thousand times as much inside."""
    monkeypatch.setattr(facts, "_MOST_LINE_BYTES", 1000)
    bomb = gzip.compress(b"x" * 20_000_000, mtime=0)
    tracemalloc.start()
    try:
        assert facts_of([bomb]).rows is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10_000_000


def part_of(*records: dict[str, object]) -> Facts:
    """What is counted in a part of these."""
    lines = (orjson.dumps({"Version": "00", **record}) + b"\n" for record in records)
    return facts_of([gzip.compress(b"".join(lines), mtime=0)])
