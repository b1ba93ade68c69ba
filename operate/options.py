"""The options that commands share."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import click

from operate.account import Account
from operate.deployed import Deployed
from operate.voice import Voice

DEFAULT_STACK = "mpl-export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which stack, in which account and region."""

    stack: str
    region: str | None
    profile: str | None

    def account(self) -> Account:
        """Open the account."""
        return Account.open(region=self.region, profile=self.profile)

    def deployed(self) -> Deployed:
        """Find the stack."""
        return Deployed.find(self.account(), self.stack)


def speaking(command: Callable[..., int]) -> Callable[..., int]:
    """Add ``--json``, and give the command its voice."""

    @click.option("--json", "as_json", is_flag=True, help="Give the result as one JSON document.")
    @functools.wraps(command)
    def with_voice(*args: object, as_json: bool, **options: object) -> int:
        return command(*args, voice=Voice(as_json=as_json), **options)

    return with_voice


def somewhere(command: Callable[..., int]) -> Callable[..., int]:
    """Add ``--stack``, ``--region`` and ``--profile``."""

    @click.option(
        "--stack",
        default=DEFAULT_STACK,
        show_default=True,
        envvar="STACK",
        help="The stack's name.",
    )
    @click.option("--region", help="The stack's region, if the profile's is another.")
    @click.option("--profile", help="The profile of the AWS CLI to use.")
    @functools.wraps(command)
    def with_place(
        *args: object, stack: str, region: str | None, profile: str | None, **options: object
    ) -> int:
        where = Where(stack=stack, region=region, profile=profile)
        return command(*args, where=where, **options)

    return with_place
