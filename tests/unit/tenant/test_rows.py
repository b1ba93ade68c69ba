"""From the tenant's rows to logs: both spellings of everything, and nothing is ever thrown away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.instants import EPOCH
from mpl_export.model import Log
from mpl_export.tenant.rows import created_at, log_of
from tests.support.turning_clock import NOON
from tests.unit.samples import SECOND, guid_of, json_date, log, row_of


def members(one: Log) -> dict[str, Any]:
    """The members of the record that a log becomes."""
    record: dict[str, Any] = orjson.loads(b"{" + one.members + b"}")
    return record


class TestDates:
    """Two spellings in recordings, and nulls."""

    @pytest.mark.parametrize("suffix", ["", "+0000", "-0000", "+60", "+0100", "-0500"])
    def test_an_offset_changes_nothing(self, suffix: str) -> None:
        """The number counts from the epoch in UTC; the offset is for information only."""
        one = log(LogEnd=f"/Date(1765786792442{suffix})/")

        assert members(one)["LogEnd"] == "2025-12-15T08:19:52.442Z"
        assert one.log_end == datetime(2025, 12, 15, 8, 19, 52, 442_000, tzinfo=UTC)
        assert one.version == log(LogEnd="/Date(1765786792442)/").version

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_a_null_date_is_null(self, nothing: str | None) -> None:
        """Recorded rows have none while a message runs."""
        one = log(LogStart=nothing, LogEnd=nothing)

        assert one.readable
        assert one.log_end is None
        assert (members(one)["LogStart"], members(one)["LogEnd"]) == (None, None)

    def test_a_date_before_the_epoch_is_one(self) -> None:
        """Nothing sensible, but it must not stop anything."""
        assert log(LogStart="/Date(-1)/").readable
        assert members(log(LogStart="/Date(-1)/"))["LogStart"] == "1969-12-31T23:59:59.999Z"

    def test_a_row_without_dates_has_them_as_null(self) -> None:
        """Readers find the members in every record."""
        row = row_of()
        del row["LogStart"], row["LogEnd"]

        assert members(log_of(row, NOON)) | {"LogStart": None, "LogEnd": None} == members(
            log_of(row, NOON)
        )


class TestPlaces:
    """In which window a log is filed, and when it began."""

    def test_a_log_is_filed_by_the_end_that_it_shows(self) -> None:
        """Whichever request read it."""
        assert log(1, NOON + SECOND).filed_at == NOON + SECOND

    def test_a_log_without_an_end_is_filed_by_its_id(self) -> None:
        """The second of creation stands in it, so the place never moves."""
        created = NOON - timedelta(days=400)
        one = log(1, None, MessageGuid=guid_of(1, created))

        assert (one.filed_at, one.started) == (created, created)

    def test_an_id_of_another_make_is_filed_at_the_epoch(self) -> None:
        """Somewhere, and always at the same place."""
        one = log(1, None, MessageGuid="not-of-that-make")

        assert one.readable
        assert (one.filed_at, one.started) == (EPOCH, None)

    def test_a_message_began_when_its_id_was_made(self) -> None:
        """``LogStart`` moves when a message is tried again; the id does not."""
        created = NOON - timedelta(hours=3)
        assert log(1, NOON, MessageGuid=guid_of(1, created)).started == created
        assert log(1, NOON, MessageGuid="other").started == NOON - SECOND
        assert log(1, NOON, MessageGuid="other", LogStart=None).started == NOON

    @pytest.mark.parametrize(
        ("guid", "created"),
        [
            ("AGUOVaEu4nTOYk3gkDpNLEGLr5Wk", datetime(2023, 9, 23, 3, 4, 1, tzinfo=UTC)),
            (guid_of(1, EPOCH), EPOCH),
            (guid_of(2**128 - 1), NOON),
        ],
    )
    def test_the_id_holds_the_second_of_creation(self, guid: str, created: datetime) -> None:
        """A zero byte, four bytes of seconds, sixteen more; base64url."""
        assert created_at(guid) == created

    @pytest.mark.parametrize(
        "guid",
        [
            "",
            "AGUOVaEu4nTOYk3gkDpNLEGLr5W",
            "AGUOVaEu4nTOYk3gkDpNLEGLr5Wk" * 2,
            "BGUOVaEu4nTOYk3gkDpNLEGLr5Wk",
            "AGUOVaEu4nTOYk3gkDpNLEGLr5W ",
            "AGUOVaEu4nTOYk3gkDpNLEGLr5W\n",
            "AGUOVaEu4nTOYk3gkDpNLEGLr5Wé",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ],
    )
    def test_another_make_of_id_tells_nothing(self, guid: str) -> None:
        """A guess would file rows in windows where nobody looks for them."""
        assert created_at(guid) is None


class TestNormalising:
    """What a record keeps of a row, and how."""

    def test_protocol_and_links_are_left_out(self) -> None:
        """Hosts and links change with every upgrade, and say nothing."""
        record = members(log(AlternateWebLink="https://h/shell"))

        assert "__metadata" not in record
        assert "CustomHeaderProperties" not in record
        assert record["IntegrationArtifact"] == {"Id": "Order_to_Cash", "Name": "Order to Cash"}
        assert record["AlternateWebLink"] == "https://h/shell"

    @pytest.mark.parametrize(
        ("text", "value"),
        [("true", True), ("false", False), ("TRUE", True), ("", ""), (None, None)],
    )
    def test_flags_written_as_text_are_flags(self, text: str | None, value: object) -> None:
        """SAP's own example has text where tenants have booleans."""
        assert members(log(ArchivingLogAttachments=text))["ArchivingLogAttachments"] == value
        assert members(log(ArchivingLogAttachments=True))["ArchivingLogAttachments"] is True

    def test_other_text_stays_text(self) -> None:
        """A sender may be called true."""
        assert members(log(Sender="true", NewFlag="false")) | {
            "Sender": "true",
            "NewFlag": "false",
        } == members(log(Sender="true", NewFlag="false"))

    def test_unknown_properties_and_statuses_are_kept(self) -> None:
        """The next release of the tenant will have more of both."""
        one = log(Status="SUSPENDED", PropertyOfNextYear={"a": [1, None]})

        assert one.status == "SUSPENDED"
        assert members(one)["PropertyOfNextYear"] == {"a": [1, None]}

    @pytest.mark.parametrize("name", ["Version", "ReadAt", "ErrorText", "Amended", "Raw"])
    def test_our_names_are_never_the_tenants(self, name: str) -> None:
        """A property of that name would be read as ours, or stand twice in one object."""
        theirs: dict[str, Any] = {name: "theirs"}

        assert name not in members(log(**theirs))
        assert log(**theirs).version == log().version

    @pytest.mark.parametrize(
        "expanded",
        [
            {"results": [{"__metadata": {}, "Id": "1", "Name": "po", "Value": "47"}]},
            [{"Id": "1", "Name": "po", "Value": "47", "Log": {"__deferred": {}}}],
        ],
    )
    def test_an_expanded_list_is_names_and_values(self, expanded: object) -> None:
        """Searchable, without the ids and links of the protocol."""
        record = members(log(CustomHeaderProperties=expanded))

        assert record["CustomHeaderProperties"] == [{"Name": "po", "Value": "47"}]

    def test_entries_of_another_shape_are_kept(self) -> None:
        """Better strange than lost."""
        entries = {"results": [{"Key": "k", "__metadata": {}}, "text", None, {"Name": "n"}]}

        assert members(log(AdapterAttributes=entries))["AdapterAttributes"] == [
            {"Key": "k"},
            "text",
            None,
            {"Name": "n", "Value": None},
        ]

    def test_what_the_export_needs_stands_beside_the_text(self) -> None:
        """Without parsing the record again."""
        one = log(3, Status="FAILED")

        assert (one.guid, one.status, one.artifact) == (guid_of(3), "FAILED", "Order_to_Cash")
        assert log(IntegrationArtifact=None).artifact is None
        assert log(IntegrationArtifact={"Id": None}).artifact is None


unreadable_rows = [
    None,
    7,
    "row",
    ["a", "row"],
    {},
    row_of(MessageGuid=None),
    row_of(MessageGuid=7),
    row_of(MessageGuid=""),
    row_of(LogEnd="/Date(soon)/"),
    row_of(LogEnd=1.5),
    row_of(LogEnd=True),
    row_of(LogEnd="2026-11-22T12:00:00"),
    row_of(LogEnd="/Date(9999999999999999)/"),
    row_of(LogStart=["/Date(0)/"]),
    row_of(LogStart="/Date(\u0661)/"),
    row_of(Status=7),
    row_of(Sender=["A"]),
    row_of(Sender="\ud800"),
    row_of(PropertyOfNextYear="\udfff"),
    row_of(PropertyOfNextYear=10**30),
    row_of(IntegrationArtifact="Order_to_Cash"),
    row_of(IntegrationArtifact={"Id": 7}),
]


class TestUnreadableRows:
    """A row that cannot be read stops nothing and is kept as it came."""

    @pytest.mark.parametrize("row", unreadable_rows, ids=lambda row: str(row)[-40:].encode())
    def test_it_is_kept_as_it_came(self, row: object) -> None:
        """Somebody may understand it later; its whole text is there."""
        one = log_of(row, NOON)

        assert not one.readable
        assert (one.guid, one.status, one.artifact) == (None, None, None)
        assert list(members(one)) == ["Raw"]
        raw = members(one)["Raw"]
        assert raw.isascii()
        if "\\ud" not in raw and "\\udf" not in raw and len(raw) < 10_000:
            assert str(orjson.loads(raw))[:20] == str(row)[:20]
        assert one.version[:8] == one.version[8:]
        assert one.version == log_of(row, NOON + SECOND).version

    def test_it_is_filed_by_what_can_be_read_of_it(self) -> None:
        """The same place whichever request read it: so it is not stored twice either."""
        ended = NOON - timedelta(hours=1)
        assert log(1, ended, Status=7).filed_at == ended
        assert log(1, ended, LogEnd="/Date(soon)/").filed_at == NOON
        assert log(1, ended, LogEnd="/Date(soon)/", MessageGuid=7).filed_at == EPOCH
        assert log(1, ended, Status=7).log_end == ended

    def test_two_of_them_are_two(self) -> None:
        """Without an id, the bytes tell them apart."""
        assert log(1, LogEnd="/Date(soon)/").version != log(2, LogEnd="/Date(soon)/").version


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
hostile_rows = st.one_of(
    anything,
    st.dictionaries(
        st.sampled_from([*row_of(), "Sender", "LogLevel", "Version", "AdapterAttributes"]),
        st.one_of(anything, st.sampled_from([guid_of(1), json_date(NOON), "true"])),
    ).map(lambda change: row_of(**change)),
)


@given(hostile_rows)
def test_no_row_stops_the_export(row: object) -> None:
    """Whatever it is, it becomes a log with a place and an id, and its text is JSON."""
    one = log_of(row, NOON)

    assert len(one.version) == 16
    assert one.filed_at.tzinfo is UTC
    record = members(one)
    assert one.readable == ("Raw" not in record)
    assert log_of(row, NOON) == one
