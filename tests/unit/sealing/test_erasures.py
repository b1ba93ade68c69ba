"""An erasure is what a seal of before confirms, and nothing else."""

from dataclasses import replace

import pytest

from mpl_export.sealing.chain import Chain
from mpl_export.sealing.erasures import erasure_of, named_with
from mpl_export.sealing.facts import ERASED
from mpl_export.sealing.seal import Erasure
from tests.support.sealing.sealed_archive import TENANT, SealedArchive


class Bench:
    """An archive of one night; a part of it has other bytes now."""

    def __init__(self) -> None:
        self.world = SealedArchive()
        self.world.hours(0, 2)
        self.world.night()
        self.chain = Chain(self.world.objects, TENANT)
        self.seal = self.chain.read(1)
        self.before = self.seal.seal.objects[0]
        facts = replace(self.before.facts, sha256="ab" * 32, by_status={ERASED: 1, "FAILED": 1})
        self.now = replace(self.before, facts=facts)
        self.notes = {
            "erased-was": self.before.facts.sha256,
            "erased-seal": "1",
            "erased-reason": "a request of 22 November",
        }

    def erasure(self, **changes: str) -> Erasure | None:
        """What the object is taken for, with such notes."""
        notes = self.notes | {f"erased-{name}": note for name, note in changes.items()}
        return erasure_of(self.now, notes, self.chain)


@pytest.fixture
def bench() -> Bench:
    """Such an archive."""
    return Bench()


def test_an_erasure_names_what_was_there_and_why(bench: Bench) -> None:
    """So the next seal can say that these bytes replaced those."""
    assert bench.erasure() == Erasure(
        was=bench.before.facts.sha256, seal=1, reason="a request of 22 November", now=bench.now
    )


def test_a_reason_is_not_required(bench: Bench) -> None:
    """It is for people; what is proven does not hang on it."""
    del bench.notes["erased-reason"]

    erasure = bench.erasure()

    assert erasure is not None
    assert erasure.reason == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"was": "cd" * 32},
        {"was": ""},
        {"seal": "2"},
        {"seal": "0"},
        {"seal": ""},
        {"seal": "one"},
        {"seal": "-1"},
        {"seal": "\u00b2"},
        {"seal": "\u0661"},
    ],
    ids=repr,
)
def test_a_claim_that_no_seal_confirms_is_none(bench: Bench, changes: dict[str, str]) -> None:
    """The object is then sealed as what it is: altered.  A wrong note must not stop the night."""
    assert bench.erasure(**changes) is None


def test_the_hash_of_another_object_confirms_nothing(bench: Bench) -> None:
    """Else one part could be put in the place of another."""
    other = bench.seal.seal.objects[1]

    assert bench.erasure(was=other.facts.sha256) is None


def test_an_object_in_which_nothing_is_erased_is_no_erasure(bench: Bench) -> None:
    """Whatever its notes say: rows were changed, not emptied."""
    now = replace(bench.now, facts=replace(bench.now.facts, by_status={"FAILED": 2}))

    assert erasure_of(now, bench.notes, bench.chain) is None


def test_without_notes_there_is_no_claim(bench: Bench) -> None:
    """Somebody wrote over a part."""
    assert erasure_of(bench.now, {}, bench.chain) is None


def test_what_was_erased_before_may_be_erased_again(bench: Bench) -> None:
    """A second request reaches the same part: the seal of the first erasure names its bytes."""
    first = bench.erasure()
    assert first is not None
    seal = replace(bench.seal, seal=replace(bench.seal.seal, objects=[], erased=[first]))

    assert named_with(seal, bench.now.key) == {"ab" * 32}
    assert named_with(seal, "another") == set()
