"""The morning summary: what there was yesterday, and what is not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mpl_export.checkpoint import OpenNoted
from mpl_export.notifier.digest import Digest, Origin
from mpl_export.notifier.muted import Muted
from mpl_export.notifier.volume import Volume
from mpl_export.rules.mutes import Mute

_SHOWN = 15
_SLOWEST = 5
_FEW = 5
"""Below so many messages an average says little."""
_SLOWER = 1.5
"""An artifact is marked that took so many times as long as in the week before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is told of a day.

    Attributes:
        before: What the week before had, as far as it is known, by day.
        muted: What was muted, by mute.
        mutes: All mutes of the rules that are in force.
        open: What may still end; None if it is not known.
    """

    day: date
    volume: Volume
    before: Sequence[Volume]
    muted: Sequence[Muted]
    mutes: Sequence[Mute]
    open: OpenNoted | None


def summary_digest(summary: Summary, origin: Origin, teams: Sequence[str]) -> Digest:
    """The digest of a day; all teams get it."""
    volume, muted = summary.volume, sum(each.count for each in summary.muted)
    failed = volume.failed.total()
    blocks = [
        _heading(summary, origin),
        _failures(volume),
        _open(summary, origin),
        _muted(summary, origin),
        _slowest(summary),
    ]
    return origin.digest(
        kind="summary",
        severity="info",
        said=f"{summary.day}: {_messages(volume.total)}, {failed:,} failed, {muted:,} muted",
        body="\n\n".join(block for block in blocks if block) + "\n",
        artifacts=list(volume.failed)[:_SHOWN],
        teams=teams,
    )


def _heading(summary: Summary, origin: Origin) -> str:
    volume = summary.volume
    what = f"{_messages(volume.total)} ended"
    lines = [f"{summary.day:%A} {summary.day} (UTC), tenant {origin.tenant}: {what}."]
    lines += [f"   {count:>9,}  {status}" for status, count in volume.statuses.most_common()]
    if summary.before:
        mean = sum(each.total for each in summary.before) / len(summary.before)
        days = "day" if len(summary.before) == 1 else f"{len(summary.before)} days"
        lines.append(f"   {mean:>9,.0f}  a day, over the {days} before")
    return "\n".join(lines)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"


def _failures(volume: Volume) -> str:
    if not volume.failed:
        return "Nothing failed."
    lines = ["Failures by artifact:"]
    lines += [f"   {count:>9,}  {name}" for name, count in volume.failed.most_common(_SHOWN)]
    if rest := volume.failed.most_common()[_SHOWN:]:
        lines.append(f"   {sum(count for _, count in rest):>9,}  in {len(rest)} more")
    return "\n".join(lines)


def _open(summary: Summary, origin: Origin) -> str:
    found = summary.open
    if found is None:
        return "Still open: not known; the last look at open messages was not complete."
    if found.since is None:
        return "Still open: no message."
    noun = "message, begun" if found.count == 1 else "messages, the oldest begun"
    return f"Still open: {found.count:,} {noun} at {origin.clock(found.since)}."


def _muted(summary: Summary, origin: Origin) -> str:
    by_name = {each.mute: each for each in summary.muted}
    lines: list[str] = []
    for name, each in by_name.items():
        flows = sorted(each.artifacts.items(), key=lambda pair: (-pair[1], pair[0]))
        shown = ", ".join(f"{flow} {count:,}" for flow, count in flows[:3])
        more = f" and {len(flows) - 3} more" if len(flows) > 3 else ""
        lines += [
            f"   {each.count:>9,}  {name}: {shown}{more}",
            f"              {each.reason}; until {origin.clock(each.until)}",
        ]
    for mute in summary.mutes:
        if mute.until.date() == summary.day:
            lines.append(f"   {'ended':>9}  {mute.name}, at {origin.clock(mute.until)}")
        elif mute.name not in by_name and mute.until.date() > summary.day:
            lines.append(f"   {0:>9}  {mute.name}; until {origin.clock(mute.until)}")
    return "\n".join(["Muted:", *lines]) if lines else "Muted: nothing."


def _slowest(summary: Summary) -> str:
    """The artifacts that took longest on average, each against the week before."""
    times = {name: t for name, t in summary.volume.times.items() if t.count >= _FEW}
    slowest = sorted(times.items(), key=lambda each: -each[1].mean)[:_SLOWEST]
    if not slowest:
        return ""
    lines = ["Slowest, on average:"]
    for name, now in slowest:
        known = [each.times[name] for each in summary.before if name in each.times]
        count, total = sum(each.count for each in known), sum(each.total for each in known)
        against = "not known before"
        if count:
            mean = total / count
            against = f"{mean:,.1f} s the week before"
            if mean and now.mean / mean >= _SLOWER:
                against += f", {now.mean / mean:.1f} times as long"
        lines.append(f"   {now.mean:>8,.1f} s  {name}, {now.count:,} messages; {against}")
    return "\n".join(lines)
