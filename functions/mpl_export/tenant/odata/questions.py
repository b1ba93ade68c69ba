"""Options of a question as the tenant reads them.

Source: OData V2, "URI conventions".
"""

from collections.abc import Mapping
from urllib.parse import quote

# Characters that stay as they are: `$` must, because the tenant looks for the literal option names.
_SAFE = "$=,'()/:*&"


def encoded(options: Mapping[str, str]) -> str:
    """The query string of options; those that are empty are not sent."""
    return "&".join(
        f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items() if value
    )


def key_of(value: str) -> str:
    """A text as the key of an entity, quotes around it included."""
    return f"'{quote(value.replace("'", "''"), safe='')}'"
