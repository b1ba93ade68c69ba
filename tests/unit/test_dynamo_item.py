"""What is sent for an item, and what a condition that does not hold means."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from mpl_export.dynamo_item import Item
from mpl_export.errors import AwsRefusedError
from tests.support.manual_clock import NOON
from tests.unit.told_aws import ToldAws, dynamodb_error

KEY = {"tenant": {"S": "demo"}, "item": {"S": "checkpoint"}}
FAILED = dynamodb_error("ConditionalCheckFailedException")


def item(aws: ToldAws) -> Item:
    """An item of the table ``state`` behind it."""
    return Item(aws.client("dynamodb"), "state", KEY)


def test_values_are_typed_and_what_is_not_given_is_not_sent() -> None:
    """DynamoDB refuses an empty map of values or names."""
    aws = ToldAws([(200, b"{}")])
    item(aws).update("SET a = :a, b = :b ADD c :c", None, {":a": NOON, ":b": 7, ":c": [NOON]})

    noon = "2026-11-22T12:00:00.000Z"
    assert aws.members() == {
        "TableName": "state",
        "Key": KEY,
        "UpdateExpression": "SET a = :a, b = :b ADD c :c",
        "ExpressionAttributeValues": {":a": {"S": noon}, ":b": {"N": "7"}, ":c": {"SS": [noon]}},
    }
    item(aws).update("REMOVE a", "attribute_exists(#a)", {}, names={"#a": "a"})
    assert aws.members() == {
        "TableName": "state",
        "Key": KEY,
        "UpdateExpression": "REMOVE a",
        "ConditionExpression": "attribute_exists(#a)",
        "ExpressionAttributeNames": {"#a": "a"},
    }


@pytest.mark.parametrize(
    ("b", "update"), [(None, "SET a = :a REMOVE b"), ("x", "SET a = :a, b = :b")]
)
def test_what_is_none_is_taken_away(b: str | None, update: str) -> None:
    """What an earlier note held must not pass for part of this one."""
    aws = ToldAws([(200, b"{}")])
    item(aws).set_members({"a": 1, "b": b}, "a < :a")

    assert aws.members()["UpdateExpression"] == update
    assert aws.members()["ConditionExpression"] == "a < :a"


def test_a_condition_that_does_not_hold_is_no_error() -> None:
    """Somebody got further, or holds it: a claim says so, an update has nothing to add."""
    failed, taken = ToldAws([FAILED]), ToldAws([(200, b'{"Attributes": {"a": {"N": "1"}}}')])
    asked = {"names": {"#a": "a"}, "action": "claim"}

    item(failed).update("SET a = :a", "a < :a", {":a": 1})
    assert item(failed).claimed("SET #a = :a", "#a < :a", {":a": 1}, **asked) is None  # type: ignore[arg-type]
    assert item(taken).claimed("SET #a = :a", "#a < :a", {":a": 1}, **asked) == {"a": {"N": "1"}}  # type: ignore[arg-type]
    assert taken.members()["ReturnValues"] == "ALL_NEW"


def test_everything_else_is_an_error() -> None:
    """A refusal names table and action; a malformed request is a bug, and goes through."""
    with pytest.raises(AwsRefusedError, match="claim the table state"):
        item(ToldAws([dynamodb_error("AccessDeniedException")])).claimed(
            "SET #a = :a", "#a < :a", {":a": 1}, names={"#a": "a"}, action="claim"
        )
    with pytest.raises(ClientError, match="ValidationException"):
        item(ToldAws([dynamodb_error("ValidationException")])).update("SET", None, {})


def test_it_is_read_as_it_is_now() -> None:
    """Whoever decides by it must not see what it was."""
    aws = ToldAws([(200, json.dumps({"Item": {"a": {"N": "1"}}}).encode()), (200, b"{}")])

    assert item(aws).read() == {"a": {"N": "1"}}
    assert aws.members()["ConsistentRead"] is True
    assert item(aws).read() == {}
