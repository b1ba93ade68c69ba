"""The walk by overlapping offsets, question by question: where it asks, and when it may stop."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from mpl_export.tenant.logs.rows import log_of
from mpl_export.tenant.logs.walking import Walk
from mpl_export.tenant.odata.answers import (
    RawPage,
)
from tests.support.manual_clock import NOON
from tests.unit.samples import row_of

if TYPE_CHECKING:
    from mpl_export.model import Log


@dataclass
class Place:
    """A place of the tenant that answers by offsets, as told.

    Attributes:
        rows: The numbers of the rows that stand there, in the order of the answers.
        allowed: How many rows an answer holds at most.
        cap: How many it really holds at most, where the tenant has a cap of its own.
        links: Whether answers link to more of their own accord.
        counts: Whether answers tell how many rows there are.
        miscount: By how much the tenant counts too many.
        asked: The offsets asked for.
    """

    rows: list[int]
    allowed: int = 4
    cap: int | None = None
    links: bool = True
    counts: bool = True
    miscount: int = 0
    asked: list[int] = field(default_factory=list)

    def walk(
        self, passes: int = 20, *, offset: int = 0, passed: int = 0
    ) -> tuple[Walk, list[list[int]]]:
        """Walk through; the walk, and the numbers of the rows that each answer brought."""
        walk = Walk(self._answer, allowed=self.allowed, passes=passes, offset=offset, passed=passed)
        numbers = {row_of(number)["MessageGuid"]: number for number in set(self.rows)}
        return walk, [[numbers[log.guid or ""] for log in logs] for logs in walk.logs()]

    def _answer(self, skip: int) -> tuple[RawPage, list[Log]]:
        self.asked.append(skip)
        assert len(self.asked) < 500, "the walk does not end"
        page: list[object] = [row_of(number) for number in self.rows[skip:]]
        shown = page[: self.allowed if self.cap is None else self.cap]
        more = self.links and len(shown) < len(page)
        count = len(self.rows) + self.miscount if self.counts else None
        return RawPage(rows=shown, more=more, count=count), [log_of(row, NOON) for row in shown]


def test_what_fits_an_answer_is_asked_for_once() -> None:
    """Most places where the tenant links to more turn out to hold no more."""
    place = Place(rows=[0, 1, 2])

    walk, answers = place.walk()

    assert answers == [[0, 1, 2]]
    assert place.asked == [0]
    assert walk.resolved


def test_a_pass_goes_by_half_an_answer_until_its_end_and_is_repeated() -> None:
    """Rows that leave cannot jump over half an answer; a pass without news is the proof."""
    place = Place(rows=list(range(9)))

    walk, answers = place.walk()

    assert place.asked == [0, 2, 4, 6] * 2
    assert answers == [[0, 1, 2, 3], [4, 5], [6, 7], [8], [], [], [], []]
    assert walk.resolved
    assert walk.known == 9


def test_a_full_answer_without_a_link_is_not_the_last() -> None:
    """Tenants have been seen to leave the link out when a count was asked for."""
    place = Place(rows=list(range(9)), links=False)

    _, answers = place.walk()

    assert sorted(number for numbers in answers for number in numbers) == list(range(9))


def test_answers_smaller_than_allowed_are_overlapped_too() -> None:
    """A tenant with a cap of its own is walked by half of what it really gives."""
    place = Place(rows=list(range(6)), allowed=100, cap=4)

    walk, answers = place.walk()

    assert place.asked == [0, 2] * 2
    assert answers == [[0, 1, 2, 3], [4, 5], [], []]
    assert walk.resolved


def test_answers_larger_than_allowed_are_not_stepped_over() -> None:
    """A tenant that ignores the number of rows asked for may heed it in the next answer."""
    place = Place(rows=list(range(20)), allowed=4, cap=10)

    place.walk()

    assert place.asked[:4] == [0, 2, 4, 6]


def test_an_answer_of_one_row_is_a_step_of_one() -> None:
    """Half of one is nothing, and a walk that stands still never ends."""
    place = Place(rows=[0, 1, 2], allowed=1)

    walk, answers = place.walk()

    assert place.asked == [0, 1, 2] * 2
    assert sorted(number for numbers in answers for number in numbers) == [0, 1, 2]
    assert walk.resolved


def test_without_a_count_a_pass_ends_where_nothing_is_new() -> None:
    """A tenant that ignores the offset would show the same rows for ever."""
    place = Place(rows=list(range(9)), counts=False)

    walk, answers = place.walk()

    assert place.asked == [0, 2, 4, 6, 0]
    assert sorted(number for numbers in answers for number in numbers) == list(range(9))
    assert not walk.resolved, "nothing tells how many there are"


def test_rows_that_are_counted_but_not_shown_keep_the_walk_from_being_sure() -> None:
    """The count is the only witness for a row that no order brings to light."""
    place = Place(rows=list(range(6)), miscount=1)

    walk, _ = place.walk(passes=3)

    assert place.asked == [0, 2, 4] * 3
    assert not walk.resolved


def test_the_last_pass_counts_too() -> None:
    """A walk that has just proven to be complete need not be reported as unsure."""
    place = Place(rows=list(range(6)))

    walk, _ = place.walk(passes=2)

    assert place.asked == [0, 2, 4] * 2
    assert walk.resolved


def test_one_pass_with_news_proves_nothing() -> None:
    """What it brought may be half of what there is."""
    place = Place(rows=list(range(6)))

    walk, _ = place.walk(passes=1)

    assert not walk.resolved


def test_two_versions_of_a_row_are_not_two_of_the_rows_that_are_counted() -> None:
    """A row that changes while it is walked must not stand for one that was never shown."""
    answers = [
        RawPage(rows=[row_of(0), row_of(1)], more=True, count=3),
        RawPage(rows=[row_of(1, Status="FAILED")], more=False, count=3),
    ]
    walk = Walk(
        lambda skip: (answers[skip], [log_of(row, NOON) for row in answers[skip].rows]),
        allowed=2,
        passes=3,
    )

    versions = [log.version for logs in walk.logs() for log in logs]

    assert len(set(versions)) == len(versions) == 3
    assert not walk.resolved


def test_a_cap_without_a_link_is_known_by_the_count() -> None:
    """An answer that is shorter than allowed may still not be the last."""
    place = Place(rows=list(range(9)), allowed=100, cap=4, links=False)

    walk, answers = place.walk()

    assert sorted(number for numbers in answers for number in numbers) == list(range(9))
    assert walk.resolved


@pytest.mark.parametrize(
    ("count", "asked", "resolved"),
    [(0, [0], True), (None, [0], False), (9, [0, 2, 4, 6, 8], False)],
)
def test_a_link_to_more_behind_nothing_is_nothing_if_the_count_says_so(
    count: int | None, asked: list[int], *, resolved: bool
) -> None:
    """Once, and not twenty times; and not row by row."""
    offsets: list[int] = []

    def ask(skip: int) -> tuple[RawPage, list[Log]]:
        offsets.append(skip)
        return RawPage(rows=[], more=True, count=count), []

    walk = Walk(ask, allowed=4, passes=20)

    assert not any(walk.logs())
    assert offsets == asked
    assert walk.resolved == resolved


class TestSeveralRuns:
    """A place that takes longer than a run: what earlier runs have seen is not known."""

    def test_it_goes_on_where_the_last_answer_began(self) -> None:
        """Which is half an answer before what was not asked for: what moved up is still seen."""
        place = Place(rows=list(range(12)))

        place.walk(offset=6)

        assert place.asked[:2] == [6, 8]

    def test_two_passes_that_overlap_as_a_steady_order_does_are_the_proof(self) -> None:
        """The rest of the first pass, and another."""
        place = Place(rows=list(range(12)))

        walk, answers = place.walk(offset=6)

        assert place.asked == [6, 8, 10, 0, 2, 4, 6, 8, 10]
        assert sorted(number for numbers in answers for number in numbers) == list(range(12))
        assert (walk.resolved, walk.passed, walk.offset) == (True, 2, 0)

    def test_the_rest_of_the_second_pass_is_enough_too(self) -> None:
        """A pass may take more than a run."""
        place = Place(rows=list(range(12)))

        walk, _ = place.walk(offset=4, passed=1)

        assert place.asked == [4, 6, 8, 10]
        assert walk.resolved

    def test_without_a_steady_order_passes_go_on(self) -> None:
        """An answer that does not begin as the last one ended may have left out anything."""
        place = Place(rows=list(range(200)), allowed=40)
        dice = random.Random(5)  # noqa: S311 - an order, no secret
        plain = place._answer

        def shuffled(skip: int) -> tuple[RawPage, list[Log]]:
            dice.shuffle(place.rows)
            return plain(skip)

        place._answer = shuffled  # type: ignore[method-assign]

        _, answers = place.walk(offset=140)

        assert len(place.asked) > 2 * 9 + 2
        assert sorted(number for numbers in answers for number in numbers) == list(range(200))

    def test_what_has_shrunk_meanwhile_is_walked_from_its_beginning(self) -> None:
        """There is nothing at that offset any more."""
        place = Place(rows=[0, 1, 2, 3, 4])

        walk, answers = place.walk(offset=400)

        assert place.asked[:2] == [400, 0]
        assert sorted(number for numbers in answers for number in numbers) == [0, 1, 2, 3, 4]
        assert walk.resolved

    def test_it_ends_after_so_many_passes_of_all_runs(self) -> None:
        """Else a place that never comes to rest would hold all runs for ever."""
        place = Place(rows=list(range(12)), miscount=3)

        walk, _ = place.walk(passes=3, offset=6, passed=2)

        assert place.asked[0] == 6
        assert walk.passed == 3

    def test_without_a_count_nothing_is_proven(self) -> None:
        """As in one run."""
        place = Place(rows=list(range(12)), counts=False)

        walk, _ = place.walk(offset=8)

        assert not walk.resolved

    def test_it_tells_where_it_is_after_each_answer(self) -> None:
        """Which is where the next run goes on, if this one ends now."""
        place = Place(rows=list(range(9)))
        walk = Walk(place._answer, allowed=4, passes=20)

        told = [(walk.offset, walk.passed) for _ in walk.logs()]

        assert told == [(0, 0), (2, 0), (4, 0), (0, 1), (0, 1), (2, 1), (4, 1), (0, 2)]
