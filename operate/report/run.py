"""The command: read what it takes, find the numbers, write the page."""

import os
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from mpl_export.notifier.plain import one_line
from operate.archive.database import open_database
from operate.archive.fetching import fetch, workspace
from operate.archive.parts import list_parts
from operate.archive.where import Archive, ArchiveWhere
from operate.endings import Ending, StoppedError
from operate.report.numbers import Numbers, numbers
from operate.report.page import Head, page
from operate.report.period import Period
from operate.report.reading import fill
from operate.report.timing import sealed_in
from operate.voice import Voice

_MOST_SAID: Final = 10
_LONGEST_LINE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report that was written.

    Attributes:
        size: Its bytes.
    """

    path: Path
    size: int
    numbers: Numbers


def report(
    where: ArchiveWhere, period: Period, out: Path | None, now: datetime, voice: Voice
) -> int:
    """Write a report.

    Raises:
        StoppedError: The archive cannot be read, or the file not be written.
    """
    written = write(where.open(), where, period, out=out, now=now, voice=voice)
    found = written.numbers
    voice.say(f"{written.path} ({written.size / 1e3:,.0f} kB): open it in a browser", style="bold")
    if not found.comparable:
        voice.say("The archive does not hold the week before yet: nothing was compared.")
    for each in found.changes[:_MOST_SAID]:
        name = found.names.get(each.artifact, each.artifact)
        what = one_line(f"{each.kind}: {name} {each.what}")
        voice.say(f"  {textwrap.shorten(what, _LONGEST_LINE, placeholder=' ...')}")
    voice.document({"path": str(written.path), "bytes": written.size, **found.as_json()})
    return Ending.WELL


def write(
    archive: Archive,
    where: ArchiveWhere,
    period: Period,
    *,
    out: Path | None,
    now: datetime,
    voice: Voice,
) -> Written:
    """Write a report of an archive that is open.

    Raises:
        StoppedError: It cannot be read, or the file not be written.
    """
    listed = list_parts(archive.place, archive.tenant, period.read)
    voice.progress(f"{period.read.since:%Y-%m-%d} to {period.until:%Y-%m-%d}: {listed}")
    where.refuse_if_too_much(listed)
    with workspace() as folder:
        files = fetch(archive.place, listed.parts, folder / "parts", voice)
        connection = open_database(folder)
        with voice.waiting("Reading the records"):
            fill(connection, list(files.values()), period.until)
        with voice.waiting("Comparing"):
            found = numbers(
                connection,
                period,
                days=listed.days,
                sealed=sealed_in(archive.place, archive.tenant),
            )
        connection.close()
    head = Head(archive.tenant, archive.place.name, str(listed), now)
    path = out or Path(".run") / f"report-{archive.tenant}-{period.until:%Y-%m-%d}.html"
    body = page(head, found).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds business data: nobody else on this machine is to read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
    except OSError as error:
        raise StoppedError(
            f"{path} cannot be written ({error.strerror}): name another by --out"
        ) from error
    return Written(path=path, size=len(body), numbers=found)


def period_of(since: datetime, until: datetime, now: datetime) -> Period:
    """The period of a report; one that ends in the future ends now.

    Raises:
        click.UsageError: It is none.
    """
    until = min(until, now).astimezone(UTC)
    if since >= until:
        raise click.UsageError("SINCE has to lie before UNTIL, and before now")
    return Period(since=since, until=until)
