"""Logs as Atom XML, which the tenant sends to everyone who does not ask for JSON."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.columns import COLUMNS, ENTITY_SET, NAMESPACE
from operate.sap_tenant.json_form import web_link
from operate.sap_tenant.moments import Micros, instant_of, shown_millis
from operate.sap_tenant.rows import Row
from operate.sap_tenant.selection import Selection

FEED_TYPE: Final = "application/atom+xml;type=feed;charset=utf-8"
ENTRY_TYPE: Final = "application/atom+xml;type=entry;charset=utf-8"

_NAMES: Final = (
    'xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
)
_PROLOGUE: Final = '<?xml version="1.0" encoding="utf-8"?>'
_SCHEME: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices"


class AtomForm:
    """How one answer shows rows as Atom."""

    def __init__(self, selection: Selection, behaviour: Behaviour, root: str) -> None:
        self._selection = selection
        self._behaviour = behaviour
        self._root = root

    def page(self, rows: Sequence[Row], *, total: int | None, next_link: str | None) -> bytes:
        """Give a feed; its next link is absolute, other than that of JSON."""
        parts = [f"{_PROLOGUE}<feed {_NAMES} xml:base={quoteattr(self._root + '/')}>"]
        parts.append(f"<id>{self._root}/{ENTITY_SET}</id><title>{ENTITY_SET}</title>")
        if total is not None:
            parts.append(f"<m:count>{total}</m:count>")
        parts.extend(self._entry(row, "") for row in rows)
        if next_link is not None:
            href = quoteattr(f"{self._root}/{next_link}")
            parts.append(f'<link rel="next" href={href}/>')
        parts.append("</feed>")
        return "".join(parts).encode()

    def single(self, row: Row) -> bytes:
        """Give one entry as a document."""
        return (_PROLOGUE + self._entry(row, f" {_NAMES}")).encode()

    def _entry(self, row: Row, names: str) -> str:
        uri = f"{self._root}/{ENTITY_SET}('{row.guid}')"
        links = "".join(
            f'<link href="{ENTITY_SET}(\'{row.guid}\')/{name}" rel="{_SCHEME}/related/{name}"/>'
            for name in (*self._selection.deferred, *self._selection.expanded)
        )
        properties = "".join(self._property(row, name) for name in self._selection.properties)
        return (
            f"<entry{names}><id>{uri}</id><title>{ENTITY_SET}</title>"
            f'<category term="{NAMESPACE}.MessageProcessingLog" scheme="{_SCHEME}/scheme"/>'
            f'{links}<content type="application/xml"><m:properties>{properties}'
            "</m:properties></content></entry>"
        )

    def _property(self, row: Row, name: str) -> str:
        if name == "IntegrationArtifact":
            members = "".join(_element(key, value) for key, value in row.artifact.items())
            return f'<d:{name} m:type="{COLUMNS[name]}">{members}</d:{name}>'
        if name in {"LogStart", "LogEnd"}:
            return _element(name, self._date(row.start if name == "LogStart" else row.end))
        value = web_link(row.guid) if name == "AlternateWebLink" else row.value(name)
        return _element(name, str(value).lower() if isinstance(value, bool) else value)

    def _date(self, micros: Micros | None) -> str | None:
        """Write a date as the fragments show it: no zone, zeros at the end trimmed."""
        if micros is None:
            return None
        millis = shown_millis(micros, self._behaviour.shown)
        whole = instant_of(millis // 1000 * 1_000_000).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{whole}.{millis % 1000:03d}".rstrip("0").rstrip(".")


def _element(name: str, value: object) -> str:
    if value is None:
        return f'<d:{name} m:null="true"/>'
    return f"<d:{name}>{escape(str(value))}</d:{name}>"
