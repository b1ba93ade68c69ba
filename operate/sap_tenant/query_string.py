"""The query string as the tenant reads it: decoded once, each option at most once.

Names may come with a literal ``$`` or as ``%24``; ``+`` and ``%20`` are both a blank.
"""

from typing import Final
from urllib.parse import unquote_plus

from operate.sap_tenant.odata_errors import refused

_SYSTEM_OPTIONS: Final = frozenset(
    {
        "$filter",
        "$orderby",
        "$top",
        "$skip",
        "$skiptoken",
        "$select",
        "$expand",
        "$inlinecount",
        "$format",
    }
)

type Options = dict[str, str]


def parse_query(raw: str) -> Options:
    """Read a raw query string.

    Raises:
        ODataError: An option is unknown or given twice (400).
    """
    options: Options = {}
    for piece in raw.split("&") if raw else ():
        name, _, value = piece.partition("=")
        name = unquote_plus(name)
        if name.startswith("$"):
            if name not in _SYSTEM_OPTIONS:
                raise refused(f"Invalid system query option: '{name}'.")
            if name in options:
                raise refused(f"Duplicate system query parameter names: '{name}'.")
        options[name] = unquote_plus(value)
    return options


def number_of(options: Options, name: str) -> int | None:
    """Give the number of $top, $skip or $skiptoken; None where it was not sent.

    Raises:
        ODataError: Not a number, or a negative one (400).
    """
    value = options.get(name)
    if value is None:
        return None
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(1 << 31))):
        raise refused(f"Invalid value: '{value}'.")
    if value.startswith("-"):
        raise refused(f"Provided value '{value}' must not be negative.")
    return int(value)


def continued(raw: str, *, offset: int, top: int | None) -> str:
    """Make the query of the next link out of the raw one.

    Only the literal spellings are taken out.  A client that sent ``%24top`` therefore finds
    both spellings in the link, and is refused when it follows it: so it was observed.

    Args:
        offset: Where the next page begins.
        top: What is left of a $top above the cap; None if none was sent.
    """
    kept = [
        piece
        for piece in raw.split("&")
        if piece and not piece.startswith(("$skiptoken=", "$skip=", "$top="))
    ]
    kept.append(f"$skiptoken={offset}")
    if top is not None:
        kept.append(f"$top={top}")
    return "&".join(kept)
