"""Rows that cannot be read whole: what can be read is, and the rest is kept as it came."""

from typing import Any

import orjson
import pytest

from mpl_export.archive.records import record_line
from mpl_export.instants import EPOCH
from mpl_export.model import Log
from mpl_export.notifier.failures import failure_of
from mpl_export.properties import ARTIFACT_TEXTS, FLAGS, LINK, LISTS, TEXTS
from mpl_export.tenant.logs.odd_rows import odd_log_of
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, SECOND, guid_of, json_date, log, row_of

GUID = "AGkh1pBZ_-v4bSRMBdvUXQSK4hFz"
DEEP: Any = 7
for _ in range(300):
    DEEP = [DEEP]


def members(one: Log) -> dict[str, Any]:
    """The members of the record that a log becomes."""
    record: dict[str, Any] = orjson.loads(b"{" + one.members + b"}")
    return record


NO_LOGS = [None, 7, "row", ["a", "row"], {}, {"x": "y"}, {"MessageGuid": "\ud800"}]
ODD_STATES: list[dict[str, Any]] = [
    {"MessageGuid": None},
    {"MessageGuid": 7},
    {"MessageGuid": ""},
    {"MessageGuid": "a\udfff"},
    {"LogEnd": "/Date(soon)/"},
    {"LogEnd": 1.5},
    {"LogEnd": True},
    {"LogEnd": "2026-11-22T12:00:00"},
    {"LogEnd": "/Date(9999999999999999)/"},
    {"Status": 7},
]
ODD_RESTS: list[dict[str, Any]] = [
    {"LogStart": ["/Date(0)/"]},
    {"LogStart": "/Date(\u0661)/"},
    {"Sender": ["A"]},
    {"Sender": {"results": []}},
    {"IntegrationArtifact": "Order_to_Cash"},
    {"IntegrationArtifact": {"Id": 7}},
    {"CustomHeaderProperties": "text"},
    {"AdapterAttributes": [{"Key": "k"}]},
    {"AdapterAttributes": [{"Name": "n", "Value": {}}]},
    {"ArchivingLogAttachments": "perhaps"},
    {"PropertyOfNextYear": DEEP},
]


@pytest.mark.parametrize(
    "row", [*NO_LOGS, *(row_of(**change) for change in ODD_STATES)], ids=lambda it: ascii(it)[-40:]
)
def test_a_row_without_a_state_is_known_by_its_text(row: object) -> None:
    """Nothing in it tells a new state from an old one, so both digests are over all of it."""
    one = log_of(row, NOON)

    assert not one.readable
    assert one.version[:8] == one.version[8:]
    assert one.version == log_of(row, NOON + SECOND).version
    raw = members(one)["Raw"]
    assert raw.isascii()
    if "\\ud" not in raw:
        assert isinstance(orjson.loads(raw), type(row))


@pytest.mark.parametrize("change", ODD_RESTS, ids=lambda it: ascii(it)[:40])
def test_a_failure_that_shows_something_odd_is_a_failure(change: dict[str, Any]) -> None:
    """It is counted, its text is asked for, and it is told: all that goes by its state."""
    usual, odd = log(1, Status="FAILED"), log(1, Status="FAILED", **change)

    assert not odd.readable
    assert (odd.guid, odd.status, odd.log_end) == (usual.guid, "FAILED", NOON)
    assert odd.version[:8] == usual.version[:8]
    record = members(odd)
    assert (record["MessageGuid"], record["Status"]) == (usual.guid, "FAILED")
    assert record["LogEnd"] == members(usual)["LogEnd"]
    assert orjson.loads(record["Raw"])["Status"] == "FAILED"
    line = orjson.loads(record_line(odd))
    assert failure_of(line, statuses=["FAILED"], max_age=HOUR, with_text=True) is not None


@pytest.mark.parametrize("end", ["2026-11-22T11:59:00.000Z", 0, False, [], {}], ids=repr)
def test_a_failure_whose_end_cannot_be_read_is_told_all_the_same(end: object) -> None:
    """An upgrade of the tenant that writes dates otherwise must not silence every failure."""
    odd = log_of({**row_of(1, Status="FAILED"), "LogEnd": end}, NOON)

    assert not odd.readable
    assert odd == odd_log_of({**row_of(1, Status="FAILED"), "LogEnd": end}, NOON)
    line = orjson.loads(record_line(odd))
    assert failure_of(line, statuses=["FAILED"], max_age=HOUR, with_text=True) is not None


@pytest.mark.parametrize("change", ODD_RESTS[:6], ids=lambda it: ascii(it)[:40])
def test_an_odd_value_of_the_rest_is_another_rest(change: dict[str, Any]) -> None:
    """Neither that of the value's absence, nor that of its own text."""
    (name,) = change
    versions = {
        log(1, **change).version,
        log(1).version,
        log_of({**row_of(1), name: None}, NOON).version,
        log_of({**row_of(1), name: ["another"]}, NOON).version,
    }

    assert len(versions) == 4 - (log(1).version == log_of({**row_of(1), name: None}, NOON).version)


@pytest.mark.parametrize("value", [7, {"a": 1}, ["a"], True])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_text_in_every_record(name: str, value: object) -> None:
    """An object in a column of text ends a query of the whole table."""
    one = log_of({**row_of(1), name: value}, NOON)

    assert not one.readable
    assert name not in members(one)


def test_every_known_property_has_its_type_in_every_record() -> None:
    """What can be read stands there; what cannot is in the text of the row only."""
    artifact = {**dict.fromkeys(ARTIFACT_TEXTS, "a"), "Name": 7, "New": [1]}
    entries = [{"Name": "n", "Value": "v", "Id": 1}, "odd", {"Name": "n", "Value": 7}]

    changes: dict[str, Any] = dict.fromkeys(FLAGS, 7)
    changes |= {name: {"results": entries} for name in LISTS}

    record = members(log(1, IntegrationArtifact=artifact, **changes))

    assert record["IntegrationArtifact"] == {
        "Id": "a",
        "Type": "a",
        "PackageId": "a",
        "PackageName": "a",
        "New": [1],
    }
    assert not set(FLAGS) & set(record)
    for name in LISTS:
        assert record[name] == [{"Name": "n", "Value": "v"}]


@pytest.mark.parametrize(
    "change",
    [
        {"CustomHeaderProperties": {"results": [{"Name": "n", "Value": "cut \ud83d"}]}},
        {"Sender": "cut \ud83d"},
        {"PropertyOfNextYear": {"a\udfff": ["\ud800"]}},
        {"IntegrationArtifact": {"Id": "a\ud800"}},
        {"Status": "FAILED\udcff"},
    ],
    ids=lambda it: next(iter(it)),
)
def test_a_lone_surrogate_is_one_strange_character(change: dict[str, Any]) -> None:
    """A text that was cut in the middle of a pair must not hide the whole row."""
    one = log(1, **change)

    assert one.readable
    assert "\ufffd" in one.members.decode()
    assert "Raw" not in members(one)


def test_a_number_is_the_same_whichever_parser_read_it() -> None:
    """A page with one odd row is read by another parser, all of its rows."""
    assert log(1, New=10**30) == log(1, New=float(10**30))
    assert log(1, Sender=10**30) == log(1, Sender=float(10**30))
    assert log(1, Sender=-(10**400)).version == log(1, Sender=float("-inf")).version


LINKS = {
    "__metadata": {"uri": "https://other.example:443/x"},
    "Runs": {"__deferred": {"uri": "https://other.example:443/Runs"}},
    LINK: "https://other.example/shell",
}


@pytest.mark.parametrize("odd", [{"Status": 7}, {"Sender": {"a": 1, "b": [{"c": 2, "d": 3}]}}])
@pytest.mark.parametrize(
    "links",
    [
        LINKS,
        {**LINKS, "Receiver": {"results": [{"__metadata": {"uri": "https://h"}, "a": 1}]}},
    ],
    ids=["members", "inside"],
)
def test_links_hosts_and_order_make_no_second_version(
    odd: dict[str, Any], links: dict[str, Any]
) -> None:
    """A tenant that moves to another host would show every such row anew."""
    row = row_of(1, **odd)
    other = dict(reversed(row.items()))
    if "Receiver" in links:
        row["Receiver"] = {"results": [{"a": 1}]}
    other |= links
    if isinstance(other.get("Sender"), dict):
        other["Sender"] = {"b": [{"d": 3, "c": 2}], "a": 1}

    assert log_of(other, NOON).version == log_of(row, NOON).version


GOLDEN: dict[str, tuple[object, str, str]] = {
    "no object": (
        ["a", {"b": 1, "a": None}],
        "61804287b6cc1c7861804287b6cc1c78",
        '["a",{"a":null,"b":1}]',
    ),
    "no state": (
        {"Status": 7, "Sender": "Zürich \ud800", "MessageGuid": GUID, LINK: "h"},
        "5de063ccfde53a8d5de063ccfde53a8d",
        '{"AlternateWebLink":"h","MessageGuid":"' + GUID + '",'
        '"Sender":"Z\\u00fcrich \\ud800","Status":7}',
    ),
    "a state and an odd rest": (
        {
            "MessageGuid": GUID,
            "LogEnd": "/Date(1795356300123)/",
            "Status": "FAILED",
            "Sender": {"z": "ü", "a": [1.5, True]},
            "Receiver": "Webshop",
        },
        "55b614061a97a21ad6364191a7bef48d",
        '{"LogEnd":"/Date(1795356300123)/","MessageGuid":"' + GUID + '","Receiver":"Webshop",'
        '"Sender":{"a":[1.5,true],"z":"\\u00fc"},"Status":"FAILED"}',
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_the_text_of_a_row_and_its_digests_are_frozen(case: str) -> None:
    """With a blank more, each such row would be stored once again.

    The digests were computed apart from the code, from the rule as it is written down.
    """
    row, version, raw = GOLDEN[case]

    one = log_of(row, NOON)

    assert one.version.hex() == version
    assert members(one)["Raw"] == raw


def test_it_is_filed_by_what_can_be_read_of_it() -> None:
    """The same place whichever request read it: so it is not stored twice either."""
    ended = NOON - HOUR
    assert log(1, ended, Status=7).filed_at == ended
    assert log(1, ended, LogEnd="/Date(soon)/").filed_at == NOON
    assert log(1, ended, LogEnd="/Date(soon)/", MessageGuid=7).filed_at == EPOCH
    assert log(1, ended, Status=7).log_end == ended


def test_two_of_them_are_two() -> None:
    """Without an id, the text tells them apart."""
    assert log(1, LogEnd="/Date(soon)/").version != log(2, LogEnd="/Date(soon)/").version


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_a_row_began_when_its_id_was_made(*, dated: bool) -> None:
    """Else when it ended, as far as that can be read: the lag of open messages goes by it."""
    row = {"Status": 7, "LogEnd": json_date(NOON) if dated else None}

    with_id = log_of({**row, "MessageGuid": guid_of(1, NOON - HOUR)}, NOON)
    without = log_of(row, NOON)

    assert with_id.started == NOON - HOUR
    assert without.started == (NOON if dated else None)
