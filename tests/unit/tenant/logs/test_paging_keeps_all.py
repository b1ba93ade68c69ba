"""Paging throws away nothing that it received, and takes nothing for read that was not shown."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from mpl_export.errors import UnexpectedResponseError
from mpl_export.model import Page, Span
from mpl_export.tenant.logs.paging import WALK_PASSES, read_pages
from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant import Request as Asked
from tests.support.exporter.exporter_harness import Harness
from tests.support.exporter.shown_versions import ShownVersions
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MILLISECOND = timedelta(milliseconds=1)
SPAN = Span(since=NOON - HOUR, until=NOON)
TIE = NOON - MINUTE


@dataclass
class Reading:
    """A tenant in front of the paging, what its answers showed, and what was given of them."""

    harness: Harness = field(default_factory=Harness)
    shown: ShownVersions = field(default_factory=ShownVersions)
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.harness.after_answer.append(self.shown.look_at)

    @property
    def tenant(self) -> SapTenant:
        """The tenant."""
        return self.harness.tenant

    def read(self, span: Span = SPAN) -> set[str]:
        """Read a span; the ids that were found."""
        run = self.harness.prepared()
        with run.connect(run.reading) as connected:
            connected.api.open()
            for page in read_pages(connected.api, span, self.harness.clock):
                self.pages.append(page)
        return {log.guid or "" for page in self.pages for log in page.logs}

    def given(self) -> set[str]:
        """The versions in the pages."""
        return {log.version.hex() for page in self.pages for log in page.logs}

    def asked(self) -> list[str]:
        """The questions for pages."""
        return [it.target for it in self.tenant.requests if "Logs?" in it.target]


@pytest.fixture
def reading() -> Reading:
    """A tenant with nothing in it."""
    return Reading()


def on_request(reading: Reading, act: Callable[[int], object]) -> None:
    """Let something happen before each page is made; told how many were asked for before."""
    asked = 0

    def happen(_tenant: SapTenant, request: Asked) -> None:
        nonlocal asked
        if "Logs?" in request.target:
            act(asked)
            asked += 1

    reading.tenant.on_request.append(happen)


def test_rows_that_change_before_their_place_is_walked_are_given_as_they_were(
    reading: Reading,
) -> None:
    """Nearly a thousand failures, shown once in a good answer, and retried a moment later."""
    guids = [reading.tenant.add(status="FAILED", log_end=TIE) for _ in range(1500)]

    def retry(asked: int) -> None:
        if asked == 1:
            for guid in guids:
                reading.tenant.change(guid, status="COMPLETED", log_end=NOON + HOUR)

    on_request(reading, retry)

    reading.read(Span(since=TIE, until=NOON))

    failed = [log for page in reading.pages for log in page.logs if log.status == "FAILED"]
    assert len(failed) == 1000
    assert reading.given() == reading.shown.ids


def test_what_was_given_before_the_walk_is_not_given_again(reading: Reading) -> None:
    """A tie is read at least twice, and stored once."""
    for _ in range(1500):
        reading.tenant.add(log_end=TIE)

    reading.read()

    assert sum(len(page.logs) for page in reading.pages) == 1500


def test_a_tie_from_which_rows_leave_at_random_is_given_as_shown(reading: Reading) -> None:
    """Whatever an answer showed is given, also of rows that are gone by the next one."""
    dice = random.Random(7)  # noqa: S311 - a life to be repeated, no secret
    guids = [reading.tenant.add(log_end=TIE) for _ in range(2500)]
    left: set[str] = set()

    def leave(_asked: int) -> None:
        for guid in dice.sample(sorted(set(guids) - left), 100):
            left.add(guid)
            reading.tenant.change(guid, status="RETRY", log_end=NOON + HOUR)

    on_request(reading, leave)

    assert reading.read() >= set(guids) - left
    assert reading.given() == reading.shown.ids


@pytest.mark.parametrize("order", ["stable", "shuffle"])
def test_a_small_cap_with_lists_read_along(reading: Reading, order: str) -> None:
    """Rows move and go while each page is made: it may show none of those it was chosen for."""
    reading.harness.environment["EXPAND"] = "CustomHeaderProperties"
    reading.tenant.behaviour.page_cap = 7
    reading.tenant.behaviour.tie_order = "shuffle" if order == "shuffle" else "stable"
    dice = random.Random(3)  # noqa: S311 - a life to be repeated, no secret
    guids = [reading.tenant.add(log_end=TIE - n // 9 * MILLISECOND) for n in range(150)]
    left: set[str] = set()

    def change(chosen: list[str]) -> None:
        for guid in chosen:
            if guid in guids and guid not in left and dice.random() < 0.3:
                left.add(guid)
                reading.tenant.change(
                    guid, status="FAILED", log_end=NOON + dice.randint(0, 9) * SECOND
                )

    reading.tenant.between_queries.append(change)

    assert reading.read() >= set(guids) - left
    assert reading.given() == reading.shown.ids
    assert reading.pages[-1].reached == SPAN.until


class TestOrder:
    """Keys lead on only where the tenant heeds the order that was asked for."""

    def test_a_tenant_that_ignores_the_order_is_told_after_its_page(self, reading: Reading) -> None:
        """To go on from the greatest end of such a page would leave out two thirds."""
        reading.tenant.behaviour.heeds_order = False
        for n in range(3000):
            reading.tenant.add(log_end=NOON - SECOND - n * SECOND)

        with pytest.raises(UnexpectedResponseError, match=r"ignores \$orderby"):
            reading.read()

        assert len(reading.pages) == 1
        assert reading.pages[0].reached == SPAN.since, "nothing is taken for read"
        assert len(reading.given()) == 1000
        assert reading.given() == reading.shown.ids

    def test_an_answer_that_is_not_full_needs_no_order(self, reading: Reading) -> None:
        """There is nothing behind it."""
        reading.tenant.behaviour.heeds_order = False
        guids = [reading.tenant.add(log_end=NOON - SECOND - n * SECOND) for n in range(30)]

        assert reading.read() == set(guids)

    def test_lists_read_along_come_in_another_order_and_that_is_well(
        self, reading: Reading
    ) -> None:
        """The second query, which fetches them, mixes the rows of a page; the page is right."""
        reading.harness.environment["EXPAND"] = "CustomHeaderProperties"
        reading.tenant.behaviour.page_cap = 10
        guids = [reading.tenant.add(log_end=SPAN.since + n * SECOND) for n in range(95)]

        assert reading.read() == set(guids)


class TestEmptyPagesWithALink:
    """A link to more behind nothing is a claim that there is something."""

    SPAN = Span(since=NOON - DAY, until=NOON)

    def test_the_day_is_narrowed_down_to_the_place(self, reading: Reading) -> None:
        """Around one place the tenant shows nothing but a link; all else is read, by time."""
        guids = [reading.tenant.add(log_end=NOON - n * MINUTE) for n in range(1, 1400)]
        place = NOON - 700 * MINUTE + 30 * SECOND
        hidden = reading.tenant.add(log_end=place)
        reading.tenant.faults.add(Fault(kind="empty_page", at=place, times=None))

        found = reading.read(self.SPAN)

        assert set(guids) <= found
        assert hidden not in found
        assert sum(page.ties_unresolved for page in reading.pages) == 1
        assert reading.pages[-1].reached == NOON
        assert len(reading.asked()) < 200

    def test_without_a_count_nothing_counts_as_read(self, reading: Reading) -> None:
        """Also where the tenant does not say how many rows there are."""
        reading.tenant.behaviour.counts = False
        guids = [reading.tenant.add(log_end=NOON - n * MINUTE) for n in range(1, 1400)]
        place = NOON - 700 * MINUTE + 30 * SECOND
        reading.tenant.add(log_end=place)
        reading.tenant.faults.add(Fault(kind="empty_page", at=place, times=None))

        assert reading.read(self.SPAN) >= set(guids)
        assert sum(page.ties_unresolved for page in reading.pages) >= 1

    def test_a_count_of_none_settles_it(self, reading: Reading) -> None:
        """A tenant that links on from every empty page is asked twice, not by milliseconds."""
        reading.tenant.faults.add(Fault(kind="empty_page", times=None, match="Logs?"))

        assert reading.read(self.SPAN) == set()
        assert len(reading.asked()) == 2
        assert sum(page.ties_unresolved for page in reading.pages) == 0

    def test_one_that_passes_costs_nothing(self, reading: Reading) -> None:
        """The second answer is as good as a first."""
        guids = {reading.tenant.add(log_end=NOON - n * MINUTE) for n in range(1, 9)}
        reading.tenant.faults.add(Fault(kind="empty_page", times=1, match="Logs?"))

        assert reading.read(self.SPAN) == guids
        assert len(reading.asked()) == 2


def test_a_tie_without_a_count_is_read_and_told(reading: Reading) -> None:
    """Nothing says that it is all."""
    reading.tenant.behaviour.counts = False
    reading.tenant.behaviour.page_cap = 10
    guids = {reading.tenant.add(log_end=TIE) for _ in range(35)}

    assert reading.read() == guids
    assert sum(page.ties_unresolved for page in reading.pages) == 1
    assert len(reading.asked()) < 2 * WALK_PASSES
