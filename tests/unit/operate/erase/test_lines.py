"""Which lines hold what is to be gone, in whatever spelling, and what is left of them."""

import gzip
import json

import orjson
import pytest

from mpl_export.archive.records import DamagedPartError
from operate.erase.lines import Part, Wanted, emptied, look_into

JANE = 'jane "dœ" <jane@example.com>'


def part(*records: dict[str, object]) -> bytes:
    """A part of these records."""
    return gzip.compress(b"".join(orjson.dumps(each) + b"\n" for each in records))


def test_a_text_is_found_in_every_spelling() -> None:
    """As it is in a property, escaped in JSON, and escaped twice inside ``Raw``."""
    wanted = Wanted.text(JANE)
    raw = json.dumps({"Sender": JANE})

    assert wanted.is_in(orjson.dumps({"Sender": JANE}))
    assert wanted.is_in(orjson.dumps({"Raw": raw}))
    assert wanted.is_in(json.dumps({"Sender": JANE}).encode())
    assert not wanted.is_in(orjson.dumps({"Sender": "jane"}))


def test_what_is_in_a_part_is_counted() -> None:
    """Rows that were emptied before are told apart."""
    body = part(
        {"Version": "00", "Sender": JANE},
        {"Version": "01", "Sender": "joe"},
        {"Version": "02", "ReadAt": "now", "Erased": True},
        {"Version": "03", "Sender": '"Erased":true'},
    )

    assert look_into(body, Wanted.text(JANE)) == Part(rows=4, hit=1, erased=1)


def test_a_row_keeps_its_version_and_every_other_row_its_bytes() -> None:
    """Spacing and order of members included."""
    other = b'{ "Version": "01",  "Sender": "joe" }\n'
    hers = orjson.dumps({"Version": "00", "ReadAt": "now", "Sender": JANE, "Status": "FAILED"})
    body = gzip.compress(other + hers + b"\n" + other)

    lines = gzip.decompress(emptied(body, Wanted.text(JANE))).splitlines(keepends=True)

    assert lines == [other, b'{"Version":"00","ReadAt":"now","Erased":true}\n', other]


def test_what_is_no_part_is_refused() -> None:
    """Nobody knows what is in it."""
    with pytest.raises(DamagedPartError):
        look_into(b"hello", Wanted.text("hello"))
