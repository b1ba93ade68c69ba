"""The properties of a log that the API documents, each with its type in a record.

A record holds a known property in this type or not at all, so that a table may be laid over the
archive.  A row that shows one in another type is kept as it came beside what could be read of it
(``Raw``).  What is not listed here is kept as the tenant shows it.

Source: the tenant's ``$metadata``; recordings of the MessageProcessingLogs API.
"""

from typing import Final

TEXTS: Final = (
    "MessageGuid",
    "CorrelationId",
    "ApplicationMessageId",
    "PredecessorMessageGuid",
    "ApplicationMessageType",
    "Sender",
    "Receiver",
    "IntegrationFlowName",
    "Status",
    "AlternateWebLink",
    "LogLevel",
    "CustomStatus",
    "ArchivingStatus",
    "TransactionId",
    "PreviousComponentName",
    "LocalComponentName",
    "OriginComponentName",
)
"""Text or null."""

DATES: Final = ("LogStart", "LogEnd")
"""An instant as text such as ``2026-11-22T14:05:00.123Z``, or null."""

FLAGS: Final = (
    "ArchivingSenderChannelMessages",
    "ArchivingReceiverChannelMessages",
    "ArchivingLogAttachments",
    "ArchivingPersistedMessages",
)
"""True, false or null."""

ARTIFACT: Final = "IntegrationArtifact"
ARTIFACT_TEXTS: Final = ("Id", "Name", "Type", "PackageId", "PackageName")
"""An object whose members are text or null, or null as a whole."""

LISTS: Final = ("CustomHeaderProperties", "AdapterAttributes")
"""Where expanded: a list of objects with ``Name`` and ``Value``, both text or null."""

LINK: Final = "AlternateWebLink"
"""Moves to other hosts and paths with upgrades of the tenant; no part of a version."""

OURS: Final = frozenset({"Version", "ReadAt", "ErrorText", "Amended", "Raw"})
"""The names that a record uses itself; a property of that name is not kept."""

_NAMES: Final = frozenset({*TEXTS, *DATES, *FLAGS, ARTIFACT, *LISTS, *OURS})
_FOLDED: Final = frozenset(map(str.lower, _NAMES))
_FOLDED_ARTIFACT: Final = frozenset(map(str.lower, ARTIFACT_TEXTS))


def shadows(name: str) -> bool:
    """Whether SQL would take the name for a known one, from which it differs by case alone.

    Hive's JSON SerDe folds case: a property ``status`` beside ``Status`` would be the same column.
    """
    return name not in _NAMES and name.lower() in _FOLDED


def shadows_in_artifact(name: str) -> bool:
    """The same of a member of the artifact."""
    return name not in ARTIFACT_TEXTS and name.lower() in _FOLDED_ARTIFACT
