"""The commands that have to do with proof: verify an archive, and erase rows so that it is told."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from operate.account import Account, session_of
from operate.archive.bucket import Bucket
from operate.archive.folder import Folder
from operate.endings import Ending, StoppedError
from operate.erase.lines import Wanted
from operate.erase.run import Request as Erasing
from operate.erase.run import erase as erased
from operate.erase.run import find
from operate.options import speaking
from operate.verify.run import Days, Request, cannot_tell, files_of, head_of, show
from operate.verify.run import verify as verified
from operate.verify.signatures import read_public_keys
from operate.verify.sources import CONFIG, Source
from operate.voice import Voice


@click.command()
@click.option("--bucket", help="The archive's bucket.")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="A copy of it.")
@click.option("--tenant", required=True, help="The tenant, by the name that its stack has for it.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day (dt) to read.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last one.")
@click.option("--head", help="NUMBER:SHA256 of a seal that has to be in the chain.")
@click.option(
    "--public-key",
    "public_keys",
    multiple=True,
    help="A key that seals are signed with, PEM or DER.  May be repeated.",
)
@click.option("--deep", is_flag=True, help="Look at every record, too.")
@click.option("--region", help="The bucket's region, if the profile's is another.")
@click.option("--profile", help="The profile of the AWS CLI to use.")
@speaking
def verify(
    *,
    bucket: str | None,
    directory: Path | None,
    tenant: str,
    since: datetime | None,
    until: datetime | None,
    head: str | None,
    public_keys: tuple[str, ...],
    deep: bool,
    region: str | None,
    profile: str | None,
    voice: Voice,
) -> int:
    """Hold an archive against its seals.

    Exit codes of this command: 0 as it was sealed, 1 altered, 2 cannot tell.
    """
    try:
        request = Request(
            source=_source(bucket, directory, region, profile),
            tenant=tenant,
            days=Days(since=_day(since), until=_day(until)),
            head=head_of(head),
            keys=read_public_keys(files_of(public_keys)),
            deep=deep,
        )
        findings = verified(request, voice, datetime.now(UTC))
    except StoppedError as error:
        return cannot_tell(error, voice)
    return show(findings, voice)


@click.command()
@click.option("--bucket", required=True, help="The archive's bucket.")
@click.option("--tenant", required=True, help="The tenant, by the name that its stack has for it.")
@click.option("--guid", help="The MessageGuid of a message.")
@click.option("--text", help="A text; every row that holds it anywhere is emptied.")
@click.option("--reason", required=True, help="Why: it stands in the seals, so it names nobody.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day (dt) to look at.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last one.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--region", help="The bucket's region, if the profile's is another.")
@click.option("--profile", help="The profile of the AWS CLI to use.")
@speaking
def erase(
    *,
    bucket: str,
    tenant: str,
    guid: str | None,
    text: str | None,
    reason: str,
    since: datetime | None,
    until: datetime | None,
    yes: bool,
    region: str | None,
    profile: str | None,
    voice: Voice,
) -> int:
    """Empty rows of the archive for good; the next seal tells it, without what they held."""
    sought = guid or text
    if not sought or (guid and text):
        raise StoppedError("give either --guid or --text", Ending.USAGE)
    days = Days(since=_day(since), until=_day(until))
    request = Erasing(
        source=_bucket(bucket, region, profile),
        tenant=tenant,
        wanted=Wanted.text(sought),
        reason=reason,
        asked=days.asks_for,
    )
    request.check()
    found = find(request, voice)
    rows = sum(part.hit for part in found.hit.values())
    if found.hit:
        listed = [(key, str(part.hit), str(part.rows)) for key, part in found.hit.items()]
        voice.table("Rows to be emptied", listed, header=("part", "rows", "of"))
        if not yes:
            click.confirm(f"Empty {rows} rows for good?", abort=True, err=True)
    done = erased(request, found, voice)
    voice.say(f"{rows} rows in {len(done)} of {found.looked_at} parts were emptied")
    voice.document({"tenant": tenant, "rows": rows, "parts": done})
    return Ending.WELL


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _source(
    bucket: str | None, directory: Path | None, region: str | None, profile: str | None
) -> Source:
    if (bucket is None) == (directory is None):
        raise StoppedError("give either --bucket or --dir", Ending.USAGE)
    if directory is not None:
        if not directory.is_dir():
            raise StoppedError(f"there is no directory {directory}", Ending.USAGE)
        return Folder(directory)
    assert bucket is not None  # noqa: S101  # nosec B101
    return _bucket(bucket, region, profile)


def _bucket(bucket: str, region: str | None, profile: str | None) -> Bucket:
    Account.open(region=region, profile=profile)  # says what is wrong with region or credentials
    session = session_of(region=region, profile=profile)
    return Bucket(session.client("s3", config=CONFIG), bucket)
