"""The rules that are in force: which they are, and whether a run could read and understand them."""

from collections.abc import Sequence
from datetime import datetime

from mpl_export.archive.objects import Objects
from mpl_export.archive.rules import StoredRules
from mpl_export.errors import AwsRefusedError, ConfigurationError
from mpl_export.exporter.doctor.advice import advice_on
from mpl_export.exporter.doctor.findings import FaultError, Found
from mpl_export.rules.rules import Noted, Rules

_PUT = (
    "whoever may put rules: `make rules` shows what is in force, `make rules FILE=...` puts a file "
    "that holds; until then nothing is exported, so that nothing is stored unmasked"
)


def look_at_rules(noted: Noted | None, bucket: Objects, tenant: str, now: datetime) -> Found[None]:
    """Read and understand what the checkpoint notes, as each run does.

    Raises:
        FaultError: The object is not there, or holds no rules.
        ExportError: AWS refuses or fails.
    """
    if noted is None:
        return Found(None, "none in force: nobody has put any")
    try:
        rules = StoredRules(bucket, tenant).get(noted)
    except AwsRefusedError:
        raise
    except ConfigurationError as error:
        refused = error.__cause__
        # A role that may not list is told the same of what is missing and of what is denied.
        denied = (
            f"; if the object is there: {advice_on(refused)}"
            if isinstance(refused, AwsRefusedError)
            else ""
        )
        raise FaultError(str(error), f"{_PUT}{denied}") from error
    return Found(None, f"number {noted.number} is in force: {_told(rules, now)}")


def _told(rules: Rules, now: datetime) -> str:
    ended = sum(mute.until <= now for mute in rules.mutes)
    masks = (*rules.masks.patterns, *rules.masks.headers)
    return (
        f"{_count(rules.routes, 'route')}, {_count(rules.owners, 'owner')}, "
        f"{_count(rules.mutes, 'mute')}{f' ({ended} ended)' if ended else ''}, "
        f"{_count(masks, 'mask')}; teams: {', '.join(rules.teams)}"
    )


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
