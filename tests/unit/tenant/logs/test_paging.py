"""Reading a span by key: whatever moves, ties or fails meanwhile, nothing of it is missed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import (
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.instants import EPOCH
from mpl_export.model import Page, Span
from mpl_export.tenant.http.attempts import THROTTLED_ATTEMPTS
from mpl_export.tenant.http.transport import TlsError
from mpl_export.tenant.logs.paging import WALK_PASSES, read_pages
from mpl_export.tenant.logs.unreadable import (
    MayStepOver,
    SilentTenantError,
    UnreadableInstantError,
    never,
)
from mpl_export.tenant.odata.answers import (
    RawPage,
)
from operate.sap_tenant import (
    Fault,
    Request,
    SapTenant,
    failing_interval,
    malformed_row,
    throttled,
    unreadable_row,
)
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, MINUTE, SECOND, guid_of, row_of

MILLISECOND = timedelta(milliseconds=1)
MICROSECOND = timedelta(microseconds=1)
SPAN = Span(since=NOON - HOUR, until=NOON)


@dataclass
class Reading:
    """A tenant in front of the paging, and what came of it.

    Attributes:
        pages: The pages so far, also if it failed after them.
    """

    harness: Harness = field(default_factory=Harness)
    pages: list[Page] = field(default_factory=list)

    @property
    def tenant(self) -> SapTenant:
        """The tenant."""
        return self.harness.tenant

    def read(self, may_step_over: MayStepOver = never, span: Span = SPAN) -> set[str]:
        """Read the span; the ids that were found."""
        run = self.harness.prepared()
        with run.connect(run.reading) as connected:
            connected.api.open()
            for page in read_pages(
                connected.api, span, self.harness.clock, may_step_over=may_step_over
            ):
                self.pages.append(page)
        return self.found()

    def found(self) -> set[str]:
        """The ids in the pages."""
        return {
            (log.readable and log.guid) or "unreadable" for page in self.pages for log in page.logs
        }

    def queries(self) -> list[str]:
        """What was asked of the logs, as it was sent."""
        return [
            exchange.target
            for exchange in self.tenant.requests
            if "/MessageProcessingLogs?" in exchange.target
        ]


@pytest.fixture
def reading() -> Reading:
    """A tenant that puts ten rows into an answer."""
    reading = Reading()
    reading.tenant.behaviour.page_cap = 10
    return reading


def add(reading: Reading, count: int, step: timedelta = MINUTE / 2) -> list[str]:
    """Add rows, one every step since the beginning of the span."""
    return [reading.tenant.add(log_end=SPAN.since + n * step) for n in range(count)]


def test_an_empty_span_is_one_page(reading: Reading) -> None:
    """And one question: that is most runs of a quiet tenant."""
    reading.tenant.add(log_end=SPAN.since - MILLISECOND)
    reading.tenant.add(log_end=SPAN.until)

    assert reading.read() == set()
    assert [page.reached for page in reading.pages] == [SPAN.until]
    assert len(reading.queries()) == 1


def test_a_long_span_is_read_page_by_page(reading: Reading) -> None:
    """Every row once, but for those at the edge of two pages; and what is reached only grows."""
    guids = add(reading, 95)

    assert reading.read() == set(guids)

    reached = [page.reached for page in reading.pages]
    assert reached == sorted(reached)
    assert reached[-1] == SPAN.until
    assert sum(len(page.logs) for page in reading.pages) == 95
    assert len(reading.queries()) <= 12


@pytest.mark.parametrize("next_on_full_page", [True, False])
def test_a_last_page_that_is_full_is_no_trap(
    reading: Reading,
    next_on_full_page: bool,  # noqa: FBT001
) -> None:
    """Whether the link that follows leads to nothing, or there is none."""
    reading.tenant.behaviour.next_on_full_page = next_on_full_page

    assert reading.read() == set()
    assert reading.read() | set(add(reading, 10)) == reading.read()


def test_a_full_page_without_a_link_is_not_the_last() -> None:
    """With as many rows as were allowed, there may be more, whatever the answer says."""
    source = Scripted(
        page_with(*(row_of(n, SPAN.since + n * SECOND) for n in range(1000))),
        page_with(row_of(7777, NOON - SECOND)),
    )

    pages = source.read()

    assert sum(len(page.logs) for page in pages) == 1001
    assert len(source.asked) == 2


def test_no_offset_and_no_link_is_ever_followed(reading: Reading) -> None:
    """They count rows of a moving set; and the token must not go where a link points."""
    add(reading, 95)
    reading.tenant.faults.add(Fault(kind="foreign_next", times=None, rows_above=0))

    reading.read()

    assert all("$skip" not in query for query in reading.queries())
    assert all(one.target.startswith("/api/v1/") for one in reading.tenant.requests)


def test_rows_that_change_while_they_are_read_are_not_missed(reading: Reading) -> None:
    """Each change moves a row to the end, and all later ones up: an offset skips as many rows."""
    guids = add(reading, 80)
    moving = iter(guids[::2])

    def move(tenant: SapTenant, request: Request) -> None:
        if "/MessageProcessingLogs?" in request.target and (guid := next(moving, None)):
            tenant.change(guid, status="COMPLETED", log_end=NOON - SECOND)

    reading.tenant.on_request.append(move)

    assert reading.read() == set(guids)


def test_rows_that_leave_while_they_are_read_take_no_other_with_them(reading: Reading) -> None:
    """A row that moves beyond the span is the next run's; the rows behind it are ours."""
    guids = add(reading, 80)
    leaving = iter(guids[:30])
    left: set[str] = set()

    def leave(tenant: SapTenant, request: Request) -> None:
        if "/MessageProcessingLogs?" in request.target and (guid := next(leaving, None)):
            left.add(guid)
            tenant.change(guid, log_end=NOON + HOUR)

    reading.tenant.on_request.append(leave)

    assert reading.read() >= set(guids) - left


class TestTies:
    """More rows within a millisecond than fit a page."""

    @pytest.mark.parametrize("order", ["stable", "shuffle"])
    @pytest.mark.parametrize("count", [11, 37])
    def test_a_tie_is_walked_until_all_of_it_is_known(
        self, reading: Reading, count: int, order: str
    ) -> None:
        """The order within it means nothing, and may be another one at every request."""
        reading.tenant.behaviour.tie_order = "shuffle" if order == "shuffle" else "stable"
        guids = add(reading, 5)
        guids += [reading.tenant.add(log_end=NOON - MINUTE) for _ in range(count)]
        guids += [reading.tenant.add(log_end=NOON - MINUTE + SECOND) for _ in range(3)]

        assert reading.read() == set(guids)
        assert sum(page.ties_unresolved for page in reading.pages) == 0
        assert reading.pages[-1].reached == SPAN.until

    def test_rows_that_leave_a_tie_take_no_other_with_them(self, reading: Reading) -> None:
        """Offsets overlap by half a page, so that what moves up is still seen."""
        guids = [reading.tenant.add(log_end=NOON - MINUTE) for _ in range(60)]
        leaving = iter(guids)
        left: set[str] = set()

        def leave(tenant: SapTenant, request: Request) -> None:
            if "$skip=" in request.target and (guid := next(leaving, None)):
                left.add(guid)
                tenant.change(guid, log_end=NOON + HOUR)

        reading.tenant.on_request.append(leave)

        assert reading.read() >= set(guids) - left

    def test_a_tie_that_cannot_be_told_apart_is_counted(self) -> None:
        """The tenant counts more rows than it ever shows: that is said, and reading goes on."""
        tie = page_with(*(row_of(n, SPAN.since) for n in range(10)), more=True, count=12)
        questions = 1 + 3 * WALK_PASSES  # a page of ten by fives: from 0, 5 and 10
        source = Scripted(*[tie] * questions, page_with(row_of(5000, NOON - SECOND)))

        pages = source.read()

        assert sum(page.ties_unresolved for page in pages) == 1
        assert pages[-1].reached == SPAN.until
        assert len(pages[-1].logs) == 1

    def test_a_walk_goes_on_while_it_finds_something(self) -> None:
        """As many as are counted is not all, if others have left since they were seen."""
        tie = [row_of(n, SPAN.since) for n in range(12)]
        full = page_with(*tie[:10], more=True, count=11)
        rest = page_with(*tie[5:11], count=11)
        again = page_with(*tie[:9], tie[11], more=True, count=11)
        source = Scripted(full, full, rest, again, rest, again, rest)

        pages = source.read()

        assert {log.guid for page in pages for log in page.logs} == {guid_of(n) for n in range(12)}
        assert sum(page.ties_unresolved for page in pages) == 0

    def test_a_tenant_that_ignores_offsets_and_counts_does_not_hold_us(self) -> None:
        """The same page for ever: a pass ends when it brings nothing new."""
        tie = [row_of(n, SPAN.since) for n in range(20)]

        class Stubborn:
            """Answers every question about the tie with its first page."""

            def __init__(self) -> None:
                self.asked = 0

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
                """Answer."""
                assert (order, top, narrowed) == ("LogEnd", None, False)
                assert skip >= 0
                del count
                self.asked += 1
                within = "11:00:00.000' and" in where
                return page_with(*(tie if within else []), more=within)

        source = Stubborn()
        pages = list(read_pages(source, SPAN, ManualClock()))

        assert pages[-1].reached == SPAN.until
        assert source.asked <= 2 + 2 * WALK_PASSES


class TestRounding:
    """The tenant keeps microseconds and shows milliseconds, cut or rounded."""

    @pytest.mark.parametrize("shown", ["cut", "rounded"])
    @pytest.mark.parametrize("micros", [0, 1, 499, 500, 501, 999])
    def test_rows_beside_the_edge_of_a_page_are_found(
        self, reading: Reading, shown: str, micros: int
    ) -> None:
        """The next question begins a millisecond before what the last row shows."""
        reading.tenant.behaviour.shown = "cut" if shown == "cut" else "rounded"
        guids = [
            reading.tenant.add(
                log_end=SPAN.since + MINUTE + n * timedelta(microseconds=437) + micros * MICROSECOND
            )
            for n in range(64)
        ]

        assert reading.read() == set(guids)

    @given(
        st.lists(st.integers(0, 12_000), min_size=1, max_size=70),
        st.integers(2, 9),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
    def test_every_row_is_found_wherever_it_stands(
        self,
        micros: list[int],
        cap: int,
        cut: bool,  # noqa: FBT001
        shuffle: bool,  # noqa: FBT001
        moving: bool,  # noqa: FBT001
    ) -> None:
        """Rows crowd within twelve milliseconds, pages are tiny, and rows move while they can."""
        reading = Reading()
        behaviour = reading.tenant.behaviour
        behaviour.page_cap = cap
        behaviour.shown = "cut" if cut else "rounded"
        behaviour.tie_order = "shuffle" if shuffle else "stable"
        guids = [reading.tenant.add(log_end=NOON - SECOND + n * MICROSECOND) for n in micros]
        movers = iter(guids[: len(guids) // 3] if moving else [])

        def move(tenant: SapTenant, request: Request) -> None:
            if "/MessageProcessingLogs?" in request.target and (guid := next(movers, None)):
                tenant.change(guid, log_end=NOON - MILLISECOND)

        reading.tenant.on_request.append(move)

        assert reading.read() == set(guids)
        reached = [page.reached for page in reading.pages]
        assert reached == sorted(reached)
        assert reached[-1] == SPAN.until


class TestAskingForLess:
    """A question that fails is asked for half as much, down to a single row."""

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(kind="status", status=500, rows_above=4, times=None),
            Fault(kind="slow", rows_above=4, times=None),
            Fault(kind="oversized", rows_above=4, times=None, size=17 << 20),
            Fault(kind="truncated_json", rows_above=4, times=None),
            Fault(kind="reset_in_body", rows_above=4, times=None),
        ],
        ids=lambda fault: fault.kind,
    )
    def test_large_answers_that_fail_become_small_ones(
        self, reading: Reading, fault: Fault
    ) -> None:
        """Whatever keeps them from arriving."""
        guids = add(reading, 40)
        guids += [reading.tenant.add(log_end=NOON - MINUTE) for _ in range(7)]
        reading.tenant.faults.add(fault)

        assert reading.read() == set(guids)

    def test_after_a_bad_stretch_questions_grow_again(self, reading: Reading) -> None:
        """One bad hour must not make a month of small questions."""
        reading.tenant.behaviour.page_cap = 1000
        reading.tenant.faults.add(
            Fault(kind="status", status=500, at=SPAN.since + MINUTE, times=12)
        )
        guids = add(reading, 60)

        assert reading.read() == set(guids)
        assert len(reading.queries()) < 60

    @pytest.mark.parametrize("status", [500, None])
    def test_a_millisecond_that_fails_is_named_after_all_before_it(
        self, reading: Reading, status: int | None
    ) -> None:
        """What was read up to there is stored; the error says where it stopped."""
        guids = add(reading, 60)
        bad = SPAN.since + 30 * MINUTE + 7 * MILLISECOND
        reading.tenant.faults.add(failing_interval(bad, status=status))

        with pytest.raises(UnreadableInstantError, match=r"12:30:00\.007|11:30:00\.007") as caught:
            reading.read()

        assert caught.value.instant == bad
        assert reading.found() == set(guids[:61])
        assert reading.pages[-1].reached == bad

    def test_a_millisecond_that_may_be_left_out_is(self, reading: Reading) -> None:
        """And it is said; all that stands around it is read."""
        guids = add(reading, 60)
        bad = SPAN.since + 30 * MINUTE + 7 * MILLISECOND
        poisoned = reading.tenant.add(log_end=bad)
        reading.tenant.faults.add(unreadable_row(poisoned))

        found = reading.read(lambda instant, _: instant == bad)

        assert found == set(guids)
        assert [it for page in reading.pages for it in page.stepped_over] == [bad]
        stepping = next(page for page in reading.pages if page.stepped_over)
        assert stepping.reached > bad

    def test_an_outage_steps_over_nothing(self, reading: Reading) -> None:
        """A millisecond is left out only once the tenant has answered for what follows."""
        add(reading, 60)
        reading.tenant.faults.add(
            Fault(kind="status", status=503, match="/MessageProcessingLogs?", times=None)
        )

        with pytest.raises(SilentTenantError, match=r"tenant\.example does not answer: .* 503"):
            reading.read(lambda _, before: before < 3)

        assert reading.pages == []

    def test_the_only_row_in_a_crowd_that_fails_costs_its_millisecond(
        self, reading: Reading
    ) -> None:
        """Others of the same millisecond may be lost to this run; none of the next ones is."""
        crowd = [reading.tenant.add(log_end=NOON - MINUTE) for _ in range(30)]
        after = reading.tenant.add(log_end=NOON - MINUTE + 2 * MILLISECOND)
        before = reading.tenant.add(log_end=NOON - MINUTE - 2 * MILLISECOND)
        reading.tenant.faults.add(unreadable_row(crowd[0]))

        found = reading.read(lambda instant, _: instant == NOON - MINUTE)

        assert {before, after} <= found
        assert [it for page in reading.pages for it in page.stepped_over] == [NOON - MINUTE]

    def test_to_be_throttled_is_no_reason_to_ask_for_less(self, reading: Reading) -> None:
        """More and smaller questions would be throttled all the more."""
        add(reading, 5)
        fault = throttled("1")
        fault.match, fault.times = "Logs?", None
        reading.tenant.faults.add(fault)

        with pytest.raises(TenantThrottledError):
            reading.read()
        assert len(reading.queries()) == THROTTLED_ATTEMPTS

    def test_a_refused_handshake_is_no_reason_to_ask_for_less(self) -> None:
        """Nor is anything else that has nothing to do with the question."""
        source = Scripted(TlsError("CERTIFICATE_VERIFY_FAILED", ""))

        with pytest.raises(TlsError):
            source.read()
        assert len(source.asked) == 1

    def test_a_smaller_question_is_marked_as_one(self) -> None:
        """It is asked once and waited for less long; the smallest one gets its second chance."""
        source = Scripted(*[TenantUnavailableError("500")] * 80)

        with pytest.raises(SilentTenantError):
            source.read()

        *questions, last = source.asked
        assert last == (Span(since=EPOCH, until=EPOCH + MILLISECOND), 1, True)
        assert questions[-1][:2] == (Span(since=SPAN.since, until=SPAN.since + MILLISECOND), 1)
        patient = [place for place, (_, _, narrowed) in enumerate(questions) if not narrowed]
        assert patient == [0, next(n for n, (_, top, _) in enumerate(questions) if top == 1)]
        assert len(questions) < 20  # each may cost half a minute


class TestStrangeAnswers:
    """What a tenant should not do."""

    def test_a_tenant_that_ignores_the_filter_is_told(self) -> None:
        """Its page would be taken for the beginning of the span, for ever."""
        source = Scripted(page_with(row_of(1, NOON - 5 * HOUR)))

        with pytest.raises(UnexpectedResponseError, match="ignores the filter"):
            source.read()

    def test_rows_of_a_page_that_ignores_the_filter_are_kept(self) -> None:
        """They may have changed before they are seen again; what is older was not asked for."""
        rows = [row_of(1, SPAN.since - HOUR), row_of(2, SPAN.since + HOUR), row_of(3, None)]
        source = Scripted(page_with(*rows))
        pages: list[Page] = []

        with pytest.raises(UnexpectedResponseError, match="ignores the filter"):
            pages.extend(read_pages(source, SPAN, ManualClock()))

        assert [log.guid for page in pages for log in page.logs] == [
            rows[1]["MessageGuid"],
            rows[2]["MessageGuid"],
        ]
        assert {page.reached for page in pages} == {SPAN.since}

    @pytest.mark.parametrize("end", [SPAN.until + HOUR, SPAN.until])
    def test_a_row_that_moved_while_the_page_was_made_says_nothing(self, end: datetime) -> None:
        """It shows an end beyond the span: to go on from there would skip the rest."""
        first = [row_of(n, SPAN.since + n * SECOND) for n in range(999)]
        source = Scripted(
            page_with(*first, row_of(999, end), more=True),
            page_with(row_of(1000, NOON - MINUTE)),
        )

        pages = source.read()

        assert pages[0].reached == SPAN.since + 998 * SECOND - MILLISECOND
        assert sum(len(page.logs) for page in pages) == 1001

    def test_a_full_page_without_a_date_asks_for_less(self) -> None:
        """Nothing in it says how far it reaches."""
        undated = [row_of(n, None) for n in range(1000)]
        source = Scripted(page_with(*undated, more=True), page_with(row_of(1, SPAN.since)))

        pages = source.read()

        assert (len(pages[0].logs), pages[0].reached) == (1000, SPAN.since)
        assert pages[1].reached == source.asked[1][0].until < SPAN.until
        assert source.asked[1][0].since == SPAN.since
        assert pages[-1].reached == SPAN.until

    @pytest.mark.parametrize("shape", ["date_garbage", "date_number", "not_an_object", "null"])
    def test_a_row_that_cannot_be_read_is_kept(self, reading: Reading, shape: str) -> None:
        """And the rows beside it are read as ever."""
        guids = add(reading, 25)
        fault = malformed_row(guids[12])
        fault.shape = shape  # type: ignore[assignment]  # one of its shapes
        reading.tenant.faults.add(fault)

        assert reading.read() == {*guids[:12], *guids[13:], "unreadable"}


Asked = tuple[Span, int | None, bool]


def page_with(*rows: object, more: bool = False, count: int | None = None) -> RawPage:
    """A page of the tenant."""
    return RawPage(rows=list(rows), more=more, count=count)


class Scripted:
    """Answers in turn, and in the end with an empty page.

    Attributes:
        asked: Each question: its span, ``$top``, and whether it was a smaller one.
    """

    def __init__(self, *acts: RawPage | Exception) -> None:
        self.asked: list[Asked] = []
        self._acts = list(acts)

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
        """Answer."""
        del skip, count
        assert order == "LogEnd"
        since, until = (_instant(piece) for piece in where.split("'")[1::2])
        self.asked.append((Span(since=since, until=until), top, narrowed))
        act = self._acts.pop(0) if self._acts else page_with()
        if isinstance(act, Exception):
            raise act
        return act

    def read(self) -> list[Page]:
        """Read the span of this module."""
        return list(read_pages(self, SPAN, ManualClock()))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_questions_of_a_healthy_tenant_tile_the_span() -> None:
    """Each begins a millisecond before the newest row of the last one, and ends with the span."""
    ends = [SPAN.since + n * MINUTE for n in (10, 20, 30)]
    source = Scripted(*(page_with(row_of(n, end), more=True) for n, end in enumerate(ends)))

    source.read()

    spans = [span for span, _, _ in source.asked]
    assert [span.since for span in spans] == [SPAN.since, *(end - MILLISECOND for end in ends)]
    assert {span.until for span in spans} == {SPAN.until}
    assert all(one.since < other.since for one, other in pairwise(spans))
