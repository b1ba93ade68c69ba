"""How ``copy`` is called."""

import click

from operate.account import Account
from operate.copy.objects import Ends
from operate.copy.run import copy as copied
from operate.options import speaking
from operate.voice import Voice


@click.command()
@click.option("--from", "source", required=True, help="The archive's bucket.")
@click.option("--to", "target", required=True, help="The bucket that gets the copy.")
@click.option("--tenant", help="The tenant, where the archive holds several.")
@click.option("--region", help="The source's region, if the profile's is another.")
@click.option("--profile", help="The profile of the AWS CLI that reads.")
@click.option("--to-region", help="The target's region, by default the source's.")
@click.option("--to-profile", help="The profile that writes, by default the one that reads.")
@speaking
def copy(
    *,
    source: str,
    target: str,
    tenant: str | None,
    region: str | None,
    profile: str | None,
    to_region: str | None,
    to_profile: str | None,
    voice: Voice,
) -> int:
    """Copy an archive to another bucket.  Nothing is overwritten; what arrived is read back."""
    reading = Account.open(region=region, profile=profile)
    writing = reading
    if to_region or to_profile:
        writing = Account.open(region=to_region or reading.region, profile=to_profile or profile)
    ends = Ends(reading.client("s3"), _name(source), writing.client("s3"), _name(target))
    return copied(ends, tenant, voice)


def _name(bucket: str) -> str:
    return bucket.removeprefix("s3://").rstrip("/")
