"""The digest of failed messages: what, how many, since when, why, where to look.

What needs a person most comes first: escalations, then kinds that are new, then the frequent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.archive.layout import window_name
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from mpl_export.notifier.deployments import Deployment
from mpl_export.notifier.digest import Digest, Origin
from mpl_export.notifier.flows_digest import some
from mpl_export.notifier.grouping import Group
from mpl_export.notifier.plain import one_line
from mpl_export.notifier.subject import in_ascii, name_in_ascii
from mpl_export.rules.teams import UNASSIGNED

_GROUPS_SHOWN = 20
_NAMES_SHOWN = 60
_DAYS_SHOWN = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A group that is told now.

    Attributes:
        told_before: When failures of this signature were told last; None if they are new.
        fresh: Whether they have just begun, or begun again.
        deployed: The deployment of the artifact shortly before the first; None if none is known.
    """

    group: Group
    told_before: datetime | None
    fresh: bool = False
    deployed: Deployment | None = None


def failures_digest(
    tellings: Sequence[Telling],
    origin: Origin,
    teams: Sequence[str] = (UNASSIGNED,),
    *,
    remark: str = "",
) -> Digest:
    """The digest of failed messages for a team, or for several.

    Args:
        remark: What has to be said before all else.
    """
    ordered = sorted(
        tellings,
        key=lambda telling: (
            "ESCALATED" not in telling.group.statuses,
            telling.told_before is not None,
            -telling.group.count,
            telling.group.name,
        ),
    )
    groups = [telling.group for telling in ordered]
    blocks = [remark] if remark else []
    blocks.append(_heading(groups, origin, teams))
    blocks += [
        _block(number, each, origin) for number, each in enumerate(ordered[:_GROUPS_SHOWN], 1)
    ]
    if ordered[_GROUPS_SHOWN:]:
        blocks.append(_the_others(groups[_GROUPS_SHOWN:]))
    blocks.append(_where(groups, origin))
    if links := origin.links("messages-fail"):
        blocks.append("\n".join(links))
    is_new = any(telling.told_before is None for telling in ordered)
    return origin.digest(
        kind="failures",
        severity="escalated" if "ESCALATED" in _statuses(groups) else "failed",
        said=f"{'NEW' if is_new else 'AGAIN'} {_said(groups)}",
        body="\n\n".join(blocks) + "\n",
        artifacts=[group.artifact for group in groups],
        teams=teams,
    )


def _said(groups: Sequence[Group]) -> str:
    """The whole digest in a line: how much of what, then why or where else."""
    if len(groups) == 1:
        (group,) = groups
        error = in_ascii(group.error)
        name = name_in_ascii(group.name, group.artifact)
        return f"{_counts(group.statuses)}: {name}{f' - {error}' if error else ''}"
    by_flow: Counter[str] = Counter()
    for group in groups:
        by_flow[name_in_ascii(group.name, group.artifact)] += group.count
    return f"{_counts(_statuses(groups))}: {some([f'{n} {c}' for n, c in by_flow.items()])}"


def _heading(groups: Sequence[Group], origin: Origin, teams: Sequence[str]) -> str:
    first, last = min(g.first for g in groups), max(g.last for g in groups)
    kinds = "of one kind" if len(groups) == 1 else f"of {len(groups)} kinds"
    total = sum(group.count for group in groups)
    noun = "message" if total == 1 else "messages"
    team = "" if list(teams) == [UNASSIGNED] else f"Team: {', '.join(teams)}.\n"
    return (
        f"{total} {noun} of tenant {origin.tenant} failed "
        f"({_counts(_statuses(groups))}), {kinds}.\n{team}"
        f"The first ended at {origin.clock(first)}, the last at {origin.clock(last)}."
    )


def _block(number: int, telling: Telling, origin: Origin) -> str:
    group = telling.group
    again = "new" if telling.told_before is None else "again"
    lines = [f"{number}. {group.name}: {_counts(group.statuses)}, {again}"]
    if group.name != group.artifact:
        lines.append(f"   Artifact  {group.artifact}")
    if group.package:
        lines.append(f"   Package   {group.package}")
    if group.sender or group.receiver:
        lines.append(f"   Route     {group.sender or '?'} to {group.receiver or '?'}")
    if group.error:
        lines.append(f"   Error     {group.error}")
    until = "" if group.count == 1 else f" to {origin.clock(group.last)}"
    lines.append(f"   Ended     {origin.clock(group.first)}{until}")
    if telling.deployed is not None:
        lines.append(f"   Deployed  {_deployed(telling, telling.deployed, origin)}")
    if group.link:
        lines.append(f"   Monitor   {group.link}")
    if telling.told_before is not None:
        lines.append(f"   Told      last at {origin.clock(telling.told_before)}; these since then")
    return "\n".join(lines)


def _deployed(telling: Telling, deployed: Deployment, origin: Origin) -> str:
    """What may have changed: the deployment, and how soon after it this began."""
    version = f"version {one_line(deployed.version)}" if deployed.version else "the artifact"
    if not telling.fresh:
        return f"{version} at {origin.clock(deployed.at)}"
    minutes = int((telling.group.first - deployed.at).total_seconds() // 60)
    if minutes < 1:
        after = "within a minute"
    elif minutes < 120:
        after = f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
    else:
        after = f"{minutes // 60} hours"
    return f"began {after} after {version} was deployed, at {origin.clock(deployed.at)}"


def _the_others(groups: Sequence[Group]) -> str:
    by_flow: Counter[str] = Counter()
    for group in groups:
        by_flow[group.name] += group.count
    kinds = "1 more kind" if len(groups) == 1 else f"{len(groups)} more kinds"
    lines = [f"And {kinds} of failure, by flow:"]
    lines += [f"   {count:>6}  {name}" for name, count in by_flow.most_common(_NAMES_SHOWN)]
    if len(by_flow) > _NAMES_SHOWN:
        rest = by_flow.most_common()[_NAMES_SHOWN:]
        lines.append(f"   {sum(count for _, count in rest):>6}  in {len(rest)} more flows")
    return "\n".join(lines)


def _where(groups: Sequence[Group], origin: Origin) -> str:
    """Where the records lie, and the query that finds them."""
    first, last = min(g.first for g in groups), max(g.last for g in groups)
    days = [first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days + 1)]
    days = days[-_DAYS_SHOWN:]
    prefix = f"s3://{origin.bucket}/mpl/v1/tenant={origin.tenant}/dt="
    dates = str(days[0]) if len(days) == 1 else f"{days[0]} to dt={days[-1]}"
    from_, to = window_of(first), window_of(last)
    windows = f"window {window_name(to)}"
    if from_ != to:
        windows = f"windows {window_name(from_)} to {window_name(to)}"
    until = last + timedelta(milliseconds=1)
    dts = ", ".join(f"'{day}'" for day in days)
    statuses = ", ".join(f"'{status}'" for status in sorted(_statuses(groups)))
    return "\n".join(
        (
            f"The records lie in {prefix}{dates}/, {windows}.",
            "In Athena:",
            "   SELECT logend, integrationartifact.name, status, messageguid, errortext",
            f"   FROM {origin.table}",
            f"   WHERE tenant = '{origin.tenant}' AND dt IN ({dts})",
            f"     AND status IN ({statuses})",
            f"     AND logend >= '{iso_instant(first)}' AND logend < '{iso_instant(until)}'",
            "   ORDER BY logend",
        )
    )


def _statuses(groups: Sequence[Group]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for group in groups:
        total.update(group.statuses)
    return dict(total)


def _counts(statuses: Mapping[str, int]) -> str:
    """How many of each status; escalations first, for they are what has to be read."""
    ordered = sorted(statuses, key=lambda status: (status != "ESCALATED", status))
    return ", ".join(f"{statuses[status]} {status}" for status in ordered)
