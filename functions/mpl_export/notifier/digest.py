"""A digest: the message that people get, short enough for any channel, with what they need to act.

Bounds: SNS, "Publish": a message of 256 KiB with its attributes; a subject of less than 100
characters without line breaks or control characters, which mail shows safely as ASCII only.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from mpl_export.archive.layout import window_name
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from mpl_export.notifier.grouping import Group

SUBJECT_CHARACTERS = 99
MESSAGE_BYTES = 256 << 10
_ATTRIBUTE_BYTES = 64 << 10
_GROUPS_SHOWN = 20
_NAMES_SHOWN = 60
_DAYS_SHOWN = 31
_CUT = "\n[cut]\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A message to people.

    Attributes:
        attributes: What subscriptions may filter by; a list is told as ``String.Array``.
    """

    subject: str
    body: str
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A group that is told now.

    Attributes:
        told_before: When failures of this signature were told last; None if they are new.
    """

    group: Group
    told_before: datetime | None


def failures_digest(tellings: Sequence[Telling], *, tenant: str, bucket: str) -> Digest:
    """The digest of failed messages, the most frequent first."""
    ordered = sorted(tellings, key=lambda telling: (-telling.group.count, telling.group.name))
    groups = [telling.group for telling in ordered]
    statuses = {status for group in groups for status in group.statuses}
    blocks = [_heading(groups, tenant)]
    blocks += [_block(number, each) for number, each in enumerate(ordered[:_GROUPS_SHOWN], 1)]
    if ordered[_GROUPS_SHOWN:]:
        blocks.append(_the_others(groups[_GROUPS_SHOWN:]))
    blocks.append(_where(groups, sorted(statuses), tenant, bucket))
    return Digest(
        subject=_subject(f"[{tenant}] {_said(groups)}"),
        body=cut("\n\n".join(blocks) + "\n", MESSAGE_BYTES - 2 * _ATTRIBUTE_BYTES),
        attributes={
            "tenant": tenant,
            "kind": "failures",
            "severity": "escalated" if "ESCALATED" in statuses else "failed",
            "artifact": _within_bytes(list(dict.fromkeys(group.artifact for group in groups))),
        },
    )


def flows_digest(
    silent: Mapping[str, tuple[datetime | None, timedelta]],
    back: Mapping[str, datetime],
    *,
    tenant: str,
) -> Digest:
    """The digest of flows that fell silent or are back.

    Args:
        silent: For each flow that is silent, when it completed last (None if that is not known)
            and the interval that was expected of it.
        back: For each flow that is back, when it completed.
    """
    lines = [
        f"{name} has completed nothing since {_clock(last) if last else 'it is watched'}; "
        f"expected is something every {_length(interval)}."
        for name, (last, interval) in sorted(silent.items())
    ] + [f"{name} is back: it completed at {_clock(at)}." for name, at in sorted(back.items())]
    said = " and ".join(
        f"{_some(names)} {word}"
        for names, word in ((sorted(silent), "silent"), (sorted(back), "back"))
        if names
    )
    lines += ["", "Silence is told once, and so is its end. See the README, Silent flows."]
    return Digest(
        subject=_subject(f"[{tenant}] {said}"),
        body=cut("\n".join(lines) + "\n", MESSAGE_BYTES - 2 * _ATTRIBUTE_BYTES),
        attributes={
            "tenant": tenant,
            "kind": "flows",
            "severity": "silent" if silent else "back",
            "artifact": _within_bytes(sorted({*silent, *back})),
        },
    )


def cut(text: str, most_bytes: int) -> str:
    """A text that fits, in UTF-8 and without breaking a character; one that was cut says so."""
    body = text.encode("utf-8", "replace")
    if len(body) <= most_bytes:
        return body.decode()
    return body[: most_bytes - len(_CUT)].decode("utf-8", "ignore") + _CUT


def _subject(text: str) -> str:
    """A subject in ASCII: accents go, what has no ASCII form becomes a question mark."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    ascii_only = letters.encode("ascii", "replace").decode()
    printable = " ".join("".join(c if c.isprintable() else " " for c in ascii_only).split())
    if len(printable) <= SUBJECT_CHARACTERS:
        return printable
    return printable[: SUBJECT_CHARACTERS - 3] + "..."


def _said(groups: Sequence[Group]) -> str:
    """The whole digest in a line: how much of what, then why or where else."""
    if len(groups) == 1:
        (group,) = groups
        error = f" - {group.error}" if group.error else ""
        return f"{_counts(group.statuses)}: {group.name}{error}"
    by_flow: Counter[str] = Counter()
    for group in groups:
        by_flow[group.name] += group.count
    return f"{_counts(_statuses(groups))}: {_some([f'{n} {c}' for n, c in by_flow.most_common()])}"


def _some(names: Sequence[str]) -> str:
    """Some of the names, and how many more."""
    more = len(names) - 2
    shown = ", ".join(names[:2])
    return f"{shown} and {more} more" if more > 0 else shown


def _heading(groups: Sequence[Group], tenant: str) -> str:
    first, last = min(g.first for g in groups), max(g.last for g in groups)
    kinds = "of one kind" if len(groups) == 1 else f"of {len(groups)} kinds"
    total = sum(group.count for group in groups)
    noun = "message" if total == 1 else "messages"
    return (
        f"{total} {noun} of tenant {tenant} failed ({_counts(_statuses(groups))}), {kinds}.\n"
        f"The first ended at {_clock(first)}, the last at {_clock(last)}."
    )


def _block(number: int, telling: Telling) -> str:
    group = telling.group
    lines = [f"{number}. {group.name}: {_counts(group.statuses)}"]
    if group.name != group.artifact:
        lines.append(f"   Artifact  {group.artifact}")
    if group.package:
        lines.append(f"   Package   {group.package}")
    if group.sender or group.receiver:
        lines.append(f"   Route     {group.sender or '?'} to {group.receiver or '?'}")
    if group.error:
        lines.append(f"   Error     {group.error}")
    ended = _clock(group.first)
    lines.append(f"   Ended     {ended}{'' if group.count == 1 else f' to {_clock(group.last)}'}")
    if group.link:
        lines.append(f"   Monitor   {group.link}")
    if telling.told_before is not None:
        lines.append(
            f"   {group.count} since this was told at {_clock(telling.told_before)}; "
            "held back until now."
        )
    return "\n".join(lines)


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


def _where(groups: Sequence[Group], statuses: Sequence[str], tenant: str, bucket: str) -> str:
    """Where the records lie, and the query that finds them."""
    first, last = min(g.first for g in groups), max(g.last for g in groups)
    days = [first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days + 1)]
    days = days[-_DAYS_SHOWN:]
    prefix = f"s3://{bucket}/mpl/v1/tenant={tenant}/dt="
    dates = str(days[0]) if len(days) == 1 else f"{days[0]} to dt={days[-1]}"
    from_, to = window_of(first), window_of(last)
    windows = f"window {window_name(to)}"
    if from_ != to:
        windows = f"windows {window_name(from_)} to {window_name(to)}"
    until = last + timedelta(milliseconds=1)
    return "\n".join(
        (
            f"The records lie in {prefix}{dates}/, {windows}.",
            "In Athena:",
            "   SELECT logend, integrationartifact.name, status, messageguid, errortext FROM mpl",
            f"   WHERE tenant = '{tenant}' AND dt IN ({', '.join(f"'{day}'" for day in days)})",
            f"     AND status IN ({', '.join(f"'{status}'" for status in statuses)})",
            f"     AND logend >= '{iso_instant(first)}' AND logend < '{iso_instant(until)}'",
            "   ORDER BY logend",
        )
    )


def _statuses(groups: Sequence[Group]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for group in groups:
        total.update(group.statuses)
    return dict(sorted(total.items(), reverse=True))


def _counts(statuses: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in statuses.items())


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}Z"


def _length(interval: timedelta) -> str:
    minutes = int(interval.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"


def _within_bytes(names: Sequence[str]) -> list[str]:
    """As many names as an attribute may hold."""
    kept: list[str] = []
    size = 2
    for name in names:
        size += len(orjson.dumps(name)) + 1
        if size > _ATTRIBUTE_BYTES:
            break
        kept.append(name)
    return kept
