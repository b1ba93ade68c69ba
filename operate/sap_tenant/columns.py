"""What the tenant declares about a log: properties, their types, and what may be done with them.

Source: the recorded rows and the $metadata that clients imported (facts, sections 3.1 and 4.2).
"""

from typing import Final

NAMESPACE: Final = "com.sap.hci.api"
ENTITY_SET: Final = "MessageProcessingLogs"

COLUMNS: Final[dict[str, str]] = {
    "MessageGuid": "Edm.String",
    "CorrelationId": "Edm.String",
    "ApplicationMessageId": "Edm.String",
    "PredecessorMessageGuid": "Edm.String",
    "ApplicationMessageType": "Edm.String",
    "LogStart": "Edm.DateTime",
    "LogEnd": "Edm.DateTime",
    "Sender": "Edm.String",
    "Receiver": "Edm.String",
    "IntegrationFlowName": "Edm.String",
    "Status": "Edm.String",
    "AlternateWebLink": "Edm.String",
    "IntegrationArtifact": f"{NAMESPACE}.IntegrationArtifact",
    "LogLevel": "Edm.String",
    "CustomStatus": "Edm.String",
    "ArchivingStatus": "Edm.String",
    "ArchivingSenderChannelMessages": "Edm.Boolean",
    "ArchivingReceiverChannelMessages": "Edm.Boolean",
    "ArchivingLogAttachments": "Edm.Boolean",
    "ArchivingPersistedMessages": "Edm.Boolean",
    "TransactionId": "Edm.String",
    "PreviousComponentName": "Edm.String",
    "LocalComponentName": "Edm.String",
    "OriginComponentName": "Edm.String",
}
"""Every property with its type, in the order in which rows show them."""

PREDECESSOR: Final = "PredecessorMessageGuid"
"""Only newer tenants know this property; to select it elsewhere is a 400."""

ARTIFACT_MEMBERS: Final = ("Id", "Name", "Type", "PackageId", "PackageName")

NAVIGATION: Final[dict[str, str]] = {
    "CustomHeaderProperties": "MessageProcessingLogCustomHeaderProperty",
    "MessageStoreEntries": "MessageStoreEntry",
    "ErrorInformation": "MessageProcessingLogErrorInformation",
    "AdapterAttributes": "MessageProcessingLogAdapterAttribute",
    "Attachments": "MessageProcessingLogAttachment",
    "Runs": "MessageProcessingLogRun",
}
"""Navigation properties with the entity type at their other end."""

EXPANDABLE: Final = frozenset({"CustomHeaderProperties", "AdapterAttributes"})
"""What $expand is known to work for; ErrorInformation was seen to answer 501."""

FILTERABLE: Final = frozenset(
    {
        "Status",
        "CustomStatus",
        "LogStart",
        "LogEnd",
        "IntegrationFlowName",
        "IntegrationArtifact/Id",
        "IntegrationArtifact/Name",
        "IntegrationArtifact/Type",
        "Sender",
        "Receiver",
        "ApplicationMessageId",
        "ApplicationMessageType",
        "CorrelationId",
        "MessageGuid",
        "LogLevel",
    }
)

EQUALITY_ONLY: Final = frozenset(
    {"MessageGuid", "CorrelationId", "ApplicationMessageId", "IntegrationArtifact/Id"}
)
"""'For any Id filter use only eq': so no id can serve as a cursor."""

ORDERS: Final[dict[str, tuple[tuple[str, bool], ...]]] = {
    "LogEnd": (("LogEnd", False),),
    "LogEnd asc": (("LogEnd", False),),
    "LogEnd desc": (("LogEnd", True),),
    "LogStart": (("LogStart", False),),
    "LogStart asc": (("LogStart", False),),
    "LogStart desc": (("LogStart", True),),
    "Status,LogEnd desc": (("Status", False), ("LogEnd", True)),
    "ApplicationMessageId": (("ApplicationMessageId", False),),
}
"""The orders that are documented or in use, as (property, descending); others are refused."""


def declared(*, with_predecessor: bool) -> tuple[str, ...]:
    """Give the properties of this tenant's rows, in order."""
    return tuple(name for name in COLUMNS if with_predecessor or name != PREDECESSOR)


def set_of(entity_type: str) -> str:
    """Give the entity set of a type: properties become ``...Properties``."""
    if entity_type.endswith("y"):
        return entity_type.removesuffix("y") + "ies"
    return f"{entity_type}s"
