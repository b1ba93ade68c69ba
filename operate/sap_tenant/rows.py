"""One message processing log as the tenant keeps it."""

import base64
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Final
from zlib import crc32

from operate.sap_tenant.columns import ARTIFACT_MEMBERS
from operate.sap_tenant.moments import Micros, Shown, shown_instant

type Value = str | bool | None
type Artifact = dict[str, str | None]


class Unset(Enum):
    """The absence of an argument where None has a meaning of its own (a null date)."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

NO_ARTIFACT: Final[Artifact] = dict.fromkeys(ARTIFACT_MEMBERS)
"""The members of the complex property may all be null; the property itself is not."""


@dataclass(slots=True, eq=False)
class Row:
    """A log with its true instants.

    Attributes:
        number: Order of creation; the order of an answer to which no $orderby was given.
        start, end: ``LogStart`` and ``LogEnd`` in true microseconds; None is a null date.
        values: The plain properties, booleans included.
        stamps: The number of the newest change of each property.
        fragments: The row as text, one entry per form in which it was asked for; emptied
            by every change, so that a page of unchanged rows costs next to nothing.
    """

    number: int
    guid: str
    start: Micros | None
    end: Micros | None
    values: dict[str, Value]
    artifact: Artifact
    error_text: str | None = None
    custom_headers: tuple[tuple[str, str], ...] = ()
    adapter_attributes: tuple[tuple[str, str, str], ...] = ()
    hidden: bool = False
    stamps: dict[str, int] = field(default_factory=dict)
    fragments: dict[object, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[Micros, int, int]:
        """Where the row stands among dated rows: ties in an order that means nothing."""
        return (self.end or 0, crc32(self.guid.encode()), self.number)

    def take(self, change: Mapping[str, object], number: int) -> None:
        """Take a change; what was changed by a later one meanwhile stays.

        CustomStatus follows Status as long as nobody has set it apart.
        """
        new: dict[str, Any] = {
            name: value for name, value in change.items() if self.stamps.get(name, -1) < number
        }
        self.stamps.update(dict.fromkeys(new, number))
        if "Status" in new and self.values["CustomStatus"] == self.values["Status"]:
            self.values["CustomStatus"] = new["Status"]
        self.end = new.pop("LogEnd", self.end)
        self.start = new.pop("LogStart", self.start)
        self.error_text = new.pop("ErrorText", self.error_text)
        self.custom_headers = new.pop("CustomHeaderProperties", self.custom_headers)
        self.values.update(new)
        self.fragments.clear()

    def value(self, path: str) -> Value | Micros:
        """Give what a filter or an order by this path compares."""
        if path in self.values:
            return self.values[path]
        match path:
            case "LogEnd":
                return self.end
            case "LogStart":
                return self.start
            case "MessageGuid":
                return self.guid
            case "IntegrationFlowName":
                # A filter by the deprecated name is answered by the artifact's id.
                return self.artifact["Id"]
            case _:  # also of what this tenant does not know
                return self.artifact.get(path.removeprefix("IntegrationArtifact/"))

    def seen(self, shown: Shown) -> dict[str, object]:
        """Give the truth that a reader can know: true values, dates as they are shown."""
        return {
            "MessageGuid": self.guid,
            **self.values,
            "IntegrationFlowName": self.artifact["Id"],
            "LogStart": shown_instant(self.start, shown),
            "LogEnd": shown_instant(self.end, shown),
            "IntegrationArtifact": dict(self.artifact),
            "ErrorText": self.error_text,
            "CustomHeaderProperties": list(self.custom_headers),
            "AdapterAttributes": list(self.adapter_attributes),
        }


def new_guid(created: Micros, source: Random) -> str:
    """Make an id as the tenant does: a zero byte, the epoch second of creation, 16 random bytes.

    The 21 bytes become 28 characters of base64url, case-sensitive, ``-`` and ``_`` among them.
    """
    seconds = max(0, created // 1_000_000)
    return base64.urlsafe_b64encode(
        b"\0" + struct.pack(">I", seconds) + source.randbytes(16)
    ).decode()


def artifact_named(name: str) -> Artifact:
    """Give the complex property of an integration flow with this id."""
    return {
        "Id": name,
        "Name": name.replace("_", " "),
        "Type": "INTEGRATION_FLOW",
        "PackageId": "Integration",
        "PackageName": "Integration",
    }


def usual_values(source: Random, status: str | None, start: Micros | None) -> dict[str, Value]:
    """Give what a log holds if nobody says otherwise; one without dates holds next to nothing."""
    known = start is not None
    return {
        "CorrelationId": new_guid(start, source) if start is not None else None,
        "ApplicationMessageId": None,
        "PredecessorMessageGuid": None,
        "ApplicationMessageType": None,
        "Sender": None,
        "Receiver": None,
        "Status": status,
        "LogLevel": "INFO" if known else None,
        "CustomStatus": status,
        "ArchivingStatus": "NOT_RELEVANT",
        "ArchivingSenderChannelMessages": False,
        "ArchivingReceiverChannelMessages": False,
        "ArchivingLogAttachments": False,
        "ArchivingPersistedMessages": False,
        "TransactionId": source.randbytes(16).hex() if known else None,
        "PreviousComponentName": "CPI_example" if known else None,
        "LocalComponentName": "CPI_example" if known else None,
        "OriginComponentName": "CPI_example" if known else None,
    }
