"""The digest of mutes that mute nothing."""

from collections.abc import Sequence

from mpl_export.notifier.digest import Digest, Origin
from mpl_export.notifier.flows_digest import some
from mpl_export.notifier.muted import IDLE, MuteNotice
from mpl_export.rules.mutes import Mute


def idle_mutes_digest(
    idle: Sequence[tuple[Mute, MuteNotice]], origin: Origin, teams: Sequence[str]
) -> Digest:
    """The digest of mutes that have muted nothing for long; all teams get it."""
    lines = [
        f"{mute.name} has muted nothing since {origin.clock(notice.matched or notice.since)}.\n"
        f"   Reason    {mute.reason}\n"
        f"   Ends      {origin.clock(mute.until)}"
        for mute, notice in idle
    ]
    lines.append(
        "A mute that nobody needs may hide something else one day: take it out of the rules, and "
        f"put them again. This is told every {IDLE.days} days. See docs/telling.md, Mutes."
    )
    names = [mute.name for mute, _ in idle]
    return origin.digest(
        kind="mutes",
        severity="idle",
        said=f"{some(names)} muted nothing for {IDLE.days} days",
        body="\n\n".join(lines) + "\n",
        artifacts=[],
        teams=teams,
    )
