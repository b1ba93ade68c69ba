"""Which archive, which tenant and which span a command is about: options that readers share."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from mpl_export.instants import instant_or_ago
from operate.account import Account
from operate.archive.bucket import Bucket
from operate.archive.folder import Folder
from operate.archive.parts import Listed, dollars, megabytes
from operate.archive.places import Place, tenant_in
from operate.deployed import Deployed
from operate.endings import StoppedError
from operate.options import DEFAULT_STACK

_GB = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One tenant's logs.

    Attributes:
        deployed: The stack that writes them; None if a bucket or a folder was named.
    """

    place: Place
    tenant: str
    deployed: Deployed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveWhere:
    """What was said of the archive on the command line."""

    folder: Path | None = None
    bucket: str | None = None
    stack: str | None = None
    region: str | None = None
    profile: str | None = None
    tenant: str | None = None
    most_gb: float = 5.0

    def open(self) -> Archive:
        """Find it: a folder and a bucket are taken as named, else the stack tells its bucket.

        Raises:
            StoppedError: It is not there, or AWS does not say.
        """
        if self.folder is not None:
            folder = Folder.open(self.folder)
            return Archive(place=folder, tenant=tenant_in(folder, self.tenant))
        account = Account.open(region=self.region, profile=self.profile)
        deployed = None
        if self.bucket is None:
            deployed = Deployed.find(account, self.stack or DEFAULT_STACK)
        bucket = self.bucket or (deployed.outputs["ArchiveBucket"] if deployed else "")
        place = Bucket(account.client("s3"), bucket.removeprefix("s3://").rstrip("/"))
        wanted = self.tenant or (deployed.tenant if deployed else None)
        return Archive(place=place, tenant=tenant_in(place, wanted), deployed=deployed)

    def refuse_if_too_much(self, listed: Listed) -> None:
        """Ask before much is read from AWS.

        Raises:
            StoppedError: It is more than was allowed.
        """
        if listed.remote and listed.size > self.most_gb * _GB:
            needed = listed.size / _GB
            raise StoppedError(
                f"that reads {megabytes(listed.size)}, which costs up to "
                f"{dollars(listed.dollars)}: allow it by --most-gb {needed:.0f}, ask for a "
                "shorter span, or copy the archive once (aws s3 sync) and name it by --dir"
            )


def from_archive(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which archive."""

    @click.option(
        "--dir",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="A local copy, as aws s3 sync makes one.",
    )
    @click.option("--bucket", help="The archive's bucket.")
    @click.option("--stack", envvar="STACK", help=f"A stack of yours, by default {DEFAULT_STACK}.")
    @click.option("--region", help="The region, if the profile's is another.")
    @click.option("--profile", help="The profile of the AWS CLI to use.")
    @click.option("--tenant", help="The tenant, where an archive holds several.")
    @click.option(
        "--most-gb",
        type=click.FloatRange(min=0),
        default=5.0,
        show_default=True,
        help="Refuse to read more than this from AWS.",
    )
    @functools.wraps(command)
    def with_archive(  # one parameter for each option
        *args: object,
        folder: Path | None,
        bucket: str | None,
        stack: str | None,
        region: str | None,
        profile: str | None,
        tenant: str | None,
        most_gb: float,
        **options: object,
    ) -> int:
        if folder is not None and bucket is not None:
            raise click.UsageError("--dir and --bucket exclude each other")
        where = ArchiveWhere(
            folder=folder,
            bucket=bucket,
            stack=stack,
            region=region,
            profile=profile,
            tenant=tenant,
            most_gb=most_gb,
        )
        return command(*args, where=where, **options)

    return with_archive


def instant_option(name: str, text: str | None, now: datetime) -> datetime | None:
    """An instant that was given as one, or as a duration before now.

    Raises:
        click.UsageError: It is neither.
    """
    if text is None:
        return None
    try:
        return instant_or_ago(text, now)
    except ValueError:
        raise click.UsageError(
            f"{name} {text!r} is neither an instant such as 2026-11-22T14:00:00Z or 2026-11-22 "
            "nor a duration before now such as P7D or PT12H"
        ) from None


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)
