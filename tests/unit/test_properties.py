"""The known properties, held still: tables lie over records that are never written again."""

import pytest

from mpl_export.properties import (
    ARTIFACT,
    ARTIFACT_TEXTS,
    DATES,
    FLAGS,
    LISTS,
    OURS,
    TEXTS,
    shadows,
    shadows_in_artifact,
)
from tests.support import frozen

FROZEN = {
    "text": (
        TEXTS,
        {
            *("MessageGuid", "CorrelationId", "ApplicationMessageId", "PredecessorMessageGuid"),
            *("ApplicationMessageType", "Sender", "Receiver", "IntegrationFlowName", "Status"),
            *("AlternateWebLink", "LogLevel", "CustomStatus", "ArchivingStatus", "TransactionId"),
            *("PreviousComponentName", "LocalComponentName", "OriginComponentName"),
        },
    ),
    "date": (DATES, {"LogStart", "LogEnd"}),
    "flag": (
        FLAGS,
        {
            *("ArchivingSenderChannelMessages", "ArchivingReceiverChannelMessages"),
            *("ArchivingLogAttachments", "ArchivingPersistedMessages"),
        },
    ),
    "artifact": (ARTIFACT_TEXTS, {"Id", "Name", "Type", "PackageId", "PackageName"}),
    "list": (LISTS, {"CustomHeaderProperties", "AdapterAttributes"}),
    "ours": (OURS, {"Version", "ReadAt", "ErrorText", "Amended", "Raw"}),
}


@pytest.mark.parametrize("kind", FROZEN)
def test_a_known_property_keeps_name_and_type(kind: str) -> None:
    """One may come; one that goes, or changes its type, breaks the tables over what is stored."""
    known, held = FROZEN[kind]

    assert held - set(known) == set(), frozen.RECORD
    assert ARTIFACT == "IntegrationArtifact", frozen.RECORD


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Status", False), ("status", True), ("STATUS", True), ("Other", False), ("raw", True)],
)
def test_a_name_that_differs_by_case_alone_is_known(name: str, *, expected: bool) -> None:
    """SQL would take it for the same column."""
    assert shadows(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Id", False), ("ID", True), ("packageid", True), ("Other", False)]
)
def test_so_is_one_within_the_artifact(name: str, *, expected: bool) -> None:
    """Its members are columns too, of a struct."""
    assert shadows_in_artifact(name) is expected
