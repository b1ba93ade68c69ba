"""Links into the tenant's monitor, which come from the tenant like every other text."""

from typing import Final

_LONGEST: Final = 1_000


def monitor_link(value: object) -> str | None:
    """A link that may be put before people: https, and of one piece; None for anything else."""
    if not isinstance(value, str) or not value.startswith("https://") or len(value) > _LONGEST:
        return None
    fits = value.isprintable() and not any(each.isspace() or each in "\"'<>`" for each in value)
    return value if fits else None
