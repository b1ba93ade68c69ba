"""From a row of the API to an artifact, and from an error information to its text."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.artifacts import Artifact
from mpl_export.errors import UnexpectedResponseError
from mpl_export.tenant.artifacts.rows import TEXT_BYTES, artifact_of, error_text_of
from tests.support.manual_clock import NOON


def row(**members: object) -> dict[str, Any]:
    """A row as the tenant shows it."""
    return {
        "__metadata": {"type": "com.sap.hci.api.IntegrationRuntimeArtifact"},
        "Id": "Stock",
        "Version": "1.0.0",
        "Name": "Stock levels",
        "Type": "INTEGRATION_FLOW",
        "DeployedBy": "jane",
        "DeployedOn": "/Date(1795348800000)/",
        "Status": "STARTED",
        **members,
    }


@pytest.mark.parametrize(("with_deployer", "deployed_by"), [(True, "jane"), (False, None)])
def test_a_row_is_an_artifact(*, with_deployer: bool, deployed_by: str | None) -> None:
    """Who deployed it is kept only where that is asked for, even if the tenant shows it."""
    assert artifact_of(row(), with_deployer=with_deployer) == Artifact(
        id="Stock",
        version="1.0.0",
        name="Stock levels",
        type="INTEGRATION_FLOW",
        deployed=NOON,
        status="STARTED",
        deployed_by=deployed_by,
    )


@pytest.mark.parametrize("odd", [None, "", 7, {"odd": 1}])
def test_what_is_no_text_is_none(odd: object) -> None:
    """One member that reads oddly must not hide the artifact."""
    artifact = artifact_of(
        row(Version=odd, Name=odd, Type=odd, Status=odd, DeployedBy=odd), with_deployer=True
    )

    assert artifact == Artifact(
        id="Stock", version=None, name=None, type=None, deployed=NOON, status=None
    )


@pytest.mark.parametrize("odd", [None, [], "Stock", {}, row(Id=None), row(Id=""), row(Id=7)])
def test_a_row_without_an_id_spoils_the_list(odd: object) -> None:
    """What is missing could not be told from what is gone."""
    with pytest.raises(UnexpectedResponseError, match="without an id; please report"):
        artifact_of(odd, with_deployer=True)


@pytest.mark.parametrize(
    ("told", "deployed"),
    [
        ("/Date(1795348800000)/", NOON),
        ("/Date(1795348800000+0060)/", NOON),
        ("2026-11-22T12:00:00Z", NOON),
        ("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
        ("/Date(999999999999999)/", None),
        ("/Date(1795348800000)", None),
        ("yesterday", None),
        ("", None),
        (1_795_348_800_000, None),
        (None, None),
    ],
)
def test_a_date_is_read_in_either_form(told: object, deployed: datetime | None) -> None:
    """OData V2 in JSON has two; what is none is None, and not an error."""
    assert artifact_of(row(DeployedOn=told), with_deployer=False).deployed == deployed


class TestErrorText:
    """Why an artifact did not start."""

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ({"message": {"messageId": "A", "messageText": "why"}}, "A\nwhy"),
            ({"message": "why", "parameter": ["x", 7, "y"]}, "why\nx\ny"),
            (
                {
                    "message": {"messageId": "A"},
                    "childMessageInstances": [
                        {"message": {"messageId": "B"}, "parameter": ["C"]},
                        {"message": {"messageId": "A"}},
                    ],
                },
                "A\nB\nC",
            ),
            ("why", "why"),
            ({"parameter": ["  why \n"]}, "why"),
            ({"other": 1}, '{"other":1}'),
            (7, "7"),
        ],
    )
    def test_it_is_what_the_tenant_says_line_by_line(self, said: object, text: str) -> None:
        """Each line once; what is of another shape is kept as it came."""
        assert error_text_of(orjson.dumps(said)) == text

    @pytest.mark.parametrize(
        ("body", "text"), [(b"not JSON \xff", "not JSON \ufffd"), (b"", ""), (b" \n a", "a")]
    )
    def test_what_is_no_json_is_kept_as_it_came(self, body: bytes, text: str) -> None:
        """It is all that anybody has."""
        assert error_text_of(body) == text

    def test_causes_of_causes_end(self) -> None:
        """Nobody reads further, and a hostile tenant must not end the run."""
        said: dict[str, Any] = {"message": "the last"}
        for number in range(60):
            said = {"message": f"{number}", "childMessageInstances": [said]}

        lines = error_text_of(orjson.dumps(said)).splitlines()

        assert lines[0] == "59"
        assert len(lines) < 12

    def test_a_long_text_is_cut_at_a_character(self) -> None:
        """With some room for what reads it to say that it was cut."""
        text = error_text_of(orjson.dumps("€" * TEXT_BYTES))

        assert set(text) == {"€"}
        assert TEXT_BYTES < len(text.encode()) < 2 * TEXT_BYTES

    @given(st.binary(max_size=200))
    def test_whatever_came_has_a_text(self, body: bytes) -> None:
        """A proxy may have answered."""
        assert error_text_of(body) == error_text_of(body).strip()
