"""What excuses that an object is gone, or another one; and what a head says of the excuse."""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest

from mpl_export.archive.layout import seal_key
from mpl_export.instants import MILLISECOND, iso_instant
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import verdict_on
from tests.support.sealing.sealed_archive import DAY, TENANT, SealedArchive, three_nights

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def note_erased(world: SealedArchive, key: str, body: bytes) -> None:
    """Put other bytes under a key as an erasure does, and let the next night note it."""
    was = sha256(world.objects.held[key]).hexdigest()
    world.objects.replace(key, body, erased_was=was, erased_seal="1")
    assert world.night().erased == 1


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
    note_erased(world, first, empty_a_row(was))

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
    note_erased(world, first, gzip.compress(forged, mtime=0))

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
    note_erased(world, first, gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))

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


def sealed_with_two_rows() -> tuple[SealedArchive, str, dict[str, object]]:
    """An archive with one seal, the key of a part in it, and what the seal says of that."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    said = orjson.loads(world.seal_body(1))["objects"][0]
    assert (said["key"], said["rows"]) == (first, 2)
    return world, first, said


CLAIM = {"seal": 1, "reason": "request 7", "is": "00", "by_status": {"COMPLETED": 1, "erased": 1}}


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"was": "00"}, "says that {key} was erased, and no seal names what it was"),
        (
            {"key": "mpl/v1/tenant=demo/unknown"},
            "says that mpl/v1/tenant=demo/unknown was erased, and no seal names what it was",
        ),
        ({"rows": 1}, "says that {key} was erased, but it holds other rows or versions now"),
        ({"versions": "00"}, "says that {key} was erased, but it holds other rows or versions now"),
    ],
)
def test_a_claim_of_an_erasure_is_held_against_what_was_sealed(
    members: Mapping[str, object], problem: str
) -> None:
    """The seal that makes it is named; and what the object was stays what has to be there."""
    world, first, said = sealed_with_two_rows()
    append(world, erased=[{**said, "was": said["sha256"], **CLAIM, "sha256": "00", **members}])

    found = verdict(world, None)

    assert found.faults == [("erasure", seal_key(TENANT, 2), problem.format(key=first))]
    assert found.erased == []


def test_an_erasure_is_told_with_what_it_was_and_why() -> None:
    """By the seal, whatever lies there."""
    world, first, said = sealed_with_two_rows()
    append(world, erased=[{**said, "was": said["sha256"], **CLAIM, "sha256": "00"}])

    found = verdict(world, None)

    assert found.erased == [
        {
            "key": first,
            "seal": 2,
            "was": said["sha256"],
            "is": "00",
            "rows": 1,
            "reason": "request 7",
        }
    ]
    size = len(world.objects.held[first])
    assert found.faults == [("altered", first, "has other bytes than seal 2 says")], size


def test_fewer_rows_erased_is_another_fault_than_more() -> None:
    """What is emptied stays so."""
    world, first, said = sealed_with_two_rows()
    once = {**said, "was": said["sha256"], **CLAIM, "sha256": "01", "by_status": {"erased": 2}}
    append(world, erased=[once, {**once, "sha256": "02", "by_status": {"A": 1, "erased": 1}}])

    assert verdict(world, None).faults[0] == (
        "erasure",
        seal_key(TENANT, 2),
        f"says that {first} was erased, but fewer rows of it are",
    )


def test_two_erasures_of_one_state_are_told_apart_by_their_bytes() -> None:
    """Whoever erased at the same time as a seal was made notes the state before both."""
    world, first, said = sealed_with_two_rows()
    once = {**said, "was": said["sha256"], **CLAIM, "sha256": "01"}
    append(world, erased=[once, {**once, "sha256": "02"}])

    found = verdict(world, None)

    assert [each["is"] for each in found.erased] == ["01", "02"]
    assert [fault.kind for fault in found.faults] == ["altered"]
    assert first in found.sentence


def test_an_object_that_arrives_again_expires_from_then_on() -> None:
    """Restored, or copied onto itself: the same bytes, and its days begin anew."""
    world, first, said = sealed_with_two_rows()
    again = {**said, "arrived": iso_instant(world.clock.now() + 5 * DAY)}
    append(world, retention_days=3, objects=[again])
    world.objects.expire(first)

    world.clock.turn(8 * DAY - MILLISECOND)
    assert [fault.kind for fault in verdict(world, None).faults] == ["missing"]
    world.clock.turn(MILLISECOND)
    assert (verdict(world, None).ending, verdict(world, None).expired) == (0, 1)


def test_a_retention_within_reach_of_the_head_counts_to_the_millisecond() -> None:
    """As the seals that it reaches note it, and not before its time."""
    world = SealedArchive(retention=5 * DAY)
    first, *_ = world.hours(0, 2)
    world.night()
    head = world.head
    append(world, retention_days=1)
    world.objects.expire(first)
    world.clock.turn(4 * DAY - MILLISECOND)

    assert verdict(world, head).ending == 2
    world.clock.turn(MILLISECOND)
    assert (verdict(world, head).ending, verdict(world, head).expired) == (0, 1)


def test_a_seal_that_names_other_rows_than_there_are_is_named() -> None:
    """The bytes fit; what the seal counts in them does not."""
    world, first, _ = sealed_with_two_rows()
    members = orjson.loads(world.seal_body(1))
    members["objects"][0]["rows"] = 3
    world.objects.held[seal_key(TENANT, 1)] = orjson.dumps(members)

    assert verdict(world, None).faults == [
        ("seal", first, "has other rows than seal 1 says, although its bytes fit")
    ]


def test_an_altered_part_is_named_with_both_sizes() -> None:
    """Also where it is looked at record by record."""
    world, first, said = sealed_with_two_rows()
    world.objects.held[first] += b"x"
    sizes = f"({said['bytes'] + 1:,} instead of {said['bytes']:,})"  # type: ignore[operator]

    expected = [("altered", first, f"has other bytes {sizes} than seal 1 says")]
    assert verdict(world, None).faults == expected
    assert verdict_on(world.objects, TENANT, world.clock.now(), deep=False).faults == expected


def test_all_that_has_expired_is_counted() -> None:
    """One by one."""
    world = SealedArchive(retention=DAY)
    for key in world.hours(0, 3):
        world.objects.expire(key)
    world.hours(10, 3, since=NOON)
    world.night()
    gone = [each["key"] for each in orjson.loads(world.seal_body(1))["objects"]]
    for key in gone:
        world.objects.expire(key)
    world.clock.turn(DAY)

    assert (verdict(world, None).ending, verdict(world, None).expired) == (0, 3)
