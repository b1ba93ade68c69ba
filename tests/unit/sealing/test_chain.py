"""The chain of seals, and how it is noticed that somebody has been at it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mpl_export.archive.layout import seal_key
from mpl_export.checkpoint import SealHead
from mpl_export.sealing.chain import Chain, ChainBrokenError
from mpl_export.sealing.seal import StoredSeal, payload_of
from tests.support.sealing.sealed_archive import TENANT, SealedArchive, three_nights


@pytest.fixture
def world() -> SealedArchive:
    """Three seals, one a night."""
    return three_nights()


def chain(world: SealedArchive) -> Chain:
    """Its chain."""
    return Chain(world.objects, TENANT)


def last(world: SealedArchive) -> StoredSeal:
    """Its last seal."""
    seal = chain(world).last()
    assert seal is not None
    return seal


def rewrite(world: SealedArchive, number: int) -> None:
    """Write a seal anew that says something else."""
    seal = chain(world).read(number).seal
    changed = replace(seal, retention=timedelta(days=7))
    world.objects.held[seal_key(TENANT, number)] = payload_of(changed)


class TestLast:
    """The end of the chain."""

    def test_the_highest_number_is_the_last(self, world: SealedArchive) -> None:
        """Of this tenant: another one's chain is its own."""
        assert last(world).seal.number == 3
        assert last(world).sha256 == world.head.sha256
        assert Chain(world.objects, "dem").last() is None

    def test_what_lies_among_the_seals_and_is_none_does_not_count(
        self, world: SealedArchive
    ) -> None:
        """The console makes an object for a folder."""
        folder = seal_key(TENANT, 1).rpartition("/")[0]
        for name in ("", "zz", "readme.txt"):
            world.objects.held[f"{folder}/{name}"] = b""

        assert last(world).seal.number == 3

    def test_one_that_cannot_be_read_ends_the_sealing(self, world: SealedArchive) -> None:
        """To take the one before would make a second seal of its number."""
        world.objects.held[seal_key(TENANT, 3)] = b"{}"
        problem = f"{seal_key(TENANT, 3)} is no seal that this version can read; .* make verify"

        with pytest.raises(ChainBrokenError, match=problem):
            chain(world).last()


def test_a_seal_that_is_missing_is_named(world: SealedArchive) -> None:
    """Its key is what somebody has to restore."""
    world.objects.expire(seal_key(TENANT, 2))

    with pytest.raises(ChainBrokenError, match=f"{seal_key(TENANT, 2)} is missing"):
        chain(world).read(2)


class TestBackFrom:
    """The seals that may name what is to be sealed already."""

    def test_it_goes_back_as_far_as_the_instant_asked_for(self, world: SealedArchive) -> None:
        """The night's listing covers an hour of the past, not years of seals."""
        ends = {number: chain(world).read(number).seal.until for number in (1, 2, 3)}

        def back(until: timedelta) -> list[int]:
            found = chain(world).back_from(last(world), ends[2] + until)
            return [each.seal.number for each in found]

        assert back(timedelta(seconds=1)) == [3]
        assert back(timedelta(0)) == [3, 2]
        assert back(timedelta(days=-9)) == [3, 2, 1]

    def test_a_seal_that_its_successor_does_not_name_is_noticed(self, world: SealedArchive) -> None:
        """It was written anew; what it names cannot be relied on."""
        rewrite(world, 2)
        seals = chain(world).back_from(last(world), last(world).seal.until)

        assert next(seals).seal.number == 3
        with pytest.raises(ChainBrokenError, match="seal 2 is not the one that seal 3 names"):
            next(seals)


class TestHold:
    """The head that was noted must still be in the bucket."""

    def test_nothing_noted_is_nothing_to_hold(self, world: SealedArchive) -> None:
        """A table that is new knows no head, and the chain may be older than it."""
        chain(world).hold(None, last(world))
        chain(world).hold(None, None)

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_head_that_is_there_holds(self, world: SealedArchive, number: int) -> None:
        """The chain may have grown since: a sealer was killed before it noted its seal."""
        sha256 = chain(world).read(number).sha256

        chain(world).hold(SealHead(number=number, sha256=sha256), last(world))

    def test_the_last_seal_is_not_read_again(self, world: SealedArchive) -> None:
        """It is at hand, and a seal may have 800 kB."""
        seal = last(world)
        before = world.objects.gets

        chain(world).hold(world.head, seal)

        assert world.objects.gets == before

    def test_seals_that_were_removed_are_noticed(self, world: SealedArchive) -> None:
        """All of them, or the last ones."""
        head = world.head

        with pytest.raises(ChainBrokenError, match="seal 3 was made, and there is none"):
            chain(world).hold(head, None)
        world.objects.expire(seal_key(TENANT, 3))
        with pytest.raises(ChainBrokenError, match="seal 3 was made, and the last one is 2"):
            chain(world).hold(head, last(world))

    @pytest.mark.parametrize("number", [2, 3])
    def test_a_head_that_was_written_anew_is_noticed(
        self, world: SealedArchive, number: int
    ) -> None:
        """The last seal, or one before it."""
        head = SealHead(number=number, sha256=chain(world).read(number).sha256)
        rewrite(world, number)

        with pytest.raises(ChainBrokenError, match=f"seal {number} is another one than was made"):
            chain(world).hold(head, last(world))
