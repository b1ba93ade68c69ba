"""What a run asks first: $metadata, and the time."""

import logging
from datetime import timedelta
from email.utils import format_datetime

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import AccessRefusedError, OutOfTimeError, TenantThrottledError
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Answer, Request
from mpl_export.tenant.logs.opening import Opened, opened
from mpl_export.tenant.odata.asking import Asking
from tests.support.manual_clock import NOON, ManualClock
from tests.support.tenant.scripted_exchange import Say, ScriptedExchange
from tests.unit.samples import HOUR, MINUTE

METADATA = b"""<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><Schema>
  <EntityType Name="MessageProcessingLog">
    <Property Name="MessageGuid"/><Property Name="LogEnd"/>
    <NavigationProperty Name="AdapterAttributes"/>
  </EntityType></Schema></edmx:Edmx>"""


class OneToken:
    """A token that never ends."""

    def current(self) -> Token:
        """It."""
        return Token("first", NOON + HOUR)

    def renew(self, stale: Token) -> Token:
        """It again."""
        return stale


class Bench:
    """A tenant that says one thing after the other, in an hour of our time."""

    def __init__(self, *says: Say, skew: timedelta = timedelta(0)) -> None:
        self.clock = ManualClock(skew=skew)
        self.exchange = ScriptedExchange(list(says))
        attempts = Attempts(
            exchange=self.exchange, deadline=Deadline.after(self.clock, HOUR), jitter=lambda: 0.5
        )
        root = "https://tenant.example/api/v1"
        self.asking = Asking(root=root, tokens=OneToken(), attempts=attempts)

    def open(self) -> Opened:
        """Open the API."""
        return opened(self.asking, self.clock)

    def paths(self) -> list[str]:
        """What was asked for, without what followed it."""
        return [
            request.url.removeprefix("https://tenant.example/api/v1/").partition("?")[0]
            for request in self.exchange.asked
        ]


def answer(status: int = 200, body: bytes = METADATA, *, late: timedelta = timedelta(0)) -> Answer:
    """An answer that was made so long before noon."""
    date = format_datetime(NOON - late, usegmt=True)
    return Answer(status, {"Date": date, "content-type": "application/xml"}, body)


def test_what_the_tenant_declares_of_a_log_is_learnt() -> None:
    """Nothing else may be selected: an older tenant answers 400."""
    told = Bench(answer()).open()

    assert told.declared is not None
    assert told.declared.properties == {"MessageGuid", "LogEnd"}
    assert told.declared.navigation == {"AdapterAttributes"}
    assert (told.now, told.clock_ahead) == (NOON, timedelta(0))


@pytest.mark.parametrize(
    "said",
    [
        answer(400, b""),
        answer(404, b""),
        answer(501, b""),
        answer(503, b""),
        answer(200, b"no XML"),
        Answer(200, {"content-type": "text/html"}, b"<html>Log in</html>"),
    ],
    ids=lambda said: f"{said.status}-{said.body[:3].decode()}",
)
def test_a_closed_description_does_not_stop_the_export(
    said: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """Some gateways let only the entities through: the logs are asked for without $select."""
    with caplog.at_level(logging.WARNING):
        told = Bench(said).open()

    assert told.declared is None
    assert "asking without $select" in caplog.text


def test_a_page_for_people_is_asked_for_again() -> None:
    """A gateway shows one while it starts; the description may come right after."""
    html = Answer(200, {"content-type": "text/html"}, b"<html>One moment</html>")

    assert Bench(html, answer()).open().declared is not None


def test_a_tenant_that_is_busy_is_not_one_without_a_description() -> None:
    """To go on would ask it yet more, and lose $select for the run."""
    with pytest.raises(TenantThrottledError):
        Bench(answer(429, b"")).open()


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_opens_nothing_stops_it_at_once(status: int) -> None:
    """A role is missing: no other question would fare better."""
    with pytest.raises(AccessRefusedError):
        Bench(answer(status, b"")).open()


def test_time_that_is_up_is_not_taken_for_a_closed_description() -> None:
    """The run ends, and says so."""
    bench = Bench(answer())
    bench.clock.turn(2 * HOUR)

    with pytest.raises(OutOfTimeError):
        bench.open()


@pytest.mark.parametrize(
    ("skew", "now"), [(5 * MINUTE, NOON), (-5 * MINUTE, NOON - 5 * MINUTE)], ids=["ahead", "behind"]
)
def test_the_earlier_of_the_two_clocks_counts(skew: timedelta, now: object) -> None:
    """A clock of ours that runs ahead would end the overlap before it began."""
    told = Bench(answer(), skew=skew).open()

    assert (told.now, told.clock_ahead) == (now, skew)


def test_what_a_tenant_says_of_no_time_is_our_time_in_milliseconds() -> None:
    """The tenant rounds to them, too."""
    told = Bench(Answer(200, {}, METADATA), skew=timedelta(microseconds=1234)).open()

    assert (told.now, told.clock_ahead) == (NOON + timedelta(milliseconds=1), None)


class TestAnOldAnswer:
    """A cache may have answered for the tenant; it cannot know a question about this instant."""

    def test_the_time_is_asked_for_afresh(self) -> None:
        """Else an hour-old description would hold the export back by an hour."""
        bench = Bench(answer(late=HOUR), answer(body=b"0"))

        told = bench.open()

        assert (told.now, told.clock_ahead) == (NOON, timedelta(0))
        assert bench.paths() == ["$metadata", "MessageProcessingLogs/$count"]

    def test_a_fresh_answer_costs_no_second_question(self) -> None:
        """A minute is what clocks may differ by."""
        bench = Bench(answer(late=MINUTE))

        bench.open()

        assert bench.paths() == ["$metadata"]

    @pytest.mark.parametrize("status", [400, 403, 404, 429, 503])
    def test_a_refusal_leaves_the_old_time(
        self, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Less is read than could be; the next run reads it, and the log says why."""
        told = Bench(answer(late=HOUR), Answer(status, {}, b"")).open()

        assert (told.now, told.clock_ahead) == (NOON - HOUR, HOUR)
        assert "3600 s ahead of that of the tenant tenant.example" in caplog.text

    def test_it_goes_out_once(self) -> None:
        """A tenant in trouble is not asked three times for the time."""
        requests: list[Request] = []

        def say(request: Request) -> Say:
            requests.append(request)
            return answer(late=HOUR) if "metadata" in request.url else Answer(503, {}, b"")

        bench = Bench()
        bench.exchange.says = say
        bench.open()

        assert len(requests) == 2
