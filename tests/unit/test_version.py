"""The version id, held still: whatever changes it would store the whole archive a second time.

The digests below were computed apart from the code, with ``json`` and ``hashlib`` of the standard
library, from the rule as it is written down.  They must never change while the archive is ``v1``.
"""

from typing import Any

import pytest

from mpl_export.version import version_of, version_of_raw, versions_of
from tests.support import frozen

FULL: dict[str, Any] = {
    "MessageGuid": "AGkh1pBZ_-v4bSRMBdvUXQSK4hFz",
    "LogEnd": "2026-11-22T14:05:00.123Z",
    "Status": "COMPLETED",
    "LogStart": "2026-11-22T14:04:59.000Z",
    "CustomStatus": "Kunde prüft",
    "Sender": "S4HANA_PRD",
    "Receiver": "Webshop",
    "ApplicationMessageId": "PO-4711",
    "ApplicationMessageType": "ORDERS05",
    "CorrelationId": "AGkh1pCorrelation_-Id0000000",
    "LogLevel": "INFO",
    "IntegrationArtifact": {"Id": "Order_to_Cash", "Name": "Order to Cash"},
}
STATE = ("MessageGuid", "LogEnd", "Status")
REST = (
    "LogStart",
    "CustomStatus",
    "Sender",
    "Receiver",
    "ApplicationMessageId",
    "ApplicationMessageType",
    "CorrelationId",
    "LogLevel",
)

GOLDEN = {
    "every field": (FULL, "89ac3daa0f58c120616a990af93c26b6"),
    "an id and nothing else": (
        {"MessageGuid": FULL["MessageGuid"]},
        "9d2e955d1addc020e9628310b3ba0b59",
    ),
    "no dates, as of a message that runs": (
        {"MessageGuid": FULL["MessageGuid"], "LogEnd": None, "Status": "PROCESSING"},
        "42607689f4552fd5e9628310b3ba0b59",
    ),
    "text beyond ASCII, composed and decomposed": (
        {
            "MessageGuid": FULL["MessageGuid"],
            "LogEnd": FULL["LogEnd"],
            "Status": "FAILED",
            "CustomStatus": "Kunde prüft \u2013 später 😀",
            "Sender": "Ünïcødé",
            "Receiver": "東京, 大阪",
            "ApplicationMessageType": "é e\u0301",
            "IntegrationArtifact": {"Id": "Größe"},
        },
        "55b614061a97a21a9cce756c69cd930f",
    ),
    "control characters, quotes and line separators": (
        {
            "MessageGuid": FULL["MessageGuid"],
            "LogEnd": FULL["LogEnd"],
            "Status": "FAILED",
            "CustomStatus": "a\x00b\x1fc\x7f",
            "Sender": "tab\tnew\nline\rfeed\fback\b",
            "Receiver": 'quote"back\\slash/',
            "ApplicationMessageType": "\u2028\u2029",
        },
        "55b614061a97a21a580feaacf74a5ce1",
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_the_digests_are_what_they_always_were(case: str) -> None:
    """A version that gets another id would be stored, and told, a second time."""
    record, golden = GOLDEN[case]

    assert version_of(record).hex() == golden, frozen.VERSION_IDS


def test_a_row_that_cannot_be_read_has_its_bytes_for_an_id() -> None:
    """State and rest are both over the bytes: nothing in it can be told apart."""
    golden = "905bf61e57c09761905bf61e57c09761"

    assert version_of_raw(b'["a","row"]').hex() == golden, frozen.VERSION_IDS


@pytest.mark.parametrize("name", [*STATE[1:], *REST])
def test_absent_null_and_empty_are_the_same(name: str) -> None:
    """A tenant that begins to write null instead of nothing must not make every row new."""
    absent = {key: value for key, value in FULL.items() if key != name}

    ids = {version_of(absent), version_of({**FULL, name: None}), version_of({**FULL, name: ""})}

    assert len(ids) == 1
    assert version_of(FULL) not in ids


def test_ids_by_columns_are_those_of_each_record() -> None:
    """With empty values in some columns, null in others, and neither in the rest."""
    records = [{**FULL, name: value} for name in (*STATE[1:], *REST) for value in ("", None)]
    states = [[record[name] for record in records] for name in STATE]
    rests = [[record[name] for record in records] for name in REST]
    artifact: str = FULL["IntegrationArtifact"]["Id"]
    ids = [artifact, *[""] * (len(records) - 1)]
    own = [
        {**each, "IntegrationArtifact": {"Id": it}} for each, it in zip(records, ids, strict=True)
    ]

    assert list(versions_of(states, [*rests, ids])) == list(map(version_of, own))


@pytest.mark.parametrize("artifact", [None, {}, {"Id": None}, {"Id": ""}, {"Name": "Other"}])
def test_an_artifact_without_an_id_is_none(artifact: dict[str, Any] | None) -> None:
    """The members of the complex property may all be null, as in recorded rows."""
    absent = {key: value for key, value in FULL.items() if key != "IntegrationArtifact"}

    assert version_of({**FULL, "IntegrationArtifact": artifact}) == version_of(absent)


@pytest.mark.parametrize("name", STATE)
def test_what_people_care_about_changes_the_state_alone(name: str) -> None:
    """The state is what makes a version new; the rest of the row has not changed."""
    version, other = version_of(FULL), version_of({**FULL, name: "changed"})

    assert other[:8] != version[:8]
    assert other[8:] == version[8:]


@pytest.mark.parametrize("name", [*REST, "IntegrationArtifact"])
def test_a_silent_correction_changes_the_rest_alone(name: str) -> None:
    """Same state, another rest: that is how an amended row is known."""
    changed = {"Id": "changed"} if name == "IntegrationArtifact" else "changed"

    version, other = version_of(FULL), version_of({**FULL, name: changed})

    assert other[:8] == version[:8]
    assert other[8:] != version[8:]


@pytest.mark.parametrize(
    "change",
    [
        {"AlternateWebLink": "https://other.example/shell/monitoring"},
        {"ArchivingStatus": "ARCHIVED", "ArchivingLogAttachments": True},
        {"ArchivingSenderChannelMessages": True, "ArchivingReceiverChannelMessages": True},
        {"ArchivingPersistedMessages": True},
        {"PredecessorMessageGuid": "AGkh1pPredecessor_-0000000000"},
        {"PropertyOfNextYear": "new"},
        {"CustomHeaderProperties": [{"Name": "po", "Value": "1"}]},
        {"AdapterAttributes": [{"Name": "url", "Value": "https://h"}]},
        {"IntegrationFlowName": "Renamed"},
        {"IntegrationArtifact": {"Id": "Order_to_Cash", "Name": "Renamed", "PackageId": "Moved"}},
        {"TransactionId": "0" * 32, "LocalComponentName": "CPI_moved"},
        {"OriginComponentName": "CPI_moved", "PreviousComponentName": "CPI_moved"},
        {"ErrorText": "it failed", "ReadAt": "2026-11-22T14:06:00.000Z", "Amended": True},
    ],
)
def test_what_a_tenant_upgrade_may_change_does_not_matter(change: dict[str, Any]) -> None:
    """Links, hosts, archiving flags, lists and new properties would make every row new at once."""
    assert version_of({**FULL, **change}) == version_of(FULL), frozen.VERSION_IDS


def test_values_do_not_run_into_each_other() -> None:
    """A value that moves to the next field is another row, however the two are joined."""
    one = version_of({**FULL, "Sender": "A,B", "Receiver": None})
    other = version_of({**FULL, "Sender": "A", "Receiver": "B"})

    assert one != other


def test_order_of_members_does_not_matter() -> None:
    """JSON objects have no order, and a tenant may write its members in another one."""
    assert version_of(dict(reversed(FULL.items()))) == version_of(FULL)


def test_a_lone_surrogate_has_no_id() -> None:
    """Such text has no UTF-8; the row is kept as it came instead."""
    with pytest.raises(TypeError):
        version_of({**FULL, "Sender": "\ud800"})
