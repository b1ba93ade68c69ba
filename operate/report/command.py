"""How ``report`` is called."""

from pathlib import Path

import click

from operate.archive.where import ArchiveWhere, from_archive, instant_option, utc_now
from operate.options import speaking
from operate.report.run import period_of
from operate.report.run import report as write_report
from operate.voice import Voice


@click.command()
@click.option("--since", default="P28D", show_default=True, help="From when on.")
@click.option("--until", help="Up to when; by default now.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; by default .run/report-TENANT-DAY.html.",
)
@from_archive
@speaking
def report(
    *, since: str, until: str | None, out: Path | None, where: ArchiveWhere, voice: Voice
) -> int:
    """Write one page about what the archive holds: what is different from last week first."""
    now = utc_now()
    ends = instant_option("--until", until, now) or now
    begins = instant_option("--since", since, ends) or ends
    return write_report(where, period_of(begins, ends, now), out, now, voice)
