"""What one pass names, notes and reports, in several seals or beside another sealer."""

from __future__ import annotations

import gzip
import threading
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import AwsUnavailableError
from mpl_export.evidence import Evidence
from mpl_export.instants import MILLISECOND
from mpl_export.sealing import sealer as sealer_module
from mpl_export.sealing.chain import Chain
from mpl_export.sealing.sealer import SETTLED, Pass
from tests.support.manual_clock import NOON
from tests.support.sealing.sealed_archive import DAY, HOUR, TENANT, SealedArchive
from tests.unit.samples import log

if TYPE_CHECKING:
    from mpl_export.archive.arrivals import Body
    from mpl_export.checkpoint import SealHead
    from mpl_export.sealing.seal import Seal

MINUTE = timedelta(minutes=1)


def seal_of(world: SealedArchive, number: int) -> Seal:
    """A seal of it."""
    return Chain(world.objects, TENANT).read(number).seal


def erase(world: SealedArchive, key: str) -> str:
    """Empty a part that seal 1 names; the answer is what it was."""
    was = sha256(world.objects.held[key]).hexdigest()
    emptied = gzip.compress(b'{"Version":"00","Erased":true}\n')
    world.objects.replace(key, emptied, erased_was=was, erased_seal="1")
    return was


def test_what_arrived_at_the_end_of_a_seal_waits_for_the_next() -> None:
    """A seal's end is what arrived before; to the millisecond."""
    world = SealedArchive()
    world.store(log(1))
    world.clock.turn(SETTLED)
    assert world.seal().objects == 0

    world.clock.turn(MILLISECOND)

    assert world.seal().objects == 1


def test_what_several_seals_of_the_hour_name_is_not_named_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of them are asked, not only one."""
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 1)
    world = SealedArchive()
    world.hours(0, 3)
    world.clock.turn(20 * MINUTE)
    assert world.seal().made == 3

    world.clock.turn(MINUTE)

    assert world.seal().made == 0


def test_a_seal_is_json_and_its_object_says_so() -> None:
    """A browser or a query engine goes by that."""
    world = SealedArchive()
    world.hours(0, 1)
    put, types = world.objects.put_if_absent, []

    def noted(key: str, body: bytes, *, content_type: str) -> bool:
        types.append(content_type)
        return put(key, body, content_type=content_type)

    world.objects.put_if_absent = noted  # type: ignore[method-assign]
    world.night()

    assert types == ["application/json"]


def test_what_several_seals_name_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrivals, erasures, and what is no part."""
    world = SealedArchive()
    first, second, _ = world.hours(0, 3)
    world.night()
    was = [erase(world, key) for key in (first, second)]
    for name in ("a", "b", "c"):
        key = f"mpl/v1/tenant={TENANT}/{name}"
        world.objects.put_if_absent(key, b"x", content_type="x")
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 1)

    done = world.night()

    assert (done.made, done.objects, done.erased, done.not_parts) == (5, 3, 2, 3)
    assert [[each.was for each in seal_of(world, number).erased] for number in (5, 6)] == [
        [each] for each in was
    ]


def test_each_seal_is_noted_before_the_next_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that ends between two leaves the head of what there is."""
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 1)
    world = SealedArchive()
    world.hours(0, 3)
    world.clock.turn(DAY)
    done = Pass(tenant=TENANT)

    def fail(key: str) -> None:
        if key.endswith("00000003.json"):
            raise AwsUnavailableError("S3 is down")

    world.objects.before_put = fail
    with pytest.raises(AwsUnavailableError):
        world.sealer().run(done)

    assert world.head.number == 2
    assert done.head == world.head
    assert done.until == seal_of(world, 2).until
    assert (done.made, done.objects, done.waiting) == (2, 2, 1)


def test_a_head_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note is a write that costs."""
    world = SealedArchive()
    world.hours(0, 1)
    noted: list[int] = []
    note = world.checkpoints.note_seal

    def counted(seal: SealHead) -> None:
        noted.append(seal.number)
        note(seal)

    monkeypatch.setattr(world.checkpoints, "note_seal", counted)

    world.night()

    assert noted == [1]


def test_evidence_is_sealed_although_another_sealer_was_first() -> None:
    """It named all that was due, and knew no evidence."""
    world = SealedArchive()
    world.hours(0, 1)
    world.clock.turn(DAY)
    evidence = Evidence(day=NOON - DAY, before=3, after=3, read=3)

    def somebody_else(key: str) -> None:
        world.objects.before_put = lambda _: None
        assert key.startswith("seals/")
        world.seal()

    world.objects.before_put = somebody_else

    done = world.seal(evidence=evidence)

    assert (done.made, done.objects, done.complete) == (1, 0, True)
    assert [seal_of(world, number).evidence for number in (1, 2)] == [None, evidence]
    assert [seal_of(world, number).evidence_day for number in (1, 2)] == [None, NOON - DAY]


def test_a_clock_that_runs_behind_takes_nothing_back() -> None:
    """What is sealed stays so, whatever this machine's clock says."""
    world = SealedArchive()
    world.hours(0, 1)
    world.night()
    until = seal_of(world, 1).until
    world.clock.skew = -HOUR

    done = world.seal()

    assert (done.made, done.until) == (0, until)
    assert world.checkpoints.read().sealed == until


def test_objects_are_read_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as it says, by threads that a stack dump shows by name."""
    world = SealedArchive()
    many = sealer_module._READ_AT_ONCE
    world.hours(0, many)
    together = threading.Barrier(many)
    names: list[str] = []
    read = world.objects.read

    def meet(key: str) -> Body:
        names.append(threading.current_thread().name)
        together.wait(20)
        return read(key)

    monkeypatch.setattr(world.objects, "read", meet)

    assert world.night().objects == many
    assert all(name.startswith("seal_") for name in names)
