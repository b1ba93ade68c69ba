"""How ``trace`` is called."""

import click

from operate.archive.where import ArchiveWhere, from_archive, instant_option, utc_now
from operate.options import speaking
from operate.trace.run import Asked
from operate.trace.run import trace as tell_story
from operate.trace.wanted import Wanted
from operate.voice import Voice


@click.command()
@click.argument("wanted", metavar="ID")
@click.option("--since", help="Look from here on: an instant, or a duration before now (P7D).")
@click.option("--until", help="Look up to here.")
@click.option(
    "--with",
    "engine",
    type=click.Choice(["auto", "here", "athena"]),
    default="auto",
    show_default=True,
    help="Who looks: Athena from 1 GB on, if it is a stack's archive.",
)
@from_archive
@speaking
def trace(
    *,
    wanted: str,
    since: str | None,
    until: str | None,
    engine: str,
    where: ArchiveWhere,
    voice: Voice,
) -> int:
    """Tell one message's story: every version of every message of its chain.

    ID is a MessageGuid, a CorrelationId, an ApplicationMessageId, or HEADER=name=value; the last
    two need --since.
    """
    now = utc_now()
    asked = Asked(
        wanted=Wanted.of(wanted),
        since=instant_option("--since", since, now),
        until=instant_option("--until", until, now),
        engine=engine,
    )
    return tell_story(where, asked, now, voice)
