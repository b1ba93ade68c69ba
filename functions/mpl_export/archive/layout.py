"""Where things lie in the archive; frozen for ``v1``, because readers and other exports rely on it.

``mpl/v1/tenant=<tenant>/dt=<date of the window>/<HHMM>Z-<part>.jsonl.gz`` holds a part,
``sources/tenant=<tenant>.json`` the API host that a tenant's records come from, and
``sources/tenant=<tenant>.probe`` what the export's own check wrote once.
"""

import re
from datetime import UTC, datetime

_PART = re.compile(r".*/dt=(\d{4}-\d\d-\d\d)/(\d{4})Z-(\d{4,})\.jsonl\.gz")


def window_prefix(tenant: str, window: datetime) -> str:
    """What the keys of all parts of a window begin with."""
    return f"mpl/v1/tenant={tenant}/dt={window.date().isoformat()}/{window:%H%M}Z-"


def part_key(tenant: str, window: datetime, number: int) -> str:
    """The key of a part; numbers begin at 0."""
    return f"{window_prefix(tenant, window)}{number:04d}.jsonl.gz"


def part_of_key(key: str) -> tuple[datetime, int] | None:
    """The window and the number that a part's key names; None if it is no part's key."""
    match = _PART.fullmatch(key)
    if match is None:
        return None
    day, time, number = match.groups()
    try:
        window = datetime.strptime(f"{day}T{time}", "%Y-%m-%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return window, int(number)


def source_key(tenant: str) -> str:
    """The key of the marker that ties a tenant's name to its API host."""
    return f"sources/tenant={tenant}.json"


def probe_key(tenant: str) -> str:
    """The key of the object that the export's own check writes once, and reads at each check."""
    return f"sources/tenant={tenant}.probe"
