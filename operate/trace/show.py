"""A story for people, and as one JSON document."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from mpl_export.instants import iso_instant, parse_instant
from mpl_export.notifier.gist import gist
from mpl_export.notifier.plain import one_line
from operate.archive.links import monitor_link
from operate.trace.story import Message, Story
from operate.voice import Voice

HEADER: Final = ("ended (UTC)", "status", "ran for", "what it says", "part (dt=)")
_UNSET: Final = "-"
_ENDING: Final = ".jsonl.gz"


def show(story: Story, voice: Voice) -> None:
    """Tell it on the terminal.  Texts of the tenant are freed of what a terminal obeys."""
    voice.say(summary(story), style="bold")
    for number, message in enumerate(story.messages, 1):
        newest = message.newest
        voice.say()
        voice.say(f"{number}. {artifact_name(newest)}: {way(message)}", style="bold")
        for name, value in _facts(message):
            voice.say(f"   {name:<13}{value}")
        voice.table("", [row_of(each.key, each.record) for each in message.versions], header=HEADER)
    folder = story.messages[0].versions[0].key.partition("/dt=")[0]
    voice.say(f"Each part is {folder}/dt=PART{_ENDING}", style="dim")
    for line in remarks(story):
        voice.say(line, style="yellow")


def summary(story: Story) -> str:
    """The first line."""
    messages, versions = len(story.messages), story.versions
    return (
        f"{story.wanted}: {messages} message{'' if messages == 1 else 's'}, {versions} "
        f"version{'' if versions == 1 else 's'}"
    )


def remarks(story: Story) -> list[str]:
    """What a reader has to know of what is not there."""
    said = [
        f"The chain is broken: {named} names {predecessor} as its predecessor, and no part from "
        f"{story.span.since:%Y-%m-%d} to {story.span.until:%Y-%m-%d} holds it."
        for predecessor, named in sorted(story.chain.broken.items())
    ]
    if story.chain.cut:
        said.append(
            f"The chain goes on: only {len(story.messages):,} of its messages are shown. Ask for "
            "one of them by its MessageGuid with bounds (SINCE, UNTIL)."
        )
    said.extend(
        f"{message.guid} was created on {message.started:%Y-%m-%d}, before what was looked "
        "through: earlier versions of it may be missing."
        for message in story.messages
        if message.started is not None and message.started < story.span.since
    )
    return said


def way(message: Message) -> str:
    """Its statuses in order, such as ``RETRY, RETRY, COMPLETED``; amended versions aside."""
    statuses = [
        one_line(each.record.get("Status") or _UNSET)
        for each in message.versions
        if not each.record.get("Amended")
    ]
    return " > ".join(statuses) or _UNSET


def artifact_name(record: Mapping[str, Any]) -> str:
    """What people call the artifact of a record."""
    artifact = record.get("IntegrationArtifact") or {}
    name = artifact.get("Name") or artifact.get("Id") or record.get("IntegrationFlowName")
    return one_line(name or "") or "(no artifact)"


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    newest = message.newest
    yield "message", message.guid
    for title, name in (
        ("correlation", "CorrelationId"),
        ("predecessor", "PredecessorMessageGuid"),
        ("application", "ApplicationMessageId"),
        ("sender", "Sender"),
        ("receiver", "Receiver"),
        ("log level", "LogLevel"),
    ):
        if newest.get(name):
            yield title, one_line(newest[name])
    if newest.get("CustomStatus") and newest["CustomStatus"] != newest.get("Status"):
        yield "custom status", one_line(newest["CustomStatus"])
    for each in newest.get("CustomHeaderProperties") or ():
        yield "header", one_line(f"{each['Name']} = {each['Value']}")
    took = seconds_of(newest)
    if took is not None:
        yield "in all", duration(took)
    waits = [
        gap
        for earlier, later in pairwise(message.versions)
        if (gap := _between(earlier.record, later.record)) is not None
    ]
    if any(waits):
        yield "between", ", ".join(map(duration, waits))
    link = monitor_link(newest.get("AlternateWebLink"))
    if link:
        yield "monitor", link


def row_of(key: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    """A version as a row below ``HEADER``."""
    took = seconds_of(record)
    says = gist(record.get("ErrorText") or "")
    notes = [
        name
        for name, is_so in (
            ("amended", record.get("Amended")),
            ("not readable whole", "Raw" in record),
        )
        if is_so
    ]
    return (
        record.get("LogEnd") or "not dated",
        one_line(record.get("Status") or _UNSET),
        _UNSET if took is None else duration(took),
        one_line("; ".join(filter(None, (says, *notes)))) or _UNSET,
        key.partition("/dt=")[2].removesuffix(_ENDING),
    )


def seconds_of(record: Mapping[str, Any]) -> float | None:
    """How long the message had run when this version ended; None if it does not say."""
    start, end = record.get("LogStart"), record.get("LogEnd")
    return None if not (start and end) else _seconds(parse_instant(start), parse_instant(end))


def _between(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> float | None:
    first, second = earlier.get("LogEnd"), later.get("LogEnd")
    return None if not (first and second) else _seconds(parse_instant(first), parse_instant(second))


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def duration(seconds: float) -> str:
    """A duration in the two units that matter, such as ``2 h 5 min`` or ``850 ms``."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60 and round(seconds, 1) < 60:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _two(minutes, "min", rest, "s")
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _two(hours, "h", minutes, "min")
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def document(story: Story, *, tenant: str, by: str, read: str) -> dict[str, Any]:
    """The same for a program, with every record whole."""
    return {
        "asked": str(story.wanted),
        "tenant": tenant,
        "since": iso_instant(story.span.since),
        "until": iso_instant(story.span.until),
        "by": by,
        "read": read,
        "remarks": remarks(story),
        "broken": dict(story.chain.broken),
        "cut": story.chain.cut,
        "messages": [
            {
                "MessageGuid": message.guid,
                "started": None if message.started is None else iso_instant(message.started),
                "statuses": [each.record.get("Status") for each in message.versions],
                "seconds": seconds_of(message.newest),
                "link": monitor_link(message.newest.get("AlternateWebLink")),
                "versions": [
                    {"part": each.key, "record": each.record} for each in message.versions
                ],
            }
            for message in story.messages
        ],
    }
