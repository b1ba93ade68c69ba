"""Rows by the ten thousand, from a seed: what a tenant holds after weeks of work."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from operate.sap_tenant.moments import Micros, micros_of
from operate.sap_tenant.rows import NO_ARTIFACT, Artifact, Row, Value, new_guid
from operate.sap_tenant.store import Store

_STATUSES: Final[dict[str, int]] = {
    "COMPLETED": 900,
    "FAILED": 40,
    "DISCARDED": 25,
    "ESCALATED": 10,
    "RETRY": 8,
    "PROCESSING": 8,
    "CANCELLED": 4,
    "ABANDONED": 3,
    "SUSPENDED_BY_FUTURE_RELEASE": 2,
}
"""Weights per thousand.  The last one is unknown to every client: it is to be kept, too."""

_FLOWS: Final[tuple[tuple[str, str, str], ...]] = (
    ("Order_to_Cash", "Order to Cash", "Sales"),
    ("Replicate_Business_Partner", "Replicate Business Partner", "MasterData"),
    ("Invoice_Outbound_Peppol", "Invoice Outbound (Peppol)", "Finance"),
    ("Employee_Sync", "Employee Sync", "HumanResources"),
    ("Goods_Movement_Idoc", "Goods Movement IDoc", "Logistics"),
    ("Bank_Statement_Inbound", "Bank Statement Inbound täglich", "Finance"),
    ("Price_List_Publish", "Price List Publish", "Sales"),
)
_SENDERS: Final = ("S4HANA_PRD", "SuccessFactors", "Webshop", "BANK_SFTP", "Ariba", None)
_RECEIVERS: Final = ("S4HANA_PRD", "Salesforce", "Peppol_AP, Archive", "DATEV", "MES_Werk_2", None)
_TYPES: Final = ("ORDERS05", "INVOIC02", "BusinessPartner", None, None)
_LEVELS: Final = ("INFO", "INFO", "INFO", "DEBUG", "TRACE", "ERROR", None)
_ARCHIVING: Final = ("NOT_RELEVANT", "NOT_RELEVANT", "ARCHIVED", "PENDING", "FAILED")
_ERRORS: Final[tuple[str, ...]] = (
    (
        "com.sap.it.rt.adapter.http.api.exception.HttpResponseException: An internal server error "
        "occurred: HTTP 500 for request {number} at {host}."
    ),
    (
        "java.net.SocketTimeoutException: Read timed out after {number} ms while calling {host}\n"
        "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)\n"
        "\tat org.apache.camel.impl.engine.DefaultRoute.process(DefaultRoute.java:{number})"
    ),
    (
        "com.sap.gateway.core.ip.mapping.MappingException: Cannot produce target element "
        "/ORDERS05/IDOC/E1EDK01 for document {number}. Queue has not enough values in context."
    ),
    "javax.xml.bind.ValidationException: cvc-datatype-valid: 'Ä{number}' is no 'decimal'.",
    (
        "org.apache.camel.component.file.GenericFileOperationFailedException: Cannot connect to "
        "sftp://{host}:22 (attempt {number}): Auth fail"
    ),
)
_MESSAGE_ERRORS: Final = frozenset({"FAILED", "ESCALATED", "RETRY"})
_OPEN: Final = frozenset({"PROCESSING", "RETRY"})
_UNDATED_EACH: Final = 20
"""One in so many open rows has lost its dates, as in REC1."""

_FOLLOWED_EACH: Final = 10
"""One in so many messages is followed by another one of its chain."""

_LONGEST_RUN: Final[Micros] = 90_000_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new log is made of, before it has an id or a place in time."""

    artifact: Artifact
    values: dict[str, Value]
    error_text: str | None
    custom_headers: tuple[tuple[str, str], ...]


def draft(source: random.Random, status: str) -> Draft:
    """Make up a log of this status."""
    flow, name, package = source.choice(_FLOWS)
    number = source.randrange(10_000, 10_000_000)
    failed = status in _MESSAGE_ERRORS
    archiving = source.choice(_ARCHIVING)
    values: dict[str, Value] = {
        "CorrelationId": None,
        "ApplicationMessageId": f"PO-{number}" if number % 3 else None,
        "PredecessorMessageGuid": None,
        "ApplicationMessageType": source.choice(_TYPES),
        "Sender": source.choice(_SENDERS),
        "Receiver": source.choice(_RECEIVERS),
        "Status": status,
        "LogLevel": source.choice(_LEVELS),
        "CustomStatus": "Kunde prüft" if failed and number % 7 == 0 else status,
        "ArchivingStatus": archiving,
        "ArchivingSenderChannelMessages": archiving == "ARCHIVED",
        "ArchivingReceiverChannelMessages": False,
        "ArchivingLogAttachments": archiving == "ARCHIVED",
        "ArchivingPersistedMessages": False,
        "TransactionId": f"{source.getrandbits(128):032x}",
        "PreviousComponentName": "CPI_example",
        "LocalComponentName": "CPI_example",
        "OriginComponentName": "CPI_example",
    }
    return Draft(
        artifact={
            "Id": flow,
            "Name": name,
            "Type": "INTEGRATION_FLOW",
            "PackageId": package,
            "PackageName": f"{package} integrations",
        },
        values=values,
        error_text=error_text(source, number) if failed else None,
        custom_headers=(("po_number", str(number)),) if number % 2 else (),
    )


def error_text(source: random.Random, number: int) -> str:
    """Make up the text of a failure: one of a few kinds, with numbers that differ."""
    host = f"host-{source.randrange(4)}.example"
    return source.choice(_ERRORS).format(number=number, host=host)


def new_status(source: random.Random) -> str:
    """Draw a status by its weight."""
    return source.choices(tuple(_STATUSES), tuple(_STATUSES.values()))[0]


def populate(store: Store, *, count: int, since: datetime, until: datetime) -> list[str]:
    """Add rows whose LogEnd lies in ``since <= LogEnd < until``, and a few without dates.

    Returns:
        Their ids, in order of creation.
    """
    rows = list(_population(store, count, micros_of(since), micros_of(until)))
    store.extend(rows)
    return [row.guid for row in rows]


def _population(store: Store, count: int, since: Micros, until: Micros) -> Iterator[Row]:
    source = store.random
    statuses = source.choices(tuple(_STATUSES), tuple(_STATUSES.values()), k=count)
    before: Row | None = None
    for end, status in zip(
        sorted(source.randrange(since, until) for _ in range(count)), statuses, strict=True
    ):
        start = end - int(source.random() ** 3 * _LONGEST_RUN)
        made = draft(source, status)
        made.values["CorrelationId"] = new_guid(start, source)
        if before is not None and before.number % _FOLLOWED_EACH == 0:
            made.values["CorrelationId"] = before.values["CorrelationId"]
            made.values["PredecessorMessageGuid"] = before.guid
        row = Row(
            number=store.next_number(),
            guid=new_guid(start, source),
            start=start,
            end=end,
            values=made.values,
            artifact=made.artifact,
            error_text=made.error_text,
            custom_headers=made.custom_headers,
        )
        if status in _OPEN and source.randrange(_UNDATED_EACH) == 0:
            undate(row)
        before = row
        yield row


def undate(row: Row) -> None:
    """Take from a row what the recorded rows without dates had lost."""
    row.start = row.end = None
    row.artifact = dict(NO_ARTIFACT)
    for name in ("CorrelationId", "LogLevel", "TransactionId"):
        row.values[name] = None
