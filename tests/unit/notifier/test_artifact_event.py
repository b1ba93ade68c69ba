"""The event that other systems get when a flow stops, fails to start, runs again or is deployed."""

from dataclasses import replace
from typing import Any

import pytest

from mpl_export.artifacts import Artifact
from mpl_export.notifier.artifact_event import DETAIL_TYPES, artifact_event
from mpl_export.notifier.artifact_news import ArtifactNews, Down
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR

BEFORE = Artifact(
    id="Stock",
    version="1.0.0",
    name="Stock levels",
    type="INTEGRATION_FLOW",
    deployed=NOON - DAY,
    status="STARTED",
)
NOW = replace(BEFORE, version="1.0.1", status="ERROR", deployed=NOON - HOUR)
NEWS = ArtifactNews(
    kind="failed to start",
    now=NOW,
    before=BEFORE,
    seen=NOON,
    down=Down(trouble="stopped", since=NOON - 2 * HOUR, deployed=None),
)


def event(news: ArtifactNews = NEWS, error_text: str | None = "why") -> dict[str, Any]:
    """The event of such news."""
    return artifact_event(
        news, tenant="acme", bucket="archive", key="k", teams=("sales",), error_text=error_text
    )


def test_an_event_says_what_is_and_what_was() -> None:
    """Who gets it needs no other call."""
    told = event()
    signature = told.pop("signature")

    assert told == {
        "schema": 1,
        "tenant": "acme",
        "team": ["sales"],
        "artifact": {"id": "Stock", "name": "Stock levels", "type": "INTEGRATION_FLOW"},
        "status": "ERROR",
        "version": "1.0.1",
        "deployedOn": "2026-11-22T11:00:00.000Z",
        "previousStatus": "STARTED",
        "previousVersion": "1.0.0",
        "seenAt": "2026-11-22T12:00:00.000Z",
        "downSince": "2026-11-22T10:00:00.000Z",
        "errorText": "why",
        "record": {"bucket": "archive", "key": "k"},
    }
    assert len(signature) == 16


def test_what_ends_an_incident_has_the_signature_that_opened_it() -> None:
    """Whatever kind of news it is; and each artifact has its own."""
    again = replace(NEWS, kind="runs again", now=BEFORE)
    other = replace(NEWS, now=replace(NOW, id="Orders"))

    assert event(again, None)["signature"] == event()["signature"]
    assert event(other)["signature"] != event()["signature"]


def test_what_is_not_known_is_null() -> None:
    """Of one that is gone, of one that is new, and of one that tells nothing."""
    gone = event(replace(NEWS, now=None, down=None), None)
    new = event(replace(NEWS, before=None))
    bare = replace(NOW, version=None, name=None, type=None, deployed=None, status=None)

    assert (gone["status"], gone["version"], gone["deployedOn"]) == (None, None, None)
    assert (gone["downSince"], gone["errorText"]) == (None, None)
    assert gone["artifact"]["id"] == "Stock"
    assert (new["previousStatus"], new["previousVersion"]) == (None, None)
    told = event(replace(NEWS, now=bare), "")
    assert told["artifact"] == {"id": "Stock", "name": None, "type": None}
    assert (told["status"], told["version"], told["deployedOn"]) == (None, None, None)
    assert told["errorText"] is None


def test_texts_are_bounded_and_obey_nobody() -> None:
    """They go to terminals, chats and ticket systems."""
    evil = "a\x1b[31mb\u202ec\0"
    told = event(replace(NEWS, now=replace(NOW, name=evil + "x" * 5_000)), evil + "y" * 9_000)

    for text, most in ((told["artifact"]["name"], 1_000), (told["errorText"], 4_000)):
        assert text.startswith("abc")
        assert len(text.encode()) <= most


@pytest.mark.parametrize("kind", ["stopped", "failed to start", "runs again", "deployed"])
def test_each_kind_has_a_type_of_its_own(kind: Any) -> None:  # noqa: ANN401 - a kind
    """Rules of EventBridge name it."""
    assert DETAIL_TYPES[kind].startswith("Flow ")
    assert len(set(DETAIL_TYPES.values())) == len(DETAIL_TYPES) == 4
