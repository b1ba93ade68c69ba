"""What can be made of the archive: one message's story, and the report."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.archive.bucket import Bucket
from operate.archive.fetching import workspace
from operate.archive.where import Archive, ArchiveWhere, utc_now
from operate.report.period import Period
from operate.report.run import write
from operate.trace.local import LocalParts
from operate.trace.show import HEADER, artifact_name, row_of, way
from operate.trace.story import tell
from operate.trace.wanted import Wanted
from operate.voice import Voice

if TYPE_CHECKING:
    from operate.demo.narrator import Narrator
    from operate.emulated.stack import Stack

REPORT: Final = Path(".run/demo-report.html")
_PERIOD: Final = timedelta(days=28)


def show_story(narrator: Narrator, stack: Stack) -> None:
    """Tell the story of a message that has more than one version, if there is one."""
    statuses: dict[str, list[str]] = defaultdict(list)
    for record in stack.records():
        if record.get("MessageGuid"):
            statuses[record["MessageGuid"]].append(str(record.get("Status")))
    moved = [guid for guid, found in statuses.items() if len(found) > 1]
    retried = [guid for guid in moved if {"RETRY", "COMPLETED"} <= set(statuses[guid])]
    if not moved:
        return
    wanted = Wanted.of((retried or moved)[0])
    narrator.heading(f"One message's story: make trace ID={wanted}")
    with workspace() as folder:
        archive, voice = _archive(stack), Voice(as_json=True)
        source = LocalParts(archive, ArchiveWhere(), wanted, folder, voice)
        story = tell(source, wanted, since=None, until=None, now=utc_now())
    for message in story.messages:
        narrator.say(f"{artifact_name(message.newest)}: {way(message)}")
        narrator.table([HEADER, *(row_of(each.key, each.record) for each in message.versions)])
    narrator.expect(
        any(message.guid == wanted.id for message in story.messages),
        "the story of a message that has moved on is told from the archive",
    )


def show_page(narrator: Narrator, stack: Stack) -> None:
    """Write a report, and say where it lies."""
    now = utc_now()
    written = write(
        _archive(stack),
        ArchiveWhere(),
        Period(since=now - _PERIOD, until=now),
        out=REPORT,
        now=now,
        voice=Voice(as_json=True),
    )
    narrator.heading("The report: make report")
    narrator.say(f"{written.path.absolute()} ({written.size:,} bytes): open it in a browser")
    narrator.expect(sum(written.numbers.all.values()), "the report has numbers")


def _archive(stack: Stack) -> Archive:
    return Archive(place=Bucket(stack.aws.client("s3"), stack.bucket), tenant=stack.tenant)
