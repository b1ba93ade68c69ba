"""What is read out of a part: failures worth telling."""

import gzip

import orjson
import pytest

from mpl_export.archive.records import DamagedPartError
from mpl_export.instants import iso_instant
from mpl_export.notifier.failures import (
    NO_ARTIFACT,
    Failure,
    artifact_of,
    failure_of,
    records_in,
)
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import Harness, Json
from tests.unit.samples import HOUR, SECOND


def record(**members: object) -> Json:
    """A record of a message that failed at noon."""
    return Harness().record(7, **members)


def told(*, with_text: bool = True, **members: object) -> Failure | None:
    """The failure that such a record tells, to who is told FAILED of the last hour."""
    return failure_of(record(**members), statuses={"FAILED"}, max_age=HOUR, with_text=with_text)


class TestRecords:
    """Lines of a part."""

    BODY = gzip.compress(b'{"Status":"FAILED"}\n{"Status":"COMPLETED"}\n{"Status":"RETRY"}\n')

    def test_only_lines_with_a_piece_of_interest_are_parsed(self) -> None:
        """Of ten thousand lines, few are about a failure."""
        found = records_in(self.BODY, [b'"FAILED"', b'"RETRY"'])

        assert [each["Status"] for each in found] == ["FAILED", "RETRY"]
        assert list(records_in(self.BODY, [])) == []
        assert len(list(records_in(self.BODY, [b""]))) == 3

    @pytest.mark.parametrize(
        "body",
        [
            b"not a part",
            BODY[:-4],
            BODY[:30] + b"\0\0\0\0" + BODY[34:],
            gzip.compress(b'"FAILED" but no record\n'),
        ],
        ids=["text", "cut", "damaged", "no JSON"],
    )
    def test_what_the_export_did_not_write_is_told(self, body: bytes) -> None:
        """However far it can be read."""
        with pytest.raises(DamagedPartError):
            list(records_in(body, [b""]))


class TestFailure:
    """A version in a told status."""

    def test_it_says_what_its_record_says(self) -> None:
        """With the gist of the text beside the text."""
        failure = told(ErrorText="java.io.IOException: down\n\tat x.y.z(A.java:1)")

        assert failure is not None
        assert (failure.version, failure.status, failure.ended) == (f"{7:032x}", "FAILED", NOON)
        assert failure.artifact == "Order_to_Cash"
        assert failure.error == "IOException: down"
        assert failure.error_text == "java.io.IOException: down\n\tat x.y.z(A.java:1)"
        assert failure.link == "https://tenant.example/monitoring/7"
        assert failure.record["Sender"] == "ERP"

    @pytest.mark.parametrize(
        "members",
        [
            {"Status": "COMPLETED"},
            {"Status": None},
            {"Status": {"odd": 1}},
            {"Amended": True},
            {"LogEnd": None},
            {"LogEnd": 7},
            {"LogEnd": iso_instant(NOON - HOUR - SECOND)},
        ],
        ids=repr,
    )
    def test_what_is_not_to_be_told_is_none(self, members: Json) -> None:
        """Another status, told before, without an end, or too old when it was read."""
        assert told(**members) is None

    def test_age_is_what_it_was_when_the_tenant_was_read(self) -> None:
        """How long the part waited since does not count: what is late is told late."""
        assert told(LogEnd=iso_instant(NOON - HOUR)) is not None

    def test_an_end_that_cannot_be_read_was_no_later_than_the_reading(self) -> None:
        """A row that could not be read may tell of a failure all the same."""
        failure = told(LogEnd=None, Raw="{}")

        assert failure is not None
        assert failure.ended == NOON

    def test_without_texts_nothing_of_the_text_is_kept(self) -> None:
        """Kinds are told apart by artifact and status then."""
        one = told(ErrorText="partner Miller", with_text=False)
        other = told(ErrorText="partner Smith", with_text=False)

        assert one is not None
        assert other is not None
        assert (one.error, one.error_text) == ("", None)
        assert one.signature == other.signature

    @pytest.mark.parametrize("text", [None, ""])
    def test_a_failure_without_a_text_has_none(self, text: object) -> None:
        """Not an empty one."""
        failure = told(ErrorText=text)

        assert failure is not None
        assert failure.error_text is None

    @pytest.mark.parametrize(
        "link",
        [
            None,
            7,
            "http://tenant.example/1",
            "javascript:alert(1)",
            "https://tenant.example/a b",
            "https://tenant.example/\nInjected",
            "https://tenant.example/" + "x" * 1_000,
        ],
    )
    def test_a_link_that_may_not_be_shown_is_none(self, link: object) -> None:
        """People click on it."""
        failure = told(AlternateWebLink=link)

        assert failure is not None
        assert failure.link is None


@pytest.mark.parametrize(
    ("members", "artifact"),
    [
        ({"IntegrationArtifact": {"Id": "Orders"}}, "Orders"),
        ({"IntegrationArtifact": {"Id": "a\nb"}}, "a b"),
        ({"IntegrationArtifact": {"Id": None}, "IntegrationFlowName": "Flow"}, "Flow"),
        ({"IntegrationArtifact": None, "IntegrationFlowName": "Flow"}, "Flow"),
        ({"IntegrationArtifact": {}}, NO_ARTIFACT),
        ({"IntegrationArtifact": None, "IntegrationFlowName": "\n"}, NO_ARTIFACT),
    ],
)
def test_a_record_is_about_an_artifact(members: Json, artifact: str) -> None:
    """Older tenants tell only the name of the flow."""
    assert artifact_of(orjson.loads(orjson.dumps(members))) == artifact
