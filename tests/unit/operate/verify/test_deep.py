"""A part record by record."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from operate.verify.deep import WindowVersions
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import verdict_on
from tests.support.sealing.sealed_archive import TENANT, SealedArchive
from tests.unit.samples import log

if TYPE_CHECKING:
    from collections.abc import Sequence


def problems_in(*bodies: bytes) -> Sequence[str]:
    """What is wrong with parts of noon's window."""
    versions = WindowVersions(NOON)
    return [problem for body in bodies for problem in versions.problems_in(body)]


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"7",
        b"[]",
        b"{}",
        b'{"Version":7}',
        b'{"Version":"xy"}',
        b'{"Version":"00","LogEnd":7}',
        b'{"Version":"00","LogEnd":"soon"}',
        b'{"Version":"00","Raw":"hello"}',
        b'{"Version":"00","Raw":7}',
    ],
)
def test_what_is_no_record_is_told(line: bytes) -> None:
    """With the number of its line, whatever it is instead."""
    assert problems_in(gzip.compress(line + b"\n")) == ["line 1 is no record"]


def test_a_row_that_was_emptied_may_hold_nothing_else() -> None:
    """Version and instant of its reading are what stays of it."""
    emptied = b'{"Version":"00","ReadAt":"2026","Erased":true}\n'
    filled = b'{"Version":"01","Status":"FAILED","Erased":true}\n'
    only_said_so = b'{"Version":"02","Erased":false}\n'

    assert problems_in(gzip.compress(emptied + filled + only_said_so)) == [
        "line 2 is called erased and is not empty",
        "line 3 is another row than its version says",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"hello", "cannot be read: it is not gzip"),
        (gzip.compress(b"")[:-1], "cannot be read: the gzip is cut short"),
        (gzip.compress(b"") + b"x", "cannot be read: something follows the gzip"),
        (gzip.compress(b"") * 2, "cannot be read: something follows the gzip"),
    ],
)
def test_what_no_reader_can_read_is_told(body: bytes, problem: str) -> None:
    """Two members, and a tail that some readers take and some do not, among it."""
    assert problems_in(body) == [problem]


def test_each_part_of_a_window_is_told_of() -> None:
    """What is wrong with one does not hide what is wrong with the other."""
    world = SealedArchive()
    one = world.store(log(1))
    other = world.store(log(2))
    for key in (*one, *other):
        world.objects.held[key] = gzip.compress(b'{"Version":"00"}\n')
    world.night()

    found = verdict_on(world.objects, TENANT, world.clock.now())

    assert found.faults == [
        ("record", *one, "line 1 is another row than its version says"),
        ("record", *other, "line 1 is stored twice (version 00)"),
    ]


@pytest.mark.parametrize("elsewhere", ["dt=2026-11-20/07Z-0000", "dt=undated/0000"])
def test_a_row_without_an_end_is_once_in_the_archive_too(elsewhere: str) -> None:
    """Its id tells where it belongs; anywhere else it is there a second time."""
    world = SealedArchive()
    (key,) = world.store(log(1, None))
    assert "/dt=2026-" in key
    copy = f"mpl/v1/tenant={TENANT}/{elsewhere}.jsonl.gz"
    world.objects.put_if_absent(copy, world.objects.held[key], content_type="x")
    world.store(log(2, None, MessageGuid="told by nobody"))
    world.night()

    found = verdict_on(world.objects, TENANT, world.clock.now())

    assert found.faults == [("record", copy, "line 1 belongs to another window")]


def test_a_row_that_is_kept_as_it_came_is_held_against_that() -> None:
    """Its version is over the row as the tenant showed it, not over what could be read of it."""
    world = SealedArchive()
    (key,) = world.store(log(1, Status=7), log(2, Sender=[1]))
    body = world.objects.held[key]
    assert b'"Raw"' in gzip.decompress(body)

    assert problems_in(body) == []
    forged = gzip.decompress(body).replace(b'\\"Status\\":7', b'\\"Status\\":8')
    assert problems_in(gzip.compress(forged)) == ["line 1 is another row than its version says"]
