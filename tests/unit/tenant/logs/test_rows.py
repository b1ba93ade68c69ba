"""From the tenant's rows to logs: both spellings of everything, and nothing is ever thrown away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.instants import EPOCH
from mpl_export.model import Log, created_at
from mpl_export.properties import FLAGS, LISTS, OURS, TEXTS
from mpl_export.tenant.logs import rows
from mpl_export.tenant.logs.odd_rows import odd_log_of
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON
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
        [("true", True), ("false", False), ("TRUE", True), ("", None), (None, None)],
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

    def test_entries_of_an_unknown_list_are_kept_in_any_shape(self) -> None:
        """Better strange than lost."""
        named = {"Name": "n", "Kind": 7, "__metadata": {}, "Log": {"__deferred": {}}}
        entries = {"results": [{"Key": "k", "__metadata": {}}, "text", None, named]}

        assert members(log(ListOfNextYear=entries))["ListOfNextYear"] == [
            {"Key": "k"},
            "text",
            None,
            {"Name": "n", "Kind": 7},
        ]

    def test_what_the_export_needs_stands_beside_the_text(self) -> None:
        """Without parsing the record again."""
        one = log(3, Status="FAILED")

        assert (one.guid, one.status, one.artifact) == (guid_of(3), "FAILED", "Order_to_Cash")
        assert log(IntegrationArtifact=None).artifact is None
        assert log(IntegrationArtifact={"Id": None}).artifact is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
lists = st.sampled_from(
    [
        [{"Name": "po", "Value": "47", "Id": "1"}],
        {"results": [{"__metadata": {}, "Name": "po", "Value": None}]},
        {"__deferred": {"uri": "https://h:443/x"}},
    ]
)
hostile_rows = st.one_of(
    anything,
    st.dictionaries(
        st.sampled_from([*row_of(), *TEXTS, *FLAGS, *LISTS, *OURS, "PropertyOfNextYear"]),
        st.one_of(anything, lists, st.sampled_from([guid_of(1), json_date(NOON), "true", True])),
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


@given(hostile_rows)
def test_the_short_way_and_the_long_one_give_the_same(row: object) -> None:
    """To the byte: which one a row takes must not be seen in the archive."""
    assert log_of(row, NOON) == odd_log_of(row, NOON)


def test_a_usual_row_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With links or without, expanded or not; else all rows are slow and nobody notices."""
    monkeypatch.setattr(rows, "odd_log_of", None)

    linked = log(1)
    expanded = log(1, AdapterAttributes=[{"Name": "n", "Value": None}], New=1, Runs=None)
    running = log(1, None, IntegrationArtifact=None)

    assert linked.readable
    assert members(expanded)["AdapterAttributes"] == [{"Name": "n", "Value": None}]
    assert running.readable
