"""Questions to the MessageProcessingLogs API as OData V2 text.

Source: OData V2, "URI conventions"; SAP, "Query options" (literals carry no zone and mean UTC).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.parsers import expat

from mpl_export.errors import UnexpectedResponseError
from mpl_export.model import Span
from mpl_export.tenant.odata.questions import encoded, key_of

LOGS = "MessageProcessingLogs"
_ENTITY = "MessageProcessingLog"


def in_span(span: Span) -> str:
    """The filter for the logs of a span."""
    return f"LogEnd ge {_literal(span.since)} and LogEnd lt {_literal(span.until)}"


def in_status(statuses: Iterable[str]) -> str:
    """The filter for the logs in any of the statuses."""
    return " or ".join(f"Status eq '{status}'" for status in statuses)


def logs_query(
    *,
    where: str,
    order: str,
    select: Iterable[str] = (),
    expand: Iterable[str] = (),
    top: int | None = None,
    skip: int = 0,
    count: bool = False,
) -> str:
    """The path and query of a page of logs, relative to the service root."""
    options = {
        "$format": "json",
        "$filter": where,
        "$orderby": order,
        "$select": ",".join(select),
        "$expand": ",".join(expand),
        "$top": "" if top is None else str(top),
        "$skip": str(skip) if skip else "",
        "$inlinecount": "allpages" if count else "",
    }
    return f"{LOGS}?{encoded(options)}"


def count_query(where: str) -> str:
    """The path and query of a bare count."""
    return f"{LOGS}/$count?{encoded({'$filter': where})}"


def error_text_path(guid: str) -> str:
    """The path of the error text of one log."""
    return f"{LOGS}({key_of(guid)})/ErrorInformation/$value"


def declared_properties(metadata: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """The properties and the navigation properties of a log, as the tenant's own model has them.

    Raises:
        UnexpectedResponseError: No such entity, no XML, or XML with a document type, which this
            document never has and which could make a parser swell.
    """
    reader = _ModelReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(metadata, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnexpectedResponseError("the tenant's $metadata is not XML as expected") from error
    if "MessageGuid" not in reader.properties or "LogEnd" not in reader.properties:
        raise UnexpectedResponseError("the tenant's $metadata declares no MessageProcessingLog")
    return frozenset(reader.properties), frozenset(reader.navigation)


class _ModelReader:
    def __init__(self) -> None:
        self.properties: set[str] = set()
        self.navigation: set[str] = set()
        self._inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "EntityType":
            self._inside = attributes.get("Name") == _ENTITY
        elif self._inside and name == "Property":
            self.properties.add(attributes.get("Name", ""))
        elif self._inside and name == "NavigationProperty":
            self.navigation.add(attributes.get("Name", ""))

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "EntityType":
            self._inside = False

    def refuse(self, *_: object) -> None:
        raise ValueError("a document type")


def _literal(instant: datetime) -> str:
    """An instant as a literal: milliseconds, no zone (SAP would misread one)."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"datetime'{text}'"
