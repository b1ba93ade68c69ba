"""$select and $expand: what of a row an answer shows."""

from dataclasses import dataclass
from functools import lru_cache

from operate.sap_tenant.columns import EXPANDABLE, NAVIGATION, declared
from operate.sap_tenant.odata_errors import ODataError, refused


@dataclass(frozen=True, slots=True)
class Selection:
    """The properties, deferred links and expanded lists of every row of an answer."""

    properties: tuple[str, ...]
    deferred: tuple[str, ...]
    expanded: tuple[str, ...]


@lru_cache(maxsize=256)
def parse_selection(select: str | None, expand: str | None, *, with_predecessor: bool) -> Selection:
    """Read $select and $expand.

    A list that is expanded but not selected is not shown, as OData V2 has it (section 4.8).

    Raises:
        ODataError: A name that a log does not have (400); a list that cannot be expanded (501).
    """
    own = declared(with_predecessor=with_predecessor)
    expanded = _names(expand)
    for name in expanded:
        if name not in NAVIGATION:
            raise refused(f"Could not find property with name: '{name}'.")
        if name not in EXPANDABLE:
            raise ODataError(501, "Not implemented")
    chosen = _names(select)
    for name in chosen:
        if name not in own and name not in NAVIGATION and name != "*":
            raise refused(f"Could not find property with name: '{name}'.")
    everything = select is None
    return Selection(
        properties=own if everything or "*" in chosen else tuple(n for n in own if n in chosen),
        deferred=tuple(n for n in NAVIGATION if n not in expanded and (everything or n in chosen)),
        expanded=tuple(n for n in NAVIGATION if n in expanded and (everything or n in chosen)),
    )


def _names(text: str | None) -> tuple[str, ...]:
    """Split a list of names; an empty place is a name that nothing has, and so refused."""
    return () if text is None else tuple(name.strip() for name in text.split(","))
