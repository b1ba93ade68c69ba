"""The columns of the archive's tables: what a record may hold, with types for Hive.

Names and types come from ``mpl_export.properties``, which the exporter holds each record to; here
stands only what each member means.  The comments end up in the catalogue, for people and for
assistants that write SQL.  The types for DuckDB stand in ``operate.archive.database``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mpl_export.properties import ARTIFACT, ARTIFACT_TEXTS, DATES, FLAGS, LISTS, TEXTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A member of a record as a column.

    Attributes:
        member: Its name in the record, in the tenant's spelling.  SQL folds case.
        hive: Its type for Glue and Athena.
    """

    member: str
    hive: str
    comment: str

    @property
    def name(self) -> str:
        """The column's name, as Glue keeps it."""
        return self.member.lower()


_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys((*TEXTS, *DATES), "string"),
    **dict.fromkeys(FLAGS, "boolean"),
    ARTIFACT: f"struct<{','.join(f'{member.lower()}:string' for member in ARTIFACT_TEXTS)}>",
    **dict.fromkeys(LISTS, "array<struct<name:string,value:string>>"),
    **dict.fromkeys(("Version", "ReadAt", "ErrorText", "Raw"), "string"),
    "Amended": "boolean",
}
"""Dates are text here, as Hive's own timestamps turn what they cannot parse into null without a
word; the view ``mpl_versions`` parses them, and says what it could not."""

_COMMENTS: Final[Mapping[str, str]] = {
    "Version": "Id of this version of the log, 32 hex digits; the first 16 tell the state "
    "(messageguid, logend, status), the last 16 the rest. Unique in the archive.",
    "ReadAt": "When the exporter read it, ISO 8601 UTC.",
    "MessageGuid": "Id of the message; one message may have several versions. Null only beside "
    "raw. Case-sensitive.",
    "LogStart": "When processing began, ISO 8601 UTC as text; null where the tenant shows none.",
    "LogEnd": "When the log was last updated, ISO 8601 UTC as text, such as "
    "2026-11-22T14:05:00.123Z; null where the tenant shows none.",
    "Status": "COMPLETED, FAILED, ESCALATED, CANCELLED and DISCARDED are final; RETRY, PROCESSING "
    "and ABANDONED are not. Others may come.",
    "CustomStatus": "Status that the flow set itself; otherwise the same as status.",
    "Sender": "System that sent the message, free text.",
    "Receiver": "System or systems that received it, free text; several are separated by commas.",
    "CorrelationId": "The same for messages that belong together, such as the flows of one chain.",
    "ApplicationMessageId": "Business key that the flow set (SAP_ApplicationID), free text.",
    "ApplicationMessageType": "Kind of document that the flow set, free text.",
    "PredecessorMessageGuid": "The message that caused this one; only newer tenants have it.",
    "IntegrationFlowName": "Deprecated by SAP; holds the id of the artifact. "
    "Use integrationartifact.id.",
    "IntegrationArtifact": "What processed the message: id, name, type, packageid, packagename; "
    "members may be null.",
    "AlternateWebLink": "The message in the tenant's monitor.",
    "LogLevel": "NONE, INFO, ERROR, DEBUG or TRACE.",
    "ArchivingStatus": "SAP's own archiving, which is not this archive; mostly NOT_RELEVANT.",
    "ArchivingSenderChannelMessages": "Whether SAP archives messages of the sender channel.",
    "ArchivingReceiverChannelMessages": "Whether SAP archives messages of the receiver channel.",
    "ArchivingLogAttachments": "Whether SAP archives attachments of the log.",
    "ArchivingPersistedMessages": "Whether SAP archives persisted messages.",
    "TransactionId": "Id of the transaction, 32 hex digits.",
    "PreviousComponentName": "Component before this one.",
    "LocalComponentName": "Component that wrote the log, such as CPI_acme.",
    "OriginComponentName": "Component in which the chain began.",
    "CustomHeaderProperties": "Custom headers as a list of name and value, where Expand of the "
    "stack has them archived; null elsewhere.",
    "AdapterAttributes": "Attributes of adapters as a list of name and value, where Expand of the "
    "stack has them archived; null elsewhere.",
    "ErrorText": "Text of the error for FAILED and ESCALATED, where it could be fetched; at most "
    "64 kB, newlines included. May hold business data.",
    "Amended": "True if only the rest differs from a version stored before; null otherwise.",
    "Raw": "The row as it came, as JSON, where a member was not of its type; what could be read "
    "of it stands in the other columns. Null for nearly all rows.",
}

_FIRST: Final = (
    "MessageGuid",
    "Status",
    "LogStart",
    "LogEnd",
    ARTIFACT,
    "Sender",
    "Receiver",
    "ErrorText",
    "CorrelationId",
    "ApplicationMessageId",
)
"""What people look for comes first."""


def _comment(member: str) -> str:
    comment = _COMMENTS.get(member)
    if comment is None:
        raise LookupError(f"operate/asking/columns.py: say in _COMMENTS what {member} means")
    return comment


COLUMNS: Final = tuple(
    Column(member=member, hive=_TYPES[member], comment=_comment(member))
    for member in (*_FIRST, *(each for each in _TYPES if each not in _FIRST))
)
