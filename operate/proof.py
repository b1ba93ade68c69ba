"""The commands that have to do with proof: hold an archive against its seals."""

from datetime import UTC, date, datetime
from pathlib import Path

import boto3
import click

from operate.account import Account
from operate.endings import Ending, StoppedError
from operate.options import speaking
from operate.verify.run import Request, cannot_tell, files_of, head_of, show
from operate.verify.run import verify as verified
from operate.verify.signatures import read_public_keys
from operate.verify.sources import CONFIG, BucketSource, DirectorySource, Source
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
            since=_day(since),
            until=_day(until),
            head=head_of(head),
            keys=read_public_keys(files_of(public_keys)),
            deep=deep,
        )
        findings = verified(request, voice, datetime.now(UTC))
    except StoppedError as error:
        return cannot_tell(error, voice)
    return show(findings, voice)


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
        return DirectorySource(directory)
    assert bucket is not None  # noqa: S101  # nosec B101
    Account.open(region=region, profile=profile)  # says what is wrong with region or credentials
    session = boto3.session.Session(region_name=region, profile_name=profile)
    return BucketSource(session.client("s3", config=CONFIG), bucket)
