"""Where things lie in the archive; frozen for ``v1``, because readers and other exports rely on it.

``mpl/v1/tenant=<tenant>/dt=<date of the window>/<HH>Z-<part>.jsonl.gz`` holds a part,
``mpl/v1/tenant=<tenant>/dt=undated/<part>.jsonl.gz`` one of rows without any time,
``rules/v1/tenant=<tenant>/<8 digits>.toml`` the rules that operators put, each as a new object,
``artifacts/v1/tenant=<tenant>/dt=<date>/<HHMM>Z.jsonl.gz`` what was deployed at a minute,
``seals/v1/tenant=<tenant>/<8 digits>.json`` a seal,
``sources/tenant=<tenant>.json`` the API host that a tenant's records come from, and
``sources/tenant=<tenant>.probe`` what the export's own check wrote once.

Undated rows lie outside of every range of dates: below 1970 they would make a reader who asks for
"everything" go through half a century of empty days.
"""

import re
from datetime import UTC, datetime

from mpl_export.model import UNDATED

_SNAPSHOT = re.compile(r"artifacts/v1/.*/dt=(\d{4}-\d\d-\d\d)/(\d{4})Z\.jsonl\.gz", re.ASCII)
_PART = re.compile(r".*/dt=(?:undated/|(\d{4}-\d\d-\d\d)/(\d\d)Z-)(\d{4,})\.jsonl\.gz", re.ASCII)

_SEAL = re.compile(r"seals/v1/tenant=[^/]+/(\d{8})\.json", re.ASCII)


def parts_prefix(tenant: str) -> str:
    """What the keys of all parts of a tenant begin with."""
    return f"mpl/v1/tenant={tenant}/"


def day_prefix(tenant: str, window: datetime) -> str:
    """What the keys of all parts of all windows of a window's day begin with."""
    day = "undated" if window == UNDATED else window.date().isoformat()
    return f"{parts_prefix(tenant)}dt={day}/"


def window_name(window: datetime) -> str:
    """What the names of a window's parts begin with, for people: the hour, such as ``14Z``."""
    return f"{window:%H}Z"


def window_prefix(tenant: str, window: datetime) -> str:
    """What the keys of all parts of a window begin with."""
    name = "" if window == UNDATED else f"{window_name(window)}-"
    return f"{day_prefix(tenant, window)}{name}"


def part_key(tenant: str, window: datetime, number: int) -> str:
    """The key of a part; numbers begin at 0."""
    return f"{window_prefix(tenant, window)}{number:04d}.jsonl.gz"


def part_of_key(key: str) -> tuple[datetime, int] | None:
    """The window and the number that a part's key names; None if it is no part's key."""
    match = _PART.fullmatch(key)
    if match is None:
        return None
    day, hour, number = match.groups()
    if day is None:
        return UNDATED, int(number)
    try:
        window = datetime.strptime(f"{day}T{hour}", "%Y-%m-%dT%H").replace(tzinfo=UTC)
    except ValueError:
        return None
    # The epoch's own hour has no dated key: what lies there was not written by this export.
    return None if window == UNDATED else (window, int(number))


def rules_prefix(tenant: str) -> str:
    """What the keys of all rules of a tenant begin with."""
    return f"rules/v1/tenant={tenant}/"


def rules_key(tenant: str, number: int) -> str:
    """The key of rules; numbers begin at 0."""
    return f"{rules_prefix(tenant)}{number:08d}.toml"


def snapshot_key(tenant: str, minute: datetime) -> str:
    """The key of the snapshot of what was deployed at a minute; keys sort as time does."""
    return f"artifacts/v1/tenant={tenant}/dt={minute:%Y-%m-%d}/{minute:%H%M}Z.jsonl.gz"


def snapshot_of_key(key: str) -> datetime | None:
    """The minute that a snapshot's key names; None if it is no snapshot's key."""
    match = _SNAPSHOT.fullmatch(key)
    if match is None:
        return None
    try:
        return datetime.strptime("T".join(match.groups()), "%Y-%m-%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def source_key(tenant: str) -> str:
    """The key of the marker that ties a tenant's name to its API host."""
    return f"sources/tenant={tenant}.json"


def probe_key(tenant: str) -> str:
    """The key of the object that the export's own check writes once, and reads at each check."""
    return f"sources/tenant={tenant}.probe"


def seals_prefix(tenant: str) -> str:
    """What the keys of all seals of a tenant begin with."""
    return f"seals/v1/tenant={tenant}/"


def seal_key(tenant: str, number: int) -> str:
    """The key of a seal; numbers begin at 1."""
    return f"{seals_prefix(tenant)}{number:08d}.json"


def number_of_seal(key: str) -> int | None:
    """The number that a seal's key names; None if it is no seal's key."""
    match = _SEAL.fullmatch(key)
    return None if match is None else int(match[1])
