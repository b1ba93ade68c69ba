"""Items of the notifier's, many at once: what is sent, and what is made of what is left undone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from mpl_export.notifier.dynamo_table import NoticeTable, at, epoch, instant, text
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.told_aws import ToldAws, dynamodb_error

DONE = (200, b"{}")


def said(answer: dict[str, Any]) -> tuple[int, bytes]:
    """An answer of DynamoDB."""
    return 200, json.dumps(answer).encode()


def key(name: str) -> dict[str, Any]:
    """The whole key of an item."""
    return {"tenant": {"S": "demo#notices"}, "item": {"S": name}}


class Bench:
    """The items of the tenant ``demo`` in the table ``state``, behind what DynamoDB says."""

    def __init__(self, *says: tuple[int, bytes]) -> None:
        self.aws = ToldAws(list(says))
        self.clock = ManualClock()
        self.table = NoticeTable(self.aws.client("dynamodb"), "state", "demo", self.clock)

    def asked(self) -> list[dict[str, Any]]:
        """The members of every request, in no particular order."""
        bodies = [request.body for request in self.aws.asked]
        return [json.loads(body) for body in bodies if isinstance(body, bytes)]


def test_items_lie_below_a_key_that_no_tenant_can_have() -> None:
    """So the notifier's role can be kept off the checkpoint."""
    assert Bench(DONE).table.key("turn") == key("turn")


def test_an_item_is_read_as_it_is_now() -> None:
    """A read that lags behind would tell twice."""
    bench = Bench(said({"Item": {"a": {"N": "1"}}}), DONE)

    assert bench.table.item("turn") == {"a": {"N": "1"}}
    assert bench.table.item("turn") == {}
    assert bench.asked()[0] == {"TableName": "state", "Key": key("turn"), "ConsistentRead": True}


def test_the_items_that_exist_are_found_by_name() -> None:
    """A hundred at a time, each as it is now; nothing to ask is no request."""
    bench = Bench(said({"Responses": {"state": [{"item": {"S": "a"}}]}}))

    assert bench.table.items([]) == {}
    assert bench.asked() == []
    assert bench.table.items(["a", "b"]) == {"a": {"item": {"S": "a"}}}
    assert bench.table.items({f"{n:03}" for n in range(150)}) == {"a": {"item": {"S": "a"}}}

    sent = [each["RequestItems"]["state"] for each in bench.asked()]
    assert sorted(len(each["Keys"]) for each in sent) == [2, 50, 100]
    assert all(each["ConsistentRead"] for each in sent)


def test_a_prefix_is_asked_for_page_by_page() -> None:
    """What waits may be more than an answer holds."""
    bench = Bench(
        said({"Items": [{"item": {"S": "open#a"}}], "LastEvaluatedKey": key("open#a")}),
        said({"Items": [{"item": {"S": "open#b"}}]}),
    )

    found = bench.table.beginning("open#")

    assert [each["item"]["S"] for each in found] == ["open#a", "open#b"]
    first, second = bench.asked()
    assert first["ExpressionAttributeValues"] == {
        ":hash": {"S": "demo#notices"},
        ":prefix": {"S": "open#"},
    }
    assert first["ConsistentRead"] is True
    assert second["ExclusiveStartKey"] == key("open#a")


def test_items_are_written_and_deleted_by_twenty_five() -> None:
    """More are refused."""
    bench = Bench(DONE)
    bench.table.put((f"{n}", {"a": text("x")}) for n in range(30))
    bench.table.delete(["gone"])

    batches = [each["RequestItems"]["state"] for each in bench.asked()]
    assert sorted(map(len, batches)) == [1, 5, 25]
    requests = [each for batch in batches for each in batch]
    assert {"PutRequest": {"Item": {**key("7"), "a": {"S": "x"}}}} in requests
    assert {"DeleteRequest": {"Key": key("gone")}} in requests


class TestUndone:
    """DynamoDB may leave some of a batch undone."""

    LEFT = said({"UnprocessedItems": {"state": [{"DeleteRequest": {"Key": key("b")}}]}})

    def test_what_is_left_is_sent_again_and_nothing_else(self) -> None:
        """After a wait that grows."""
        bench = Bench(self.LEFT, self.LEFT, DONE)

        bench.table.delete(["a", "b"])

        counts = [len(each["RequestItems"]["state"]) for each in bench.asked()]
        assert counts == [2, 1, 1]
        assert bench.clock.slept == [0.1, 0.2]

    def test_what_is_left_of_a_reading_is_asked_for_again(self) -> None:
        """What was read is kept."""
        bench = Bench(
            said(
                {
                    "Responses": {"state": [{"item": {"S": "a"}}]},
                    "UnprocessedKeys": {"state": {"Keys": [key("b")], "ConsistentRead": True}},
                }
            ),
            said({"Responses": {"state": [{"item": {"S": "b"}}]}}),
        )

        assert sorted(bench.table.items(["a", "b"])) == ["a", "b"]
        assert bench.asked()[1]["RequestItems"]["state"]["Keys"] == [key("b")]

    def test_it_ends_after_eight_attempts(self) -> None:
        """Nobody may believe that it is written; the queue delivers the part again."""
        bench = Bench(self.LEFT)

        with pytest.raises(AwsUnavailableError, match="write all of a batch in the table state"):
            bench.table.delete(["a", "b"])
        assert len(bench.asked()) == 8


class TestUpdate:
    """One item, perhaps under a condition."""

    def test_what_is_not_given_is_not_sent(self) -> None:
        """DynamoDB refuses an empty condition and an empty map."""
        bench = Bench(said({"Attributes": {"a": {"S": "x"}}}))

        assert bench.table.update("turn", "SET a = :a", {":a": text("x")}) == {"a": {"S": "x"}}

        [sent] = bench.asked()
        assert sent == {
            "TableName": "state",
            "Key": key("turn"),
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
            "ReturnValues": "ALL_NEW",
        }

    def test_a_condition_that_does_not_hold_is_no_error(self) -> None:
        """Another invocation has it, or got further."""
        bench = Bench(dynamodb_error("ConditionalCheckFailedException"))

        found = bench.table.update(
            "turn", "SET #a = :a", {":a": text("x")}, condition="#a < :a", names={"#a": "a"}
        )

        assert found is None
        [sent] = bench.asked()
        assert sent["ConditionExpression"] == "#a < :a"
        assert sent["ExpressionAttributeNames"] == {"#a": "a"}

    def test_a_malformed_request_is_a_bug(self) -> None:
        """Taken for a condition that failed, nothing would ever be told."""
        with pytest.raises(ClientError, match="ValidationException"):
            Bench(dynamodb_error("ValidationException")).table.update("turn", "SET", {})


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("read", lambda table: table.item("a")),
        ("read", lambda table: table.items(["a"])),
        ("query", lambda table: table.beginning("a")),
        ("write", lambda table: table.delete(["a"])),
        ("write", lambda table: table.update("a", "REMOVE b", {})),
    ],
)
def test_a_refusal_names_the_action_and_the_table(action: str, call: Any) -> None:  # noqa: ANN401 - a call
    """Whoever mends the role has to know which of its statements to look at."""
    with pytest.raises(AwsRefusedError, match=rf"\b{action} the table state\b"):
        call(Bench(dynamodb_error("AccessDeniedException")).table)


def test_instants_are_kept_as_text_and_expire_as_seconds() -> None:
    """Time to live takes whole seconds, and what is missing is none."""
    assert at(NOON) == {"S": "2026-11-22T12:00:00.000Z"}
    assert epoch(NOON) == {"N": "1795348800"}
    assert instant({"a": at(NOON)}, "a") == NOON
    assert instant({"a": at(NOON)}, "b") is None
