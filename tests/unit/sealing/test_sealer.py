"""The nightly pass: every arrival is named once, in order, whatever comes between."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.archive.layout import seal_key
from mpl_export.errors import AwsUnavailableError
from mpl_export.evidence import Evidence
from mpl_export.sealing import sealer as sealer_module
from mpl_export.sealing.chain import ChainBrokenError
from mpl_export.sealing.seal import Seal, read_seal
from mpl_export.sealing.sealer import Pass
from tests.support.manual_clock import NOON
from tests.support.sealing.sealed_archive import (
    DAY,
    HOUR,
    TENANT,
    SealedArchive,
    SigningKey,
    three_nights,
)
from tests.unit.samples import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpl_export.archive.arrivals import Body

MINUTE = timedelta(minutes=1)


def seal_of(world: SealedArchive, number: int) -> Seal:
    """A seal of it."""
    key = seal_key(TENANT, number)
    return read_seal(key, world.objects.held[key], TENANT).seal


def named(world: SealedArchive) -> list[str]:
    """The keys that the seals name, in their order."""
    numbers = range(1, len(world.seals()) + 1)
    return [each.key for number in numbers for each in seal_of(world, number).objects]


def parts(world: SealedArchive) -> Iterator[str]:
    """The keys of all parts."""
    return world.objects.keys("mpl/")


def test_every_part_is_named_once() -> None:
    """Late ones and those without a time by the seal of the night after they arrived."""
    world = three_nights()

    assert sorted(named(world)) == list(parts(world))
    assert [len(seal_of(world, number).objects) for number in (1, 2, 3)] == [4, 4, 3]


def test_each_seal_names_the_one_before_by_its_hash() -> None:
    """And what it takes to judge what it says: when, up to when, by what, and what expires."""
    world = SealedArchive(retention=90 * DAY)
    world.hours(0, 1)
    world.night()
    world.hours(9, 1, since=NOON)
    world.night()

    first, second = seal_of(world, 1), seal_of(world, 2)
    assert first.previous is None
    assert second.previous == read_seal(world.seals()[0], world.seal_body(1), TENANT).sha256
    assert (first.sealed_at, first.until) == (NOON + DAY, NOON + DAY - 15 * MINUTE)
    assert first.retention == 90 * DAY
    assert first.release
    assert world.checkpoints.read().sealed == NOON + 2 * DAY - 15 * MINUTE
    assert world.head.number == 2


def test_a_quiet_night_makes_no_seal_but_is_noted() -> None:
    """What is noted is that all was looked at: that has an alarm."""
    world = SealedArchive()
    world.hours(0, 1)
    world.night()

    done = world.night()

    assert (done.made, done.complete, len(world.seals())) == (0, True, 1)
    assert done.until == world.checkpoints.read().sealed == NOON + 2 * DAY - 15 * MINUTE
    assert done.head == world.head


def test_nothing_at_all_is_no_failure() -> None:
    """The night before the first log."""
    done = SealedArchive().night()

    assert (done.made, done.complete, done.head) == (0, True, None)


def test_what_has_just_arrived_waits() -> None:
    """A put may be under way that S3 will date before it."""
    world = SealedArchive()
    old = world.store(log(1))
    world.clock.turn(10 * MINUTE)
    young = world.store(log(2, NOON + HOUR))
    world.clock.turn(6 * MINUTE)

    assert world.seal().objects == 1
    assert named(world) == old
    world.clock.turn(15 * MINUTE)
    assert world.seal().objects == 1
    assert named(world) == old + young


def test_what_shows_up_late_is_found_within_the_hour() -> None:
    """An object may be dated before the end of the last seal and be seen after it."""
    world = SealedArchive()
    world.hours(0, 1)
    world.night()
    (late,) = world.store(log(77, NOON))
    world.objects.arrived[late] = seal_of(world, 1).until - HOUR

    world.night()

    assert named(world)[-1] == late


def test_a_clock_that_runs_ahead_seals_no_future() -> None:
    """What arrives after would be older than the hour that is looked at again, and never sealed."""
    world = SealedArchive()
    world.hours(0, 1)
    world.clock.turn(HOUR)
    world.clock.skew = 5 * HOUR
    world.seal()
    world.clock.skew = timedelta(0)

    assert seal_of(world, 1).until == world.clock.now() - 15 * MINUTE


def test_a_clock_that_runs_behind_never_ends_a_seal_before_the_last() -> None:
    """The chain's ends rise."""
    world = SealedArchive()
    world.hours(0, 1)
    world.night()
    (late,) = world.store(log(77, NOON))
    world.objects.arrived[late] = seal_of(world, 1).until - HOUR
    world.clock.skew = -HOUR / 2

    world.seal()

    assert named(world)[-1] == late
    assert seal_of(world, 2).until == seal_of(world, 1).until


def test_a_seal_names_so_many_objects_and_another_one_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where more arrived in one second than fit into one seal."""
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 3)
    world = SealedArchive()
    keys = world.hours(0, 8)

    done = world.night()

    assert (done.made, done.objects, done.complete) == (3, 8, True)
    assert [len(seal_of(world, number).objects) for number in (1, 2, 3)] == [3, 3, 2]
    assert named(world) == keys
    assert seal_of(world, 2).until == NOON
    assert seal_of(world, 3).until == NOON + DAY - 15 * MINUTE
    assert world.night().made == 0


def test_objects_are_named_in_the_order_of_their_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of their keys: where a seal is cut, what it leaves out has arrived no earlier."""
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 1)
    world = SealedArchive()
    later_hour = world.store(log(1, NOON))
    world.clock.turn(3 * HOUR)
    earlier_hour = world.store(log(2, NOON - 5 * HOUR))

    world.night()

    assert named(world) == later_hour + earlier_hour
    assert seal_of(world, 1).until == NOON


def test_an_erasure_is_held_against_the_seal_that_it_names() -> None:
    """A wrong claim makes it another arrival, which is what verify finds."""
    world = three_nights()
    (first, *_) = parts(world)
    erased = gzip.compress(b'{"Version":"00","Erased":true}\n')
    world.objects.replace(first, erased, erased_was="0" * 64, erased_seal="1")

    done = world.night()

    assert (done.erased, done.objects) == (0, 1)


def test_what_time_does_not_allow_is_said_and_done_next_night(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every pass gets further, and none claims what it has not done."""
    monkeypatch.setattr(sealer_module, "_BATCH", 2)
    monkeypatch.setattr(sealer_module, "_READ_AT_ONCE", 1)
    world = SealedArchive()
    keys = world.hours(0, 5)
    world.clock.turn(HOUR)
    reads = 0

    read = world.objects.read

    def slowly(key: str) -> Body:
        nonlocal reads
        reads += 1
        world.clock.turn(4 * MINUTE)
        return read(key)

    monkeypatch.setattr(world.objects, "read", slowly)

    done = world.seal()

    assert (done.objects, done.waiting, done.complete) == (4, 1, False)
    assert world.checkpoints.read().sealed is None
    assert world.seal().complete
    assert named(world) == keys
    assert reads == 5


def test_an_object_that_is_gone_before_it_is_sealed_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said; nothing can be sealed of it."""
    world = SealedArchive()
    gone, stays = world.hours(0, 2)
    listing = world.objects.listing

    def then_gone(prefix: str) -> object:
        answer = listing(prefix)
        if prefix.startswith("mpl/"):
            world.objects.held.pop(gone, None)
        return answer

    monkeypatch.setattr(world.objects, "listing", then_gone)

    done = world.night()

    assert (named(world), done.complete) == ([stays], True)
    assert gone in caplog.text


def test_something_strange_is_sealed_as_what_it_is() -> None:
    """A seal does not judge who wrote an object; it shows that nothing changed since."""
    world = SealedArchive()
    world.objects.put_if_absent(f"mpl/v1/tenant={TENANT}/notes.txt", b"hi", content_type="text")

    done = world.night()

    assert (done.objects, done.not_parts) == (1, 1)
    assert seal_of(world, 1).objects[0].facts.rows is None


def test_evidence_is_sealed_once() -> None:
    """By the first seal after its day; a quiet night with evidence makes a seal for it."""
    world = SealedArchive()
    evidence = Evidence(day=NOON - DAY, before=3, after=3, read=3)

    assert world.night(evidence=evidence).made == 1
    assert world.night(evidence=evidence).made == 0
    world.hours(0, 1)
    assert world.night(evidence=evidence).made == 1
    assert world.night(evidence=Evidence(day=NOON)).made == 1

    assert [seal_of(world, number).evidence for number in (1, 2, 3)] == [
        evidence,
        None,
        Evidence(day=NOON),
    ]
    assert [seal_of(world, number).evidence_day for number in (1, 2)] == [NOON - DAY, NOON - DAY]


@pytest.mark.parametrize("sign", [None, SigningKey().sign])
def test_a_sealer_that_comes_second_seals_what_is_left(sign: object) -> None:
    """Its number is taken, so it reads the winner's seal and begins again."""
    world = SealedArchive()
    first = world.hours(0, 2)
    stored = {} if sign is None else {"stored": sign}
    raced = False

    def somebody_else(key: str) -> None:
        nonlocal raced
        if key.startswith("seals/") and not raced:
            raced = True
            world.objects.held.pop(first[1])  # the other one does not see it
            held = world.objects.held
            world.seal(**stored)  # type: ignore[arg-type]
            world.objects.held = held | {first[1]: body}

    body = world.objects.held[first[1]]
    world.clock.turn(DAY)
    world.objects.before_put = somebody_else

    done = world.seal(**stored)  # type: ignore[arg-type]

    assert named(world) == first
    assert (done.made, done.complete) == (1, True)


@pytest.mark.parametrize("sign", [None, SigningKey().sign])
def test_a_put_whose_answer_got_lost_is_not_made_twice(sign: object) -> None:
    """The SDK's second attempt meets the first one's object; what is there counts."""
    world = SealedArchive()
    keys = world.hours(0, 2)
    world.objects.puts_until_lost = 1

    done = world.night(**({} if sign is None else {"stored": sign}))  # type: ignore[arg-type]

    assert (named(world), len(world.seals()), done.complete) == (keys, 1, True)
    assert world.head.number == 1


def test_a_key_that_cannot_be_had_makes_no_seal() -> None:
    """Not even one without a signature; the next night makes up for it."""
    world = SealedArchive()
    keys = world.hours(0, 1)

    def refuse(_payload: bytes) -> bytes:
        raise AwsUnavailableError("KMS is down")

    with pytest.raises(AwsUnavailableError):
        world.night(stored=refuse)

    assert world.seals() == []
    assert world.checkpoints.read().sealed is None
    world.night(stored=SigningKey().sign)
    assert named(world) == keys


def test_seals_that_were_removed_are_noticed() -> None:
    """To go on would hide it: the numbers would be there again."""
    world = three_nights()
    for key in world.seals()[1:]:
        del world.objects.held[key]

    with pytest.raises(ChainBrokenError, match="seal 3 was made, and the last one is 1"):
        world.night()


def test_a_chain_that_was_written_anew_is_noticed() -> None:
    """By the hash of the last seal."""
    world = three_nights()
    key = seal_key(TENANT, 3)
    world.objects.held[key] = SigningKey().sign(world.objects.held[key])

    with pytest.raises(ChainBrokenError, match="seal 3 is another one"):
        world.night()


def test_a_broken_link_is_noticed() -> None:
    """Of the seals that are read again: those of the last hour."""
    world = three_nights()
    world.checkpoints = type(world.checkpoints)()
    key = seal_key(TENANT, 2)
    world.objects.held[key] = SigningKey().sign(world.objects.held[key])

    with pytest.raises(ChainBrokenError, match="seal 2 is not the one that seal 3 names"):
        world.night()


def test_a_last_seal_that_cannot_be_read_is_named() -> None:
    """With what is wrong with it; a seal after it would name bytes that nobody understands."""
    world = three_nights()
    world.objects.held[seal_key(TENANT, 3)] = b"[]"

    with pytest.raises(ChainBrokenError, match=r"00000003\.json is no seal: it is no JSON object"):
        world.night()


def test_a_table_that_is_older_than_the_chain_does_not_matter() -> None:
    """A table that was restored, or a fresh one on a kept bucket."""
    world = three_nights()
    world.checkpoints = type(world.checkpoints)()

    done = world.night()

    assert (done.made, done.complete) == (0, True)
    assert world.head.number == 3


def test_a_replaced_object_is_sealed_as_another_arrival() -> None:
    """So that whoever verifies sees both: what it was, and what it is."""
    world = three_nights()
    (first, *_) = parts(world)
    world.objects.replace(first, b"other")

    world.night()

    assert named(world).count(first) == 2


def test_a_pass_reports_how_far_it_came_whatever_is_raised() -> None:
    """The report is counted while it goes on."""
    world = SealedArchive()
    world.hours(0, 2)
    world.clock.turn(DAY)
    done = Pass(tenant=TENANT)

    def fail(key: str) -> None:
        if key.startswith("seals/"):
            raise AwsUnavailableError("S3 is down")

    world.objects.before_put = fail
    with pytest.raises(AwsUnavailableError):
        world.sealer().run(done)

    assert (done.waiting, done.complete, done.made) == (2, False, 0)


@pytest.mark.parametrize(
    "lines",
    [
        b'{"Version":"00","Status":7}\n',
        b'{"Version":"00","Status":7}\n{"Version":"01","Status":"FAILED"}\n',
        b'{"Version":"00","LogEnd":7}\n{"Version":"01","LogEnd":"2026"}\n',
        b'{"Version":"00","LogEnd":[]}\n',
    ],
)
def test_an_object_with_odd_records_holds_nothing_up(lines: bytes) -> None:
    """It could be put by anybody whom a given bucket lets, and no night would make a seal again."""
    world = SealedArchive()
    (key,) = world.store(log(1))
    world.objects.held[key] = gzip.compress(lines)

    done = world.night()

    assert (done.complete, done.objects, done.not_parts) == (True, 1, 1)
    assert seal_of(world, 1).objects[0].facts.rows is None


@pytest.mark.parametrize("number", ["9" * 1_500, "0" * 12 + "1", "\u0661", "-1", ""])
def test_a_claim_with_an_odd_number_is_none(number: str) -> None:
    """S3 refuses to look for a key of 1,500 digits, which would end every pass."""
    world = three_nights()
    (first, *_) = parts(world)
    read: list[str] = []
    get = world.objects.get

    def noted(key: str) -> bytes:
        read.append(key)
        return get(key)

    world.objects.get = noted  # type: ignore[method-assign]
    world.objects.replace(
        first,
        gzip.compress(b'{"Version":"00","Erased":true}\n'),
        erased_was="0" * 64,
        erased_seal=number,
    )

    assert world.night().objects == 1
    assert max(map(len, read)) < 100
