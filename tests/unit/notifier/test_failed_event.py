"""The event of a failed message keeps its shape, and a call what EventBridge takes."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from mpl_export.notifier.failed_event import MOST_BYTES, MOST_ENTRIES, calls, failed_event
from mpl_export.notifier.failures import Failure, failure_of
from tests.support import frozen
from tests.support.notifier.notifier_harness import Harness, Json

PROJECT = Path(__file__).parents[3]
EXAMPLE = PROJECT / "events" / "message-failed.json"
PAGE = PROJECT / "docs" / "telling.md"


FROZEN_MEMBERS = {
    *("schema", "tenant", "version", "signature", "status", "team", "messageGuid"),
    *("correlationId", "applicationMessageId", "logStart", "logEnd", "artifact", "sender"),
    *("receiver", "errorText", "link", "record"),
    *("artifact.id", "artifact.name", "artifact.packageId", "artifact.packageName"),
    *("record.bucket", "record.key"),
}


def failure(**members: object) -> Failure:
    """A failure of such a record."""
    harness = Harness()
    found = failure_of(
        harness.record(7, **members),
        statuses=("FAILED",),
        max_age=timedelta(0),
        with_text=True,
    )
    assert found is not None
    return found


def shape(value: object) -> object:
    """The members of an object, and of those in it; null and text are both values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return int if isinstance(value, int) else "value"


def members_of(value: Json) -> Iterator[str]:
    """The members of an object, those of objects in it with a dot."""
    for name, each in value.items():
        yield name
        if isinstance(each, dict):
            yield from (f"{name}.{inner}" for inner in members_of(each))


def test_the_example_shows_the_shape() -> None:
    """Rules and targets are written by the example; a member that is renamed breaks them."""
    example: Json = json.loads(EXAMPLE.read_text())

    detail = failed_event(failure(), tenant="demo", bucket="b", key="k", teams=["sales"])

    assert shape(example["detail"]) == shape(detail), frozen.EVENT
    names = example["source"], example["detail-type"]
    assert names == ("mpl-export", "Message Failed"), frozen.EVENT


def test_no_member_goes_while_the_schema_is_1() -> None:
    """Rules and targets of other teams match on them; code and example alike keep them."""
    detail = failed_event(failure(), tenant="demo", bucket="b", key="k", teams=["sales"])

    assert detail["schema"] == 1, frozen.EVENT
    assert FROZEN_MEMBERS - set(members_of(detail)) == set(), frozen.EVENT


def test_each_member_is_in_the_table_of_the_page() -> None:
    """A member that is not described is used by guess."""
    detail = failed_event(failure(), tenant="demo", bucket="b", key="k", teams=["sales"])
    table = PAGE.read_text().partition("| member of `detail` |")[2].partition("\n\n")[0]
    described = set(re.findall(r"`(\w+)`", table))

    assert {name.rpartition(".")[2] for name in members_of(detail)} - described == set(), (
        "describe the member in the table of docs/telling.md"
    )


def test_what_the_record_does_not_say_is_null() -> None:
    """A member that is there sometimes is harder to match than one that is null."""
    detail = failed_event(
        failure(IntegrationArtifact=None, Sender="", ErrorText=None, AlternateWebLink="http://x"),
        tenant="demo",
        bucket="b",
        key="k",
        teams=["sales"],
    )

    assert detail["artifact"] == {
        "id": "(no artifact)",
        "name": None,
        "packageId": None,
        "packageName": None,
    }
    assert (detail["sender"], detail["errorText"], detail["link"]) == (None, None, None)


def test_a_call_holds_ten_events_at_most() -> None:
    """EventBridge refuses the eleventh, and with it the other ten."""
    found = list(calls({"n": n} for n in range(25)))

    assert [len(call) for call in found] == [10, 10, 5]
    assert [json.loads(each)["n"] for call in found for each in call] == list(range(25))


def test_a_call_is_as_large_as_eventbridge_takes() -> None:
    """Error texts are long, in characters of three bytes, too."""
    text = "単" * 30_000
    details = [
        failed_event(
            failure(ErrorText=text, Sender=text, Receiver=text, CorrelationId=text),
            tenant="demo",
            bucket="b",
            key="k",
            teams=["sales"],
        )
        for _ in range(MOST_ENTRIES)
    ]

    assert all(
        sum(len(each.encode()) + 200 for each in call) <= MOST_BYTES for call in calls(details)
    )
    assert len(list(calls({"t": "x" * 100_000} for _ in range(10)))) == 5


def test_what_hides_in_a_record_does_not_reach_other_systems() -> None:
    """A card in a chat, or a terminal, would obey it."""
    evil = "a\0b\x1b[31mc\u202ed"

    detail = failed_event(
        failure(Sender=evil, ErrorText=evil, CorrelationId=evil, IntegrationArtifact={"Id": evil}),
        tenant="demo",
        bucket="b",
        key="k",
        teams=["sales"],
    )

    assert detail["sender"] == detail["errorText"] == detail["correlationId"] == "abcd"
    assert detail["artifact"]["id"] == "abcd"
    assert not {"\0", "\x1b", "\u202e"} & set(json.dumps(detail, ensure_ascii=False))
