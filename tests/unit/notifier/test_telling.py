"""What waits is told when it is due, by few digests, by one invocation at a time."""

import pytest

from mpl_export.errors import AwsUnavailableError
from mpl_export.notifier.due import PATIENCE
from tests.support.notifier.notifier_harness import (
    LETTERS,
    Harness,
)
from tests.unit.samples import HOUR, MINUTE, SECOND


def test_a_signature_that_was_told_is_held_back_for_an_hour_and_then_told(harness: Harness) -> None:
    """The second digest says how many came since, and since when."""
    for number in range(10):
        harness.notifier().take([harness.part(harness.failures(f"error {number}"), number=number)])
        harness.clock.turn(MINUTE)
    assert len(harness.digests) == 1
    assert len(harness.events) == 10

    harness.flush_for(2 * HOUR)

    assert harness.told() == [
        "[demo] NEW 1 FAILED: Order to Cash - error 0",
        "[demo] AGAIN 9 FAILED: Order to Cash - error 9",
    ]
    told_at = [at for at, _ in harness.digests]
    assert HOUR <= told_at[1] - told_at[0] <= HOUR + PATIENCE + 5 * MINUTE
    assert "Told      last at 2026-11-22 12:00:00Z; these since then" in (
        harness.digests[1][1].body
    )


def test_a_new_signature_is_told_while_another_is_held_back(harness: Harness) -> None:
    """A storm of one kind must not hide the first of another."""
    harness.notifier().take([harness.part(harness.failures("storm"))])
    harness.notifier().take([harness.part(harness.failures("storm", "fire"), number=1)])

    assert harness.told()[1] == "[demo] NEW 1 FAILED: Order to Cash - fire"


def test_what_was_held_back_is_told_by_the_next_batch_too(harness: Harness) -> None:
    """When its hour has ended; a storm that goes on must not push it back for ever."""
    harness.notifier().take([harness.part(harness.failures("storm"))])
    harness.notifier().take([harness.part(harness.failures("storm"), number=1)])
    harness.clock.turn(HOUR + PATIENCE)

    harness.notifier().take([harness.part(harness.failures("storm"), number=2)])

    assert harness.told()[1] == "[demo] AGAIN 2 FAILED: Order to Cash - storm"


def test_at_most_twelve_digests_go_out_in_any_hour(harness: Harness) -> None:
    """Texts that never repeat make every failure new; all of them are told all the same."""
    words = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    for number, word in enumerate(words):
        harness.notifier().take([harness.part(harness.failures(f"cause {word}"), number=number)])
        harness.clock.turn(30 * SECOND)
        if number % 10 == 0:
            harness.notifier().flush()

    harness.flush_for(3 * HOUR)

    told_at = [at for at, _ in harness.digests]
    for at in told_at:
        assert sum(at <= other < at + HOUR for other in told_at) <= 12
    assert harness.told_count() == len(words)
    assert len(harness.digests) < 30


def test_two_that_tell_at_once_do_not_tell_the_same(harness: Harness) -> None:
    """The second one leaves it to the first, or to the next flush."""
    harness.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        harness.notifier().take([harness.part([harness.record()])])
    harness.down = None
    now = harness.clock.now()
    with harness.notifier().notices.turn("other", now=now, until=now + MINUTE):
        assert harness.notifier().tell() == 0

    assert harness.notifier().tell() == 1


def test_a_digest_closes_so_many_items_at_most(harness: Harness) -> None:
    """To note what was told takes a while: more of it takes more digests, not more time."""
    for number in range(25):
        records = [
            harness.record(
                number * 100 + n,
                IntegrationArtifact={"Id": f"flow{number * 100 + n}".translate(LETTERS)},
            )
            for n in range(100)
        ]
        harness.down = AwsUnavailableError("the topic is down")
        with pytest.raises(AwsUnavailableError):
            harness.notifier().take([harness.part(records, number=number)])
    harness.down = None

    harness.notifier().flush()

    assert [digest.body.split(" ", 1)[0] for _, digest in harness.digests] == ["2000", "500"]
    assert harness.told_count() == 2_500
    assert not harness.store.waiting
