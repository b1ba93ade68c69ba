"""Paging, question by question: how much is asked for after trouble, and what is given back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import TenantUnavailableError
from mpl_export.model import Page, Span
from mpl_export.tenant.logs.paging import read_pages
from mpl_export.tenant.logs.unreadable import SilentTenantError, UnreadableInstantError, never
from mpl_export.tenant.odata.answers import (
    PAGE_ROWS,
    RawPage,
)
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import row_of

if TYPE_CHECKING:
    from collections.abc import Callable

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Question:
    """What was asked: milliseconds from noon on, and how."""

    since: int
    until: int
    top: int | None = None
    skip: int = 0
    narrowed: bool = False
    count: bool = False


@dataclass
class Tenant:
    """Answers as it is told.

    Attributes:
        answer: Makes the answer to a question, or raises.
        asked: The questions so far.
        pages: What the paging made of the answers.
    """

    answer: Callable[[Question], RawPage]
    asked: list[Question] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    host = "tenant.example"

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> RawPage:
        """Answer one question."""
        assert order == "LogEnd"
        assert len(self.asked) < 300, "the reading does not end"
        since, until = (
            (datetime.fromisoformat(text).replace(tzinfo=UTC) - NOON) // MILLISECOND
            for text in re.findall(r"'([^']*)'", where)
        )
        self.asked.append(Question(since, until, top, skip, narrowed, count))
        told = self.answer(self.asked[-1])
        return RawPage(rows=told.rows, more=told.more, count=told.count if count else None)

    def read(self, milliseconds: int, *, stepping: bool = False) -> None:
        """Read so many milliseconds from noon on."""
        span = Span(since=NOON, until=NOON + milliseconds * MILLISECOND)
        may = (lambda _instant, _before: True) if stepping else never
        for page in read_pages(self, span, ManualClock(), may_step_over=may):
            self.pages.append(page)

    def widths(self) -> list[int]:
        """How long the stretches were that were asked for."""
        return [question.until - question.since for question in self.asked]

    def tops(self) -> list[int | None]:
        """How many rows were asked for."""
        return [question.top for question in self.asked]


def rows(*milliseconds: int, more: bool = False) -> RawPage:
    """Rows that ended so long after noon, each with an id of its own."""
    shown = [row_of(number, NOON + number * MILLISECOND) for number in milliseconds]
    return RawPage(rows=list(shown), more=more, count=len(shown))


def failing(times: int) -> Callable[[Question], RawPage]:
    """Fail so many times, and show nothing afterwards."""
    left = [TenantUnavailableError("the tenant timed out")] * times

    def answer(_question: Question) -> RawPage:
        if left:
            raise left.pop()
        return rows()

    return answer


def test_after_trouble_it_asks_for_eighths_and_then_for_twice_as_much_each_time() -> None:
    """But only once the stretch that failed is behind: it would meet the same trouble again."""
    tenant = Tenant(failing(2))

    tenant.read(64)

    assert tenant.widths() == [64, 8, *[1] * 8, 2, 4, 8, 16, 26]
    assert [question.narrowed for question in tenant.asked] == [False, *[True] * 14]


def test_once_it_asks_for_all_again_it_is_as_patient_as_at_first() -> None:
    """A narrowed question gets one attempt, which a tenant that is well again need not bear."""
    failures = failing(2)

    def answer(question: Question) -> RawPage:
        failures(question)
        if question.since <= 8:
            return rows()
        return rows(question.since + 2, more=True) if question.since < 16 else rows()

    tenant = Tenant(answer)

    tenant.read(64)

    later = [question for question in tenant.asked if question.since >= 8]
    assert [question.until - question.since for question in later] == [
        *(2, 4, 8, 16, 32, 50, 49, 48)
    ]
    assert [question.narrowed for question in later] == [True] * 5 + [False] * 3


def test_after_one_failure_of_a_millisecond_all_rows_are_asked_for_again() -> None:
    """An eighth of a page was shown, so the next question is for a page, without a number."""
    tenant = Tenant(failing(1))

    tenant.read(1)
    assert tenant.tops() == [None, PAGE_ROWS // 8]

    tenant = Tenant(failing(2))
    tenant.read(8)
    assert tenant.tops() == [None, None, PAGE_ROWS // 8, *[None] * 7]


def test_rows_are_asked_for_by_ever_fewer_and_then_by_all_again() -> None:
    """To one row of one millisecond, and back at once: the others need not be suspected."""
    tenant = Tenant(failing(4))

    tenant.read(8)

    assert tenant.tops() == [None, None, 125, 15, 1, *[None] * 7]


def test_the_smallest_question_of_all_gets_a_second_attempt() -> None:
    """What comes after it is to give a millisecond up."""
    tenant = Tenant(failing(3))

    tenant.read(1)

    assert [(question.top, question.narrowed) for question in tenant.asked] == [
        *((None, False), (125, True), (15, True), (1, False))
    ]


def test_a_failure_for_good_tells_what_the_tenant_said() -> None:
    """Its status or its silence is the first thing that SAP's support asks for."""
    said = TenantUnavailableError("502")

    def answer(question: Question) -> RawPage:
        if question.since < 0:  # long ago, to find out whether it answers at all
            return rows()
        raise said

    with pytest.raises(UnreadableInstantError) as caught:
        Tenant(answer).read(1)

    assert caught.value.__cause__ is said
    assert caught.value.instant == NOON


def test_what_is_left_out_at_the_very_end_is_told_without_a_claim() -> None:
    """Nothing has shown yet that the tenant answers for what comes after."""

    def answer(question: Question) -> RawPage:
        if question.until == 8:
            raise TenantUnavailableError("500")
        return rows()

    tenant = Tenant(answer)

    tenant.read(8, stepping=True)

    last = tenant.pages[-1]
    assert last.reached == NOON + 7 * MILLISECOND
    assert last.stepped_over == (NOON + 7 * MILLISECOND,)
    assert last.logs == []


@pytest.mark.parametrize("shown", [3, 4], ids=["rounded down", "at the start"])
def test_a_row_at_the_edge_of_two_pages_is_given_once(shown: int) -> None:
    """Each question begins a millisecond before the last row, so it shows rows that are known."""

    def answer(question: Question) -> RawPage:
        return rows(shown, 5, more=True) if question.since == 0 else rows(shown, 5, 6)

    tenant = Tenant(answer)

    tenant.read(10)

    given = [log.guid for page in tenant.pages for log in page.logs]
    assert len(given) == len(set(given)) == len({shown, 5, 6})
    assert tenant.asked[1].since == 4


def test_rows_are_counted_only_where_they_are_walked() -> None:
    """A count makes the tenant look at all rows of the span for each page."""

    def answer(question: Question) -> RawPage:
        return rows(5, 6, more=question.since == 0)

    tenant = Tenant(answer)
    tenant.read(10)
    assert [question.count for question in tenant.asked] == [False, False]

    tenant = Tenant(lambda _question: rows(0, more=True))
    tenant.read(1)
    assert [question.count for question in tenant.asked] == [False, True, True]


def test_a_full_millisecond_without_a_date_is_walked() -> None:
    """To ask for ever fewer of rows that show no date would never end."""
    unreadable: list[object] = [f"row {number}" for number in range(PAGE_ROWS + 3)]

    def answer(question: Question) -> RawPage:
        shown = unreadable[question.skip : question.skip + PAGE_ROWS]
        return RawPage(rows=shown, more=False, count=len(unreadable))

    tenant = Tenant(answer)

    tenant.read(1)

    assert sum(len(page.logs) for page in tenant.pages) == PAGE_ROWS + 3
    assert set(tenant.tops()) == {None}
    assert tenant.pages[-1].ties_unresolved == 0


def test_a_tenant_that_fails_for_the_plain_question_is_not_asked_millisecond_by_millisecond() -> (
    None
):
    """That it answers when rows are counted does not make it well: it would take for ever."""

    def answer(question: Question) -> RawPage:
        if not question.count:
            raise TenantUnavailableError("408")
        return rows()

    tenant = Tenant(answer)

    with pytest.raises(SilentTenantError):
        tenant.read(60_000)

    assert len(tenant.asked) < 20
