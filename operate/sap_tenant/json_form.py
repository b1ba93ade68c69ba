"""Logs as JSON of OData V2, to the letter of the recordings (facts, section 3.2)."""

import json
from collections.abc import Sequence
from typing import Final

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.columns import COLUMNS, ENTITY_SET, NAMESPACE, NAVIGATION, set_of
from operate.sap_tenant.moments import Micros, shown_millis
from operate.sap_tenant.rows import Row
from operate.sap_tenant.selection import Selection

MEDIA_TYPE: Final = "application/json"

_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class JsonForm:
    """How one answer shows rows.  Texts of rows are kept with the row until it changes."""

    def __init__(self, selection: Selection, behaviour: Behaviour, root: str) -> None:
        self._selection = selection
        self._behaviour = behaviour
        self._root = root
        self._key = repr(
            (selection, behaviour.shown, behaviour.date_offset, behaviour.text_booleans, root)
        )

    def page(self, rows: Sequence[Row], *, total: int | None, next_link: str | None) -> bytes:
        """Give the envelope of a list; ``__count`` is text."""
        parts = [f'"results":[{",".join(map(self.entry, rows))}]']
        if total is not None:
            parts.insert(0, f'"__count":"{total}"')
        if next_link is not None:
            parts.append(f'"__next":{_encode(next_link)}')
        return f'{{"d":{{{",".join(parts)}}}}}'.encode()

    def single(self, row: Row) -> bytes:
        """Give the envelope of one log."""
        return f'{{"d":{self.entry(row)}}}'.encode()

    def entry(self, row: Row) -> str:
        """Give one row as text."""
        text = row.fragments.get(self._key)
        if text is None:
            text = row.fragments[self._key] = _encode(self._entry(row))
        return text

    def _entry(self, row: Row) -> dict[str, object]:
        uri = f"{self._root}/{ENTITY_SET}('{row.guid}')"
        shown: dict[str, object] = {
            "__metadata": {"id": uri, "uri": uri, "type": f"{NAMESPACE}.MessageProcessingLog"}
        }
        for name in self._selection.properties:
            shown[name] = self._property(row, name)
        for name in self._selection.deferred:
            shown[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
        for name in self._selection.expanded:
            shown[name] = {"results": list_entries(row, name, self._root)}
        return shown

    def _property(self, row: Row, name: str) -> object:
        match name:
            case "LogStart":
                return self._date(row.start)
            case "LogEnd":
                return self._date(row.end)
            case "IntegrationArtifact":
                return {"__metadata": {"type": COLUMNS[name]}, **row.artifact}
            case "AlternateWebLink":
                return web_link(row.guid)
        value = row.value(name)
        if isinstance(value, bool) and self._behaviour.text_booleans:
            return str(value).lower()
        return value

    def _date(self, micros: Micros | None) -> str | None:
        if micros is None:
            return None
        offset = "+0000" if self._behaviour.date_offset else ""
        return f"/Date({shown_millis(micros, self._behaviour.shown)}{offset})/"


def web_link(guid: str) -> str:
    """Give the link into the user interface, which has a host of its own."""
    return (
        "https://example.integrationsuite.example:443/shell/monitoring/Messages/"
        f"%7B%22identifier%22%3A%22{guid}%22%7D"
    )


def list_entries(row: Row, name: str, root: str) -> list[dict[str, object]]:
    """Give the entries of a list that hangs on a log; lists nobody reads are empty."""
    contents: list[dict[str, object]] = []
    if name == "CustomHeaderProperties":
        contents = [{"Name": key, "Value": value} for key, value in row.custom_headers]
    elif name == "AdapterAttributes":
        contents = [
            {"AdapterId": adapter, "AdapterMessageId": row.guid, "Name": key, "Value": value}
            for adapter, key, value in row.adapter_attributes
        ]
    kind = NAVIGATION[name]
    entries: list[dict[str, object]] = []
    for index, content in enumerate(contents):
        key = f"{row.guid}-{index}"
        uri = f"{root}/{set_of(kind)}('{key}')"
        metadata = {"id": uri, "uri": uri, "type": f"{NAMESPACE}.{kind}"}
        entries.append({"__metadata": metadata, "Id": key, **content})
    return entries


def list_body(row: Row, name: str, root: str) -> bytes:
    """Give the answer to a request for a list alone."""
    return _encode({"d": {"results": list_entries(row, name, root)}}).encode()


def error_information(row: Row, root: str) -> bytes:
    """Give the entity whose media stream is the error text."""
    uri = f"{root}/{NAVIGATION['ErrorInformation']}s('{row.guid}')"
    metadata = {
        "id": uri,
        "uri": uri,
        "type": f"{NAMESPACE}.{NAVIGATION['ErrorInformation']}",
        "content_type": "application/octet-stream",
        "media_src": f"{uri}/$value",
    }
    entity = {
        "__metadata": metadata,
        "MessageGuid": row.guid,
        "Type": "text/plain",
        "LastErrorModelStepId": "MessageFlow_1",
    }
    return _encode({"d": entity}).encode()


def service_document() -> bytes:
    """Give the names of the entity sets."""
    sets = [ENTITY_SET, *map(set_of, NAVIGATION.values())]
    return _encode({"d": {"EntitySets": sets}}).encode()
