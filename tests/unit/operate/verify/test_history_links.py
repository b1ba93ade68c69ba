"""The chain itself: what is wrong with a seal, or between two, is told of the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from mpl_export.archive.layout import seal_key, seals_prefix
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import SealHead
from mpl_export.evidence import Evidence
from mpl_export.instants import iso_instant
from operate.verify.run import Days, Request, verify
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import MemorySource, verdict_on
from tests.support.sealing.sealed_archive import (
    DAY,
    HOUR,
    TENANT,
    SealedArchive,
    SigningKey,
    three_nights,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.verify.findings import Findings

KEYS = {number: seal_key(TENANT, number) for number in range(6)}


def verdict(world: SealedArchive, head: SealHead | None = None) -> Findings:
    """What is to be said now."""
    return verdict_on(world.objects, TENANT, world.clock.now(), head)


def told_of_seals(found: Findings) -> list[tuple[str, str, str]]:
    """The faults of seals; parts that no seal names any more are others."""
    return [fault for fault in found.faults if not fault.what.startswith("mpl/")]


def rewrite(world: SealedArchive, number: int, **members: object) -> None:
    """Let a seal say something else."""
    said = orjson.loads(world.seal_body(number))
    world.objects.held[KEYS[number]] = orjson.dumps(said | members)


def test_a_whole_chain_tells_its_end() -> None:
    """It is what a caller may note as his head: up to when all is sealed."""
    world = three_nights()

    found = verdict(world)

    assert (found.faults, found.seals) == ([], 3)
    assert found.head == world.head
    assert iso_instant(found.until or NOON) == orjson.loads(world.seal_body(3))["until"]


def test_a_first_seal_has_none_before_it() -> None:
    """Else seals before it were removed, and the rest numbered anew."""
    world = SealedArchive()
    world.hours(0, 1)
    world.night()
    rewrite(world, 1, previous="00" * 32)

    assert verdict(world).faults == [
        ("chain", KEYS[1], "is the first seal, and names one before it")
    ]


def test_a_link_that_is_broken_is_told_of_the_later_seal() -> None:
    """Which of the two was altered cannot be seen from the two."""
    world = three_nights()
    rewrite(world, 1, release="another")

    assert verdict(world).faults == [
        ("chain", KEYS[2], "does not follow seal 1 as it is: one of the two was altered")
    ]


def test_the_ends_of_seals_rise() -> None:
    """One that ends as the one before is as good."""
    world = three_nights()
    until = orjson.loads(world.seal_body(2))["until"]
    rewrite(world, 3, until=until)
    assert told_of_seals(verdict(world)) == []

    rewrite(world, 3, until=iso_instant(NOON))

    assert told_of_seals(verdict(world)) == [("chain", KEYS[3], "ends before seal 2 does")]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ([1], [(KEYS[1], "is missing in the chain")]),
        ([2], [(KEYS[2], "is missing in the chain")]),
        ([1, 2], [(KEYS[1], "is missing in the chain, and all up to 2")]),
    ],
)
def test_a_seal_that_is_missing_is_told_by_its_number(
    gone: list[int], told: list[tuple[str, str]]
) -> None:
    """The one behind it follows nothing that is there, and that is no fault of its own."""
    world = three_nights()
    for number in gone:
        world.objects.expire(KEYS[number])

    assert told_of_seals(verdict(world)) == [("seal", *each) for each in told]


@pytest.mark.parametrize("name", ["00000000.json", "0 copy.json", "zz"])
def test_what_is_no_seal_is_told_and_the_seals_are_read(name: str) -> None:
    """Before them or behind them; a number below 1 is none either."""
    world = three_nights()
    key = f"{seals_prefix(TENANT)}{name}"
    world.objects.held[key] = world.seal_body(1)

    found = verdict(world)

    assert found.faults == [("seal", key, "lies among the seals and is none")]
    assert found.seals == 3


def test_a_seal_that_cannot_be_read_breaks_no_other_link() -> None:
    """It is told why; whether the one behind follows it, nobody knows."""
    world = three_nights()
    world.objects.held[KEYS[2]] = b"{}"

    found = verdict(world)

    assert told_of_seals(found) == [
        ("seal", KEYS[2], f"{KEYS[2]} is no seal that this version can read")
    ]
    assert found.seals == 2


def test_a_seal_that_goes_while_it_is_looked_at_is_told() -> None:
    """It was listed; it is another finding than a number that is not there."""
    world = three_nights()

    class Vanishing(MemorySource):
        """Somebody deletes a seal."""

        def chunks(self, key: str) -> Iterator[bytes]:
            """Give all but that one."""
            if key == KEYS[2]:
                raise NoSuchObjectError(key)
            yield self.objects.get(key)

    request = Request(source=Vanishing(world.objects), tenant=TENANT, days=Days(), keys={})
    found = verify(request, Voice(as_json=True), world.clock.now())

    assert told_of_seals(found) == [("seal", KEYS[2], "was removed while it was looked at")]


def test_a_head_demands_that_seal() -> None:
    """By its hash, wherever in the chain it is."""
    world = three_nights()
    other = "00" * 32

    for number in (2, 3):
        assert verdict(world, SealHead(number=number, sha256=other)).faults == [
            ("head", KEYS[number], f"is not the seal of the head {number}:{other}")
        ]


def test_a_chain_that_ends_before_the_head_was_cut() -> None:
    """The seal that was made is named, and what there is instead."""
    world = three_nights()
    cut = "the end of the chain was cut off"
    world.objects.expire(KEYS[3])
    assert told_of_seals(verdict(world, world.head)) == [
        ("head", KEYS[3], f"was made, and the last one is 2: {cut}")
    ]

    world.objects.expire(KEYS[2])
    world.objects.expire(KEYS[1])

    found = verdict(world, world.head)
    assert found.faults == [("head", KEYS[3], f"was made, and there is none: {cut}")]
    assert (found.head, found.until) == (None, None)


def test_evidence_is_that_of_the_seals() -> None:
    """Of each that holds some."""
    world = SealedArchive()
    evidence = Evidence(day=NOON - DAY, before=3, after=3, read=2)
    world.hours(0, 1)
    world.night(evidence=evidence)
    world.hours(10, 1, since=NOON + HOUR)
    world.night()

    assert verdict(world).evidence == [evidence]


def test_a_part_that_was_replaced_is_told_with_both_seals() -> None:
    """What it was stays what has to lie there."""
    world = SealedArchive()
    first, *_ = world.hours(0, 2)
    world.night()
    size = len(world.objects.held[first])
    world.objects.replace(first, b"other")
    world.night()

    assert verdict(world).faults == [
        ("altered", first, "was replaced: seal 1 names it, and seal 2 with other bytes"),
        ("altered", first, f"has other bytes (5 instead of {size:,}) than seal 1 says"),
    ]


def test_a_wrong_signature_is_told_of_its_seal() -> None:
    """By the key of the object, as every other fault of a seal."""
    owner, stranger = SigningKey(), SigningKey()
    world = three_nights(lambda night: owner.sign if night < 3 else stranger.sign)
    source = MemorySource(world.objects)
    keys = {owner.keyid: owner.private.public_key()}
    request = Request(source=source, tenant=TENANT, days=Days(), keys=keys)

    found = verify(request, Voice(as_json=True), world.clock.now())

    assert [(fault.kind, fault.what) for fault in found.faults] == [("signature", KEYS[3])]
