"""What a seal is about to name, as it is read back."""

import gzip
import hashlib
from copy import replace

import pytest

from mpl_export.archive.arrivals import Entry
from mpl_export.sealing.chain import Chain
from mpl_export.sealing.read_back import ReadBack, look, named_by, place_of
from mpl_export.sealing.seal import read_seal
from tests.support.manual_clock import NOON
from tests.support.sealing.sealed_archive import TENANT, SealedArchive
from tests.unit.samples import log


@pytest.fixture
def world() -> SealedArchive:
    """Two parts that no seal names yet."""
    world = SealedArchive()
    world.store(log(1))
    world.store(log(2, NOON))
    return world


def entries(world: SealedArchive) -> list[Entry]:
    """All parts, by their keys."""
    return sorted(world.objects.listing("mpl/").entries, key=lambda entry: entry.key)


def test_what_lies_there_is_taken_with_its_arrival(world: SealedArchive) -> None:
    """In the order in which it is given: that is how a seal names it."""
    read = ReadBack()
    found = entries(world)

    for entry in found:
        read.take(entry, look(world.objects, entry), Chain(world.objects, TENANT))

    assert [(each.key, each.arrived) for each in read.objects] == [
        (entry.key, entry.arrived) for entry in found
    ]
    assert [each.facts.rows for each in read.objects] == [1, 1]
    assert (read.seen, read.reached, read.vanished) == (2, found[-1].arrived, set())


def test_what_is_gone_counts_as_seen(
    world: SealedArchive, caplog: pytest.LogCaptureFixture
) -> None:
    """It is named by no seal, and asked for no more; the log says which it was."""
    entry = replace(entries(world)[0], key="mpl/v1/tenant=demo/dt=2026-11-22/00Z-0009.jsonl.gz")
    read = ReadBack()

    read.take(entry, look(world.objects, entry), Chain(world.objects, TENANT))

    assert (read.seen, read.objects, read.vanished) == (1, [], {place_of(entry)})
    assert caplog.messages == [f"{entry.key} was deleted before it was sealed"]


def test_an_erasure_that_its_seal_confirms_is_taken_as_one(world: SealedArchive) -> None:
    """And not as an arrival; the seal that named the part before is asked."""
    world.night()
    entry = entries(world)[0]
    was = world.objects.held[entry.key]
    emptied = gzip.compress(b'{"Version":"00","Erased":true}\n')
    world.objects.replace(
        entry.key, emptied, erased_was=hashlib.sha256(was).hexdigest(), erased_seal="1"
    )
    read = ReadBack()

    read.take(entry, look(world.objects, entry), Chain(world.objects, TENANT))

    assert (read.objects, read.vanished) == ([], set())
    [erasure] = read.erased
    assert erasure.was == hashlib.sha256(was).hexdigest()
    assert erasure.now.facts.sha256 == hashlib.sha256(emptied).hexdigest()


def test_a_seal_names_each_arrival_and_not_the_key_alone(world: SealedArchive) -> None:
    """A part that was erased comes again under its key."""
    found = entries(world)
    world.night()
    [key] = world.seals()
    stored = read_seal(key, world.objects.held[key], TENANT)

    assert named_by(stored) == {place_of(entry) for entry in found}
