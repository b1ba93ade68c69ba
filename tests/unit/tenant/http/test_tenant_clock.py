"""What time it is at the tenant, also where a cache answers for it."""

from __future__ import annotations

import logging
from datetime import timedelta
from email.utils import format_datetime

import pytest

from mpl_export.tenant.http.tenant_clock import TenantClock
from mpl_export.tenant.http.transport import Answer
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, MINUTE, SECOND


def dated(by: timedelta, **headers: str) -> Answer:
    """An answer that was made so long after noon."""
    return Answer(200, {"Date": format_datetime(NOON + by, usegmt=True), **headers}, b"")


def heard(*answers: Answer) -> TenantClock:
    """What is known after some answers, at noon."""
    clock = TenantClock(ManualClock())
    for answer in answers:
        clock.hear(answer)
    return clock


@pytest.mark.parametrize(
    ("answer", "ahead", "now"),
    [
        (dated(-HOUR), HOUR, NOON - HOUR),
        (dated(-HOUR, Age="3600"), timedelta(0), NOON),
        (dated(-HOUR, Age=" 3540 "), MINUTE, NOON - MINUTE),
        (dated(-HOUR, Age="an hour"), HOUR, NOON - HOUR),
        (dated(-HOUR, Age="9" * 5000), HOUR, NOON - HOUR),
        (dated(HOUR), -HOUR, NOON),
    ],
)
def test_the_age_of_an_answer_counts(answer: Answer, ahead: timedelta, now: object) -> None:
    """A cached answer is dated by when it was made; ours is the time if the tenant is ahead."""
    clock = heard(answer)

    assert (clock.ahead, clock.now) == (ahead, now)
    assert clock.is_behind == (ahead > MINUTE)


def test_the_newest_answer_counts() -> None:
    """An old one only tells that something was stored on the way."""
    clock = heard(dated(-HOUR), dated(-SECOND), dated(-2 * HOUR))

    assert (clock.ahead, clock.now) == (SECOND, NOON - SECOND)


def test_a_tenant_that_tells_no_time_leaves_us_ours() -> None:
    """There is nothing else."""
    clock = heard(Answer(200, {}, b""), Answer(200, {"Date": "noon"}, b""))

    assert (clock.ahead, clock.now, clock.is_behind) == (None, NOON, False)


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (-HOUR, "3600 s ahead of that of the tenant tenant.example"),
        (HOUR, "3600 s behind that of the tenant tenant.example"),
        (MINUTE, ""),
        (-MINUTE, ""),
    ],
)
def test_clocks_that_differ_by_more_than_a_minute_are_told(
    by: timedelta, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever wonders about a lag finds it in the log."""
    caplog.set_level(logging.WARNING)

    heard(dated(by)).warn("tenant.example")

    assert words in caplog.text
    assert bool(caplog.text) == bool(words)


class TestRuns:
    """A cached document must not freeze the export, with success."""

    @pytest.mark.parametrize("tells_age", [True, False])
    def test_a_cached_document_does_not_hold_back_the_export(self, *, tells_age: bool) -> None:
        """Where its age is not told, a question that no cache knows tells the time."""
        harness = Harness()
        harness.tenant.behaviour.metadata_age = 6 * HOUR
        harness.tenant.behaviour.tells_age = tells_age
        harness.tenant.add(log_end=NOON - MINUTE)

        report = harness.run()

        assert report.until == NOON
        assert harness.states() == harness.truth()
        assert "clock_ahead_seconds" not in report.as_json()

    def test_no_cache_on_the_way_is_to_answer(self) -> None:
        """Neither one of HTTP/1.1 nor an older one."""
        harness = Harness()
        sent: list[dict[str, str]] = []
        harness.after_answer.append(lambda request, _: sent.append(dict(request.headers)))

        harness.run()

        assert sent
        assert all("no-cache" in it["Cache-Control"] for it in sent)
        assert all(it["Pragma"] == "no-cache" for it in sent)

    @pytest.mark.parametrize(("skew", "told"), [(5 * MINUTE, 300), (-5 * MINUTE, -300)])
    def test_the_report_tells_that_clocks_differ(self, skew: timedelta, told: int) -> None:
        """For people, and for whoever searches the log."""
        harness = Harness()
        harness.clock.skew = skew

        assert harness.run().as_json()["clock_ahead_seconds"] == told
