"""The commands that have to do with rules."""

from pathlib import Path

import click

from mpl_export.clock import SystemClock
from mpl_export.instants import instant_or_ago
from operate.account import Account, session_of
from operate.archive.bucket import Bucket
from operate.archive.folder import Folder
from operate.endings import Ending, StoppedError
from operate.options import Where, somewhere, speaking
from operate.rules.file import read_rules
from operate.rules.parts import Parts
from operate.rules.run import put_rules
from operate.rules.trying import Asked, try_rules
from operate.verify.sources import CONFIG
from operate.voice import Voice

_FILE = click.option("--file", "path", type=click.Path(path_type=Path), help="The file of rules.")


@click.command()
@_FILE
@click.option("--check", "checks_only", is_flag=True, help="Judge the file only.")
@somewhere
@speaking
def rules(*, path: Path | None, checks_only: bool, where: Where, voice: Voice) -> int:
    """Put rules: checked, shown as a diff, in force from the next run on.

    Without a file, show those that are in force.
    """
    if path is None and checks_only:
        raise StoppedError("--check judges a file: name it by --file", Ending.USAGE)
    return put_rules(where, path, voice, checks_only=checks_only)


@click.command("rules-try")
@click.option("--file", "path", type=click.Path(path_type=Path), required=True, help="The file.")
@click.option(
    "--since",
    default="P7D",
    show_default=True,
    help="From when on: an ISO 8601 instant, or a duration before now.",
)
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="A copy of the archive.")
@click.option("--bucket", help="The archive's bucket, if it is not the stack's.")
@click.option("--tenant", help="The tenant; by default the stack's, or the only one.")
@click.option(
    "--statuses",
    default="FAILED,ESCALATED",
    show_default=True,
    help="As AlertStatuses.",
)
@somewhere
@speaking
def rules_try(
    *,
    path: Path,
    since: str,
    directory: Path | None,
    bucket: str | None,
    tenant: str | None,
    statuses: str,
    where: Where,
    voice: Voice,
) -> int:
    """Hold rules against what the archive holds: who would have been told what.  Puts nothing."""
    now = SystemClock().now()
    try:
        begin = instant_or_ago(since, now)
    except ValueError:
        raise StoppedError(
            "--since (make: SINCE=) must be an ISO 8601 instant or a duration such as P7D",
            Ending.USAGE,
        ) from None
    parts = _parts(where, directory, bucket, tenant)
    return try_rules(
        read_rules(path, now, voice), parts, Asked(begin, now, statuses.split(",")), voice
    )


def _parts(where: Where, directory: Path | None, bucket: str | None, tenant: str | None) -> Parts:
    if directory is not None:
        if bucket is not None:
            raise StoppedError("give either --bucket or --dir", Ending.USAGE)
        if not directory.is_dir():
            raise StoppedError(f"there is no directory {directory}", Ending.USAGE)
        return Parts.of(Folder(directory), tenant)
    if bucket is None:
        stack = where.deployed()
        bucket, tenant = stack.outputs["ArchiveBucket"], tenant or stack.tenant
    else:
        Account.open(region=where.region, profile=where.profile)  # says what is wrong with them
    session = session_of(region=where.region, profile=where.profile)
    return Parts.of(Bucket(session.client("s3", config=CONFIG), bucket), tenant)


COMMANDS = (rules, rules_try)
