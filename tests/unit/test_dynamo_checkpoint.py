"""What is really sent to DynamoDB, and what is made of its refusals."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from mpl_export.checkpoint import Checkpoint
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.errors import AwsRefusedError
from tests.support.manual_clock import NOON
from tests.unit.told_aws import ToldAws, dynamodb_error

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)
DENIED = dynamodb_error("AccessDeniedException")
INVALID = dynamodb_error("ValidationException")


def checkpoints(aws: ToldAws) -> DynamoCheckpoints:
    """The checkpoint of the tenant ``demo`` in the table ``state`` behind it."""
    return DynamoCheckpoints(aws.client("dynamodb"), "state", "demo")


def read(table: DynamoCheckpoints) -> None:
    """Read it."""
    table.read()


def commit(table: DynamoCheckpoints) -> None:
    """Commit a position."""
    table.commit(NOON, NOON, at=NOON)


def take(table: DynamoCheckpoints) -> None:
    """Take the lease and give it back."""
    with ExitStack() as stack:
        stack.enter_context(table.lease("a", now=NOON, until=NOON + HOUR, start_from=NOON))


def test_it_is_read_as_it_is_now() -> None:
    """A read that lags behind (DynamoDB's usual one) would export a window twice, or not alert."""
    aws = ToldAws([(200, b"{}")])

    assert checkpoints(aws).read() == Checkpoint()

    asked = aws.members()
    assert asked["ConsistentRead"] is True
    assert asked["TableName"] == "state"
    assert asked["Key"] == {"tenant": {"S": "demo"}, "item": {"S": "checkpoint"}}


@pytest.mark.parametrize(
    ("call", "action"), [(read, "read"), (commit, "write"), (take, "take the lease in")]
)
def test_a_refusal_names_the_action_and_the_table(
    call: Callable[[DynamoCheckpoints], None], action: str
) -> None:
    """Whoever mends the role has to know which of its statements to look at."""
    with pytest.raises(AwsRefusedError, match=rf"\b{action} the table state\b"):
        call(checkpoints(ToldAws([DENIED])))


@pytest.mark.parametrize("call", [commit, take])
def test_a_request_that_is_malformed_is_a_bug(call: Callable[[DynamoCheckpoints], None]) -> None:
    """Taken for a condition that failed, it would pass for "another run is at work" for ever."""
    with pytest.raises(ClientError, match="ValidationException"):
        call(checkpoints(ToldAws([INVALID])))


def commit_past_a_stuck_one(table: DynamoCheckpoints) -> None:
    """Commit beyond an instant that failed before."""
    table.commit(NOON, NOON, at=NOON, passed=[NOON])


WRITES: list[tuple[Callable[[DynamoCheckpoints], None], str, str | None, set[str]]] = [
    (
        commit_past_a_stuck_one,
        "SET #position = :position, reached = :reached, progressed = :at DELETE stuck :passed",
        (
            "attribute_not_exists(#position) OR #position < :position"
            " OR (#position = :position AND reached < :reached)"
        ),
        {":position", ":reached", ":at", ":passed"},
    ),
    (
        lambda table: table.note_success(NOON, caught_up=True),
        (
            "SET first_success = if_not_exists(first_success, :at)"
            ", caught_up = if_not_exists(caught_up, :at)"
        ),
        None,
        {":at"},
    ),
    (
        lambda table: table.note_success(NOON, caught_up=False),
        "SET first_success = if_not_exists(first_success, :at)",
        None,
        {":at"},
    ),
    (
        lambda table: table.note_walked(None, at=NOON),
        "REMOVE walked_instant, walked_offset, walked_passed",
        None,
        set(),
    ),
    (
        lambda table: table.prove_writable(),
        "SET probe = :probe",
        "attribute_exists(probe)",
        {":probe"},
    ),
]


@pytest.mark.parametrize(("call", "update", "condition", "values"), WRITES)
def test_a_write_is_sent_as_dynamodb_reads_it(
    call: Callable[[DynamoCheckpoints], None],
    update: str,
    condition: str | None,
    values: set[str],
) -> None:
    """An emulator takes expressions that DynamoDB refuses, such as one without a comma."""
    aws = ToldAws([(200, b"{}")])

    call(checkpoints(aws))

    sent = aws.members()
    given = sent.get("ExpressionAttributeValues", {})
    assert isinstance(given, dict)
    assert (sent["UpdateExpression"], sent.get("ConditionExpression")) == (update, condition)
    assert set(given) == values
    assert all(given.values())


def test_a_lease_that_is_not_ours_is_not_given_back() -> None:
    """To ask for that would be one more write, and a message that the owner has changed."""
    aws = ToldAws([dynamodb_error("ConditionalCheckFailedException"), (200, b"{}")])

    take(checkpoints(aws))

    assert len(aws.asked) == 2
