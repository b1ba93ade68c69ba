"""The digest of flows that fell silent or are back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mpl_export.notifier.digest import Digest, Origin
from mpl_export.rules.teams import UNASSIGNED


def flows_digest(
    silent: Mapping[str, tuple[datetime | None, timedelta]],
    back: Mapping[str, datetime],
    origin: Origin,
    teams: Sequence[str] = (UNASSIGNED,),
) -> Digest:
    """The digest of flows that fell silent or are back.

    Args:
        silent: For each flow that is silent, when it completed last (None if that is not known)
            and the interval that was expected of it.
        back: For each flow that is back, when it completed.
        teams: All of them: only records tell whose an artifact is.
    """
    lines = [
        f"{name} has completed nothing since {origin.clock(last) if last else 'it is watched'}; "
        f"expected is something every {_length(interval)}."
        for name, (last, interval) in sorted(silent.items())
    ]
    lines += [
        f"{name} is back: it completed at {origin.clock(at)}." for name, at in sorted(back.items())
    ]
    lines += ["", "Silence is told once, and so is its end. See docs/alarms.md, Silent flows."]
    lines += origin.links("silent-flows")
    return origin.digest(
        kind="flows",
        severity="silent" if silent else "back",
        said=" and ".join(
            f"{some(names)} {word}"
            for names, word in ((sorted(silent), "silent"), (sorted(back), "back"))
            if names
        ),
        body="\n".join(lines) + "\n",
        artifacts=sorted({*silent, *back}),
        teams=teams,
    )


def some(names: Sequence[str]) -> str:
    """Some of the names, and how many more."""
    more = len(names) - 2
    shown = ", ".join(names[:2])
    return f"{shown} and {more} more" if more > 0 else shown


def _length(interval: timedelta) -> str:
    minutes = int(interval.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return unit if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"
