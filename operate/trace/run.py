"""The command: which source, which bounds, what it says, and how it ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import click

from mpl_export.model import Span
from operate.archive.athena import Workgroup
from operate.archive.fetching import workspace
from operate.archive.parts import list_parts
from operate.archive.where import Archive, ArchiveWhere
from operate.endings import Ending, StoppedError
from operate.trace.athena import AthenaLines
from operate.trace.local import LocalParts
from operate.trace.show import document, show
from operate.trace.source import Source
from operate.trace.story import tell
from operate.trace.wanted import Wanted, days_of
from operate.voice import Voice

_LONG: Final = 1_000_000_000
"""Bytes from which on Athena reads, where a stack has it: minutes of fetching on a usual line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for on the command line.

    Attributes:
        engine: ``here``, ``athena``, or ``auto`` for whichever fits the bytes.
    """

    wanted: Wanted
    since: datetime | None
    until: datetime | None
    engine: str = "auto"


def trace(where: ArchiveWhere, asked: Asked, now: datetime, voice: Voice) -> int:
    """Tell one message's story.

    Raises:
        click.UsageError: The bounds are missing or make no sense.
        StoppedError: The archive cannot be read.
    """
    wanted, since, until = asked.wanted, asked.since, asked.until
    if wanted.created is None and since is None:
        kind = "a header" if wanted.header else "an ApplicationMessageId"
        raise click.UsageError(
            f"{kind} does not tell when it was: say from when on to look, "
            "such as --since P7D (make: SINCE=P7D)"
        )
    if since is not None and since >= (until or now):
        raise click.UsageError("SINCE has to lie before UNTIL, and before now")
    archive = where.open()
    with workspace() as folder:
        local = LocalParts(archive, where, wanted, folder, voice)
        source = _source(local, archive, asked, now, voice)
        story = tell(source, wanted, since=since, until=until or (now if since else None), now=now)
    if not story.messages:
        raise StoppedError(
            f"nothing in {archive.place.name} from {story.span.since:%Y-%m-%d} to "
            f"{story.span.until:%Y-%m-%d} ({source.read}) names {wanted}{_hint(wanted)}",
            Ending.FAULT,
        )
    if not voice.as_json:
        show(story, voice)
        voice.say(f"Found {source.by}: {source.read}", style="dim")
    voice.document(document(story, tenant=archive.tenant, by=source.by, read=source.read))
    return Ending.WELL


def _source(
    local: LocalParts, archive: Archive, asked: Asked, now: datetime, voice: Voice
) -> Source:
    """Read here what is little, and let Athena read what is much."""
    if asked.engine == "here":
        return local
    stack = archive.deployed
    if stack is None or not (stack.outputs.get("Database") and stack.outputs.get("Workgroup")):
        if asked.engine == "athena":
            raise StoppedError(
                "Athena needs a stack with the outputs Database and Workgroup: name it by --stack"
            )
        return local
    first, last = _bounds(asked, now)
    listed = list_parts(archive.place, archive.tenant, Span(since=first, until=last))
    if asked.engine == "auto" and listed.size < _LONG:
        return local
    return AthenaLines(
        workgroup=Workgroup.of(stack),
        tenant=archive.tenant,
        wanted=asked.wanted,
        voice=voice,
        listed=listed,
    )


def _bounds(asked: Asked, now: datetime) -> tuple[datetime, datetime]:
    created = asked.wanted.created
    first, last = days_of([created], now) if created else (now, now)
    return asked.since or first, asked.until or (now if asked.since else last)


def _hint(wanted: Wanted) -> str:
    if wanted.header is not None:
        return (
            "; headers are archived only where the stack's parameter Expand names "
            "CustomHeaderProperties"
        )
    return ""
