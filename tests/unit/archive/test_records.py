"""Records as bytes: what a reader of the archive finds, to the last byte."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.archive.records import (
    DamagedPartError,
    compressed,
    record_line,
    versions_in,
)
from mpl_export.tenant.logs.rows import log_of
from tests.support import frozen
from tests.unit.samples import log

READ_AT = datetime(2026, 11, 22, 14, 6, 0, 5_000, tzinfo=UTC)
ROW = {
    "__metadata": {"id": "https://h:443/api/v1/MessageProcessingLogs('x')", "type": "t"},
    "MessageGuid": "AGkh1pBZ_-v4bSRMBdvUXQSK4hFz",
    "CorrelationId": "AGkh1pCorrelation_-Id0000000",
    "ApplicationMessageId": "PO-4711",
    "ApplicationMessageType": "ORDERS05",
    "LogStart": "/Date(1795356299000)/",
    "LogEnd": "/Date(1795356300123+0000)/",
    "Sender": "S4HANA_PRD",
    "Receiver": "Webshop",
    "Status": "COMPLETED",
    "IntegrationArtifact": {
        "__metadata": {"type": "com.sap.hci.api.IntegrationArtifact"},
        "Id": "Order_to_Cash",
        "Name": "Order to Cash",
    },
    "LogLevel": "INFO",
    "CustomStatus": "Kunde prüft",
    "ArchivingLogAttachments": "false",
    "CustomHeaderProperties": {
        "results": [{"__metadata": {}, "Id": "1", "Name": "po", "Value": "47\u2028\n"}]
    },
    "Runs": {"__deferred": {"uri": "https://h:443/x"}},
}
LINE = (
    '{"Version":"89ac3daa0f58c120616a990af93c26b6","ReadAt":"2026-11-22T14:06:00.005Z",'
    '"MessageGuid":"AGkh1pBZ_-v4bSRMBdvUXQSK4hFz","LogStart":"2026-11-22T14:04:59.000Z",'
    '"LogEnd":"2026-11-22T14:05:00.123Z","CorrelationId":"AGkh1pCorrelation_-Id0000000",'
    '"ApplicationMessageId":"PO-4711","ApplicationMessageType":"ORDERS05",'
    '"Sender":"S4HANA_PRD","Receiver":"Webshop","Status":"COMPLETED",'
    '"IntegrationArtifact":{"Id":"Order_to_Cash","Name":"Order to Cash"},"LogLevel":"INFO",'
    '"CustomStatus":"Kunde prüft","ArchivingLogAttachments":false,'
    '"CustomHeaderProperties":[{"Name":"po","Value":"47\u2028\\n"}]'
)


def test_a_record_is_this_line() -> None:
    """From the tenant's row to the archive's bytes; the id is the golden one of every field."""
    assert record_line(log_of(ROW, READ_AT)).decode() == LINE + "}\n", frozen.RECORD


def test_what_was_found_out_beside_the_row_stands_at_its_end() -> None:
    """The text and the mark are ours; they are never in the way of the tenant's own names."""
    line = record_line(log_of(ROW, READ_AT), amended=True, error_text='it "failed"\n').decode()

    assert line == LINE + ',"ErrorText":"it \\"failed\\"\\n","Amended":true}\n', frozen.RECORD


def test_an_empty_error_text_is_one() -> None:
    """The tenant was asked and had nothing to say: that is not the same as not having asked."""
    assert b'"ErrorText":""' in record_line(log(), error_text="")


def test_a_part_is_the_same_bytes_whenever_it_is_made() -> None:
    """A lost acknowledgement is told from a lost race by comparing bytes: no clock may be in them.

    The header is looked at, because two runs within one second would agree by chance.
    """
    lines = [record_line(log_of(ROW, READ_AT)), record_line(log(1))]

    body = compressed(lines)

    assert body == compressed(iter(lines))
    assert body[:4] == b"\x1f\x8b\x08\x00"  # gzip, deflate, and no name of a file
    assert body[4:8] == bytes(4)  # no time
    assert gzip.decompress(body).decode() == f"{LINE}}}\n" + lines[1].decode()


def test_a_part_tells_its_versions_in_order() -> None:
    """They are read without parsing the lines."""
    logs = [log(number) for number in range(5)]

    body = compressed(map(record_line, logs))

    assert list(versions_in(body)) == [one.version for one in logs]
    assert list(versions_in(compressed([]))) == []


@given(st.lists(st.integers(0, 700_000), max_size=6))
def test_lines_longer_than_a_read_chunk_are_skipped_whole(sizes: list[int]) -> None:
    """A line with a large error text spans several chunks, and chunks end anywhere."""
    logs = [
        replace(log(number), members=b'"X":"' + b"x" * size + b'"')
        for number, size in enumerate(sizes)
    ]

    body = compressed(map(record_line, logs))

    assert list(versions_in(body)) == [one.version for one in logs]


@pytest.mark.parametrize("before", range((1 << 18) - 60, (1 << 18) + 4, 7))
def test_a_version_that_straddles_two_chunks_is_read_whole(before: int) -> None:
    """The border of a chunk may fall into the digits."""
    first = replace(log(1), members=b"")
    padding = before - len(record_line(first))
    first = replace(first, members=b"x" * padding)
    assert len(record_line(first)) == before

    body = compressed([record_line(first), record_line(log(2))])

    assert list(versions_in(body)) == [first.version, log(2).version]


def damaged() -> Iterator[tuple[str, bytes]]:
    """Objects that are no parts."""
    whole = compressed([record_line(log(number)) for number in range(50)])
    yield "nothing", b""
    yield "no gzip", b"mpl"
    yield "plain lines", record_line(log())
    yield "cut in the middle", whole[: len(whole) // 2]
    yield "cut in the checksum", whole[:-1]
    yield "another checksum", whole[:-8] + bytes(8)
    yield "a last line without its end", gzip.compress(record_line(log())[:-1])
    yield "a last line that is cut early", gzip.compress(record_line(log())[:20])
    yield "a line of something else", gzip.compress(b'{"ReadAt":"x"}\n')
    yield "an empty line", gzip.compress(record_line(log()) + b"\n")
    yield "a version that is none", gzip.compress(b'{"Version":"' + b"z" * 32 + b'"}\n')
    yield "a version that is too short", gzip.compress(b'{"Version":"00","ReadAt":"2026-11-22"}\n')
    yield "another alphabet", gzip.compress(b'{"Version":"' + "é".encode() * 16 + b'"}\n')
    yield "zlib", zlib.compress(record_line(log()))


@pytest.mark.parametrize(
    ("case", "body"), list(damaged()), ids=lambda value: value if isinstance(value, str) else "body"
)
def test_what_is_no_part_is_told(case: str, body: bytes) -> None:
    """To take it for an empty one would store all of its window a second time."""
    assert case
    with pytest.raises(DamagedPartError):
        list(versions_in(body))


@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_bytes_do_worse_than_being_told(noise: bytes, place: int) -> None:
    """Whatever lies in the bucket, it is our error that comes out."""
    whole = compressed([record_line(log(number)) for number in range(3)])
    place %= len(whole)

    for body in (noise, whole[:place] + noise + whole[place + len(noise) :]):
        try:
            assert all(len(version) == 16 for version in versions_in(body))
        except DamagedPartError:
            continue


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_survives(text: str) -> None:
    """A line break or a quote in an error text must not break the line."""
    line = record_line(log(Sender=text), error_text=text)

    assert line.count(b"\n") == 1
    record = orjson.loads(line)
    assert (record["Sender"], record["ErrorText"]) == (text, text)


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


@pytest.mark.parametrize("tail", [b"garbage", compressed([record_line(log(2))])])
def test_what_follows_the_gzip_is_told(tail: bytes) -> None:
    """A second member is legal gzip, which every reader of the archive would read."""
    with pytest.raises(DamagedPartError):
        list(versions_in(compressed([record_line(log(1))]) + tail))
