"""A day as each of three teams received it: a window, a mute that ended, a flow that was stopped.

``docs/telling.md`` shows this day, and is held to it.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mpl_export.artifacts import Artifact
from mpl_export.checkpoint import OpenNoted
from mpl_export.instants import iso_instant
from tests.packaging.template import PROJECT
from tests.support.manual_clock import ManualClock
from tests.support.notifier.notifier_harness import Harness

PAGE = PROJECT / "docs" / "telling.md"
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = """\
default = "platform"

[owners]
"Sales" = "sales"
"Finance*" = "finance"

[[route]]
team = "platform"
text = "certificate"

[[route]]
team = "sales"
artifact = "Price_*"

[[mute]]
name = "wms-upgrade"
reason = "The warehouse system is upgraded (CHG-1042)"
from = 2026-11-22T01:00:00Z
until = 2026-11-22T04:00:00Z
receiver = "WMS"

[[mute]]
name = "duplicate-orders"
reason = "Known, harmless, mended with release 7 (INC-4711)"
until = 2026-11-22T12:00:00Z
artifact = "Order_*"
text = "duplicate order"
"""
ORDERS = {"Id": "Order_to_Cash", "Name": "Order to Cash", "PackageName": "Sales"}
STOCK = {"Id": "Stock_Sync", "Name": "Stock Sync", "PackageName": "Logistics"}
INVOICE = {"Id": "Invoice_Out", "Name": "Invoice Out", "PackageName": "Finance EU"}

REFUSED = "Connection refused: wms.example.com"
UNAVAILABLE = "HTTP operation failed invoking https://wms.example.com/x with statusCode: 503"
EVENTS = (
    ("00:20", STOCK, "WMS", REFUSED),
    ("02:10", STOCK, "WMS", REFUSED),
    ("02:40", ORDERS, "WMS", UNAVAILABLE),
    ("04:05", STOCK, "WMS", REFUSED),
    ("09:00", ORDERS, "CRM", "Duplicate order 4500017711"),
    ("10:30", INVOICE, "Tax", "The tax number is not known"),
    ("11:00", ORDERS, "CRM", "PKIX path validation failed: certificate expired"),
    ("12:30", ORDERS, "CRM", "Duplicate order 4500017799"),
)
"""When a message of which flow failed towards whom, and why; three more of the flow complete."""

PRICES = Artifact(
    id="Price_List",
    version="1.4.0",
    name="Price List",
    type="INTEGRATION_FLOW",
    deployed=MIDNIGHT - timedelta(days=9),
    status="STARTED",
)
SNAPSHOTS = {"00:00": PRICES, "14:00": replace(PRICES, status="STOPPED"), "16:00": PRICES}
"""What was deployed when the hourly look found something else than before."""


def lived() -> Harness:
    """The day, and the morning after."""
    harness = Harness(clock=ManualClock(MIDNIGHT), environment={"DAILY_SUMMARY": "on"})
    harness.put_rules(RULES)
    still_open = OpenNoted(count=2, since=MIDNIGHT + timedelta(hours=23))
    harness.checkpoint = replace(harness.checkpoint, open=still_open)
    harness.store.day = MIDNIGHT.date()
    happen = {_at(clock): rest for clock, *rest in EVENTS}
    looks = {_at(clock): artifact for clock, artifact in SNAPSHOTS.items()}
    number, previous = 0, None
    while harness.clock.now() < MIDNIGHT + timedelta(hours=30, minutes=5):
        found = happen.get(harness.clock.now())
        if found is not None:
            artifact, receiver, text = found
            number += 1
            of_flow = {"IntegrationArtifact": artifact, "Receiver": receiver}
            start = iso_instant(harness.clock.now() - number * MINUTE / 10)
            done = {"Status": "COMPLETED", "LogStart": start, "ErrorText": None, **of_flow}
            failed = {"ErrorText": text, "AlternateWebLink": None, **of_flow}
            records = [harness.record(10 * number + n) | done for n in range(3)]
            records.append(harness.record(10 * number + 9) | failed)
            harness.notifier().take([harness.part(records, number=number)])
        if (deployed := looks.get(harness.clock.now())) is not None:
            previous = harness.snapshot(deployed, previous=previous)
            assert harness.notifier().look([previous]) == []
        harness.notifier().flush()
        harness.clock.turn(5 * MINUTE)
    return harness


def _at(clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return MIDNIGHT + timedelta(hours=hours, minutes=minutes)


def received(harness: Harness) -> dict[str, list[str]]:
    """When each team got which subject."""
    mails: defaultdict[str, list[str]] = defaultdict(list)
    for at, digest in harness.digests:
        team = digest.attributes["team"]
        for each in [team] if isinstance(team, str) else team:
            mails[each].append(f"{at:%d %H:%M}  {digest.subject}")
    return dict(mails)


def test_each_team_received_its_own_and_nothing_of_the_window() -> None:
    """By subject and minute: after a mute the first failure at once, a flow's stop and start."""
    new = "[demo] NEW 1 FAILED:"
    summary = "23 06:00  [demo] 2026-11-22: 32 messages, 8 failed, 3 muted"
    expired = "PKIX path validation failed: certificate expired"

    assert received(lived()) == {
        "sales": [
            f"22 12:30  {new} Order to Cash - Duplicate order 4500017799",
            "22 14:00  [demo] STOPPED: Price List",
            "22 16:00  [demo] RUNS AGAIN: Price List",
            summary,
        ],
        "finance": [f"22 10:30  {new} Invoice Out - The tax number is not known", summary],
        "platform": [
            f"22 00:20  {new} Stock Sync - {REFUSED}",
            f"22 04:05  [demo] AGAIN 1 FAILED: Stock Sync - {REFUSED}",
            f"22 11:00  {new} Order to Cash - {expired}",
            summary,
        ],
        "unassigned": [summary],
    }


def test_the_page_shows_what_was_received() -> None:
    """The rules, each team's mails, that of the stopped flow, and the summary as it was sent."""
    page = PAGE.read_text()
    harness = lived()

    assert RULES in page
    for team, subjects in received(harness).items():
        if team != "unassigned":
            assert "\n".join([f"{team}:", *(f"   {each}" for each in subjects)]) in page
    (summary,) = [d for _, d in harness.digests if d.attributes["kind"] == "summary"]
    assert summary.body.strip() in page
    stopped = next(d for _, d in harness.digests if d.attributes["kind"] == "artifacts")
    assert (stopped.attributes["team"], stopped.attributes["severity"]) == ("sales", "stopped")
    assert stopped.body.strip() in page
