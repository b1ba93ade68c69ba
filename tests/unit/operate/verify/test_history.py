"""What excuses that an object is gone, or another one; and what a head says of the excuse."""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest

from mpl_export.archive.layout import seal_key
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import verdict_on
from tests.support.sealing.sealed_archive import DAY, TENANT, SealedArchive, three_nights

if TYPE_CHECKING:
    from mpl_export.checkpoint import SealHead
    from operate.verify.findings import Findings


def verdict(world: SealedArchive, head: SealHead | None) -> Findings:
    """What is to be said now."""
    return verdict_on(world.objects, TENANT, world.clock.now(), head)


def append(world: SealedArchive, **members: object) -> None:
    """A seal behind the last one, by somebody who may write seals."""
    body = world.seal_body(world.head.number)
    forged = orjson.loads(body) | {
        "number": world.head.number + 1,
        "previous": sha256(body).hexdigest(),
        "objects": [],
        "erased": [],
        **members,
    }
    world.objects.held[seal_key(TENANT, world.head.number + 1)] = orjson.dumps(forged)


def empty_a_row(body: bytes) -> bytes:
    """A part whose first row is emptied."""
    lines = gzip.decompress(body).splitlines()
    record = orjson.loads(lines[0])
    kept = {name: record[name] for name in ("Version", "ReadAt")}
    lines[0] = orjson.dumps({**kept, "Erased": True})
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def test_a_retention_that_was_noted_behind_the_head_excuses_nothing() -> None:
    """Whoever may write seals could add one that lets everything expire, and delete it all.

    The keeper of a head has to be told; a head that reaches that seal decides.
    """
    world = SealedArchive()
    first, *_ = world.hours(0, 3)
    world.night()
    world.clock.turn(9 * DAY)
    append(world, retention_days=1)
    world.objects.expire(first)

    held = verdict(world, world.head)
    assert (held.ending, held.faults) == (2, [])
    assert f"{first} is gone" in held.sentence
    assert "seals behind your head" in held.sentence
    assert verdict(world, None).ending == 0

    honest = SealedArchive()
    first, *_ = honest.hours(0, 3)
    honest.night()
    old = honest.head
    honest.retention = DAY
    honest.hours(10, 1, since=NOON)
    honest.night()
    honest.objects.expire(first)
    honest.clock.turn(9 * DAY)
    assert verdict(honest, old).ending == 2
    assert (verdict(honest, honest.head).ending, verdict(honest, honest.head).expired) == (0, 1)


def test_an_erasure_that_was_noted_behind_the_head_excuses_nothing() -> None:
    """Rows could be emptied by anybody who may write seals."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    old = world.head
    was = world.objects.held[first]
    world.objects.replace(
        first, empty_a_row(was), erased_was=sha256(was).hexdigest(), erased_seal="1"
    )
    assert world.night().erased == 1

    held = verdict(world, old)
    assert held.ending == 2
    assert f"{first} was erased" in held.sentence
    assert verdict(world, world.head).ending == 0
    assert verdict(world, None).ending == 0


@pytest.mark.parametrize("again", [0, 1])
def test_what_was_erased_does_not_come_back(again: int) -> None:
    """An older state of the part, put in place of the newer one with the notes of its erasure."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    states = [world.objects.held[first]]
    for night in range(2):
        notes = {"erased_was": sha256(states[-1]).hexdigest(), "erased_seal": str(night + 1)}
        lines = gzip.decompress(states[-1]).splitlines()
        record = orjson.loads(lines[night])
        kept = {name: record[name] for name in ("Version", "ReadAt")}
        lines[night] = orjson.dumps({**kept, "Erased": True})
        states.append(gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
        world.objects.replace(first, states[-1], **notes)
        assert world.night().erased == 1
    assert verdict(world, None).ending == 0

    world.objects.replace(
        first, states[again], erased_was=sha256(states[0]).hexdigest(), erased_seal="1"
    )
    world.night()

    assert {fault.kind for fault in verdict(world, None).faults} <= {"altered", "erasure"}
    assert verdict(world, None).ending == 1


def test_an_erasure_gives_no_leave_to_change_other_rows() -> None:
    """With one row emptied, another one says something else under its old version."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    was = world.objects.held[first]
    forged = gzip.decompress(empty_a_row(was)).replace(b'"FAILED"', b'"COMPLETED"')
    assert forged != gzip.decompress(empty_a_row(was))
    world.objects.replace(
        first,
        gzip.compress(forged, mtime=0),
        erased_was=sha256(was).hexdigest(),
        erased_seal="1",
    )
    assert world.night().erased == 1

    found = verdict_on(world.objects, TENANT, world.clock.now(), deep=False)
    assert [fault.kind for fault in found.faults] == ["record"]
    assert "another row" in found.sentence


def test_a_row_that_is_called_erased_is_empty() -> None:
    """A reader would take what stands beside the word for the log."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    was = world.objects.held[first]
    lines = gzip.decompress(was).splitlines()
    lines[0] = orjson.dumps({**orjson.loads(lines[0]), "Status": "COMPLETED", "Erased": True})
    world.objects.replace(
        first,
        gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0),
        erased_was=sha256(was).hexdigest(),
        erased_seal="1",
    )
    assert world.night().erased == 1

    found = verdict_on(world.objects, TENANT, world.clock.now(), deep=False)
    assert [fault.kind for fault in found.faults] == ["record"]
    assert "is called erased and is not empty" in found.sentence


def test_a_seal_with_a_number_far_ahead_is_one_fault() -> None:
    """A hundred million missing seals would not fit into a report, or a machine."""
    world = three_nights()
    world.objects.held[seal_key(TENANT, 99_999_999)] = b"{}"

    faults = [(fault.what, fault.problem) for fault in verdict(world, None).faults]

    assert faults[0] == (
        seal_key(TENANT, 4),
        "is missing in the chain, and all up to 99999998",
    )
    assert len(faults) == 2


def test_a_part_that_is_named_again_is_still_vouched_for_by_the_head() -> None:
    """A seal behind the head names it once more, and lets it expire."""
    world = SealedArchive()
    first, *_ = world.hours(0, 3)
    world.night()
    world.clock.turn(9 * DAY)
    named = orjson.loads(world.seal_body(1))["objects"][0]
    assert named["key"] == first
    append(world, retention_days=1, objects=[named])
    world.objects.expire(first)

    assert verdict(world, world.head).ending == 2
