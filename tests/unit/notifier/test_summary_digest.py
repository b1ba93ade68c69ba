"""The morning summary as people get it."""

from dataclasses import replace
from datetime import timedelta

from mpl_export.checkpoint import Checkpoint, OpenNoted
from mpl_export.instants import iso_instant
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import Harness

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RULES = f"""
[owners]
"Sales" = "sales"
[[mute]]
name = "wms-upgrade"
reason = "The warehouse is upgraded"
until = {iso_instant(NOON + 2 * HOUR)}
receiver = "WMS"
[[mute]]
name = "known"
reason = "Ticket 4711"
until = {iso_instant(NOON + 9 * DAY)}
text = "duplicate"
"""


def day(
    harness: Harness, *, number: int, seconds: float, failures: int = 0, muted: int = 0
) -> None:
    """A day's one part."""
    start = iso_instant(harness.clock.now() - timedelta(seconds=seconds))
    records = [harness.record(n, Status="COMPLETED", LogStart=start) for n in range(20)]
    records += [harness.record(100 + n, LogStart=None) for n in range(failures)]
    records += [harness.record(200 + n, LogStart=None, Receiver="WMS") for n in range(muted)]
    harness.notifier().take([harness.part(records, number=number)])


def summaries(harness: Harness) -> list[tuple[str, str]]:
    """Subjects and bodies of the summaries."""
    return [
        (digest.subject, digest.body)
        for _, digest in harness.digests
        if digest.attributes["kind"] == "summary"
    ]


def lived(**environment: str) -> Harness:
    """Two quiet days, then one with failures, and the morning after."""
    harness = Harness(environment={"DAILY_SUMMARY": "on", **environment})
    harness.put_rules(RULES)
    harness.clock.turn(-2 * DAY)
    harness.notifier().flush()
    for number, seconds in enumerate((2.0, 4.0)):
        day(harness, number=number, seconds=seconds)
        harness.clock.turn(DAY)
        harness.notifier().flush()
    day(harness, number=2, seconds=9.0, failures=3, muted=2)
    harness.checkpoint = _with_open(harness, OpenNoted(count=2, since=NOON - 5 * HOUR))
    harness.clock.turn(DAY - 6 * HOUR)
    harness.notifier().flush()
    return harness


def _with_open(harness: Harness, found: OpenNoted) -> Checkpoint:
    return replace(harness.checkpoint, open=found)


def test_a_summary_as_a_person_gets_it() -> None:
    """Volume, failures, what is open, what is muted, what was slow: against the week before."""
    harness = lived()

    subject, body = summaries(harness)[-1]

    assert subject == "[demo] 2026-11-22: 25 messages, 5 failed, 2 muted"
    assert body == (
        "Sunday 2026-11-22 (UTC), tenant demo: 25 messages ended.\n"
        "          20  COMPLETED\n"
        "           5  FAILED\n"
        "          20  a day, over the 2 days before\n"
        "\n"
        "Failures by artifact:\n"
        "           5  Order_to_Cash\n"
        "\n"
        "Still open: 2 messages, the oldest begun at 2026-11-22 07:00:00Z.\n"
        "\n"
        "Muted:\n"
        "           2  wms-upgrade: Order_to_Cash 2\n"
        "              The warehouse is upgraded; until 2026-11-22 14:00:00Z\n"
        "       ended  wms-upgrade, at 2026-11-22 14:00:00Z\n"
        "           0  known; until 2026-12-01 12:00:00Z\n"
        "\n"
        "Slowest, on average:\n"
        "        9.0 s  Order_to_Cash, 20 messages; 3.0 s the week before, 3.0 times as long\n"
    )


def test_every_team_gets_it_once_a_day() -> None:
    """However often the notifier flushes."""
    harness = lived()
    harness.flush_for(timedelta(hours=1))

    found = [d for _, d in harness.digests if d.attributes["kind"] == "summary"]

    assert len(found) == 3
    assert found[-1].attributes["team"] == ["sales", "unassigned"]
    assert found[-1].attributes["severity"] == "info"


def test_it_is_off_unless_asked_for() -> None:
    """And then costs nothing: no part is counted."""
    harness = lived(DAILY_SUMMARY="off")

    assert summaries(harness) == []
    assert harness.store.volumes == {}


def test_a_part_that_comes_twice_is_counted_once() -> None:
    """The queue delivers at least once."""
    harness = Harness(environment={"DAILY_SUMMARY": "on"})
    harness.notifier().flush()
    part = harness.part([harness.record(1)])
    harness.notifier().take([part])
    harness.store.parts[part.name].told = False
    harness.store.parts[part.name].noted = False
    harness.clock.turn(HOUR)
    harness.notifier().take([part])
    harness.clock.turn(DAY - 6 * HOUR)
    harness.notifier().flush()

    assert summaries(harness)[0][0] == "[demo] 2026-11-22: 1 message, 1 failed, 0 muted"


def test_a_quiet_day_says_so() -> None:
    """Silence is loud."""
    harness = Harness(environment={"DAILY_SUMMARY": "on"})
    harness.notifier().flush()
    harness.clock.turn(DAY)
    harness.notifier().flush()

    (_, body), *_ = summaries(harness)

    assert "0 messages ended" in body
    assert "Nothing failed." in body
    assert "Still open: not known" in body
    assert "Muted: nothing." in body


def test_nothing_open_is_said() -> None:
    """It was looked, and nothing was found."""
    harness = Harness(environment={"DAILY_SUMMARY": "on"})
    harness.notifier().flush()
    harness.checkpoint = _with_open(harness, OpenNoted(count=0, since=None))
    harness.clock.turn(DAY)
    harness.notifier().flush()

    assert "Still open: no message." in summaries(harness)[0][1]
