"""What the notifier is asked is understood to the letter, or refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mpl_export.errors import EventError
from mpl_export.notifier.inbox import Delivery, Flush, Part, request_of
from tests.support.notifier.notifier_harness import Json

EVENTS = Path(__file__).parents[3] / "events"
KEY = "mpl/v1/tenant=acme/dt=2026-11-22/14Z-0000.jsonl.gz"


def message(**detail: object) -> Json:
    """A batch of one message of the queue, as EventBridge puts it there."""
    body = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "b"}, "object": {"key": KEY}, **detail},
    }
    return {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(body)}]}


def part_in(event: object) -> Part | None:
    """The part of the only message."""
    request = request_of(event, tenant="acme", bucket="b")
    assert not isinstance(request, Flush)
    [delivery] = request
    return delivery.part


def test_the_schedule_asks_for_a_flush() -> None:
    """By the very text of the template's schedule and of events/."""
    event = json.loads((EVENTS / "flush.json").read_text())

    assert request_of(event, tenant="acme", bucket="b") == Flush()


def test_a_message_of_the_queue_names_a_part() -> None:
    """Its window is known from the key alone."""
    event = json.loads((EVENTS / "part-created.json").read_text())

    assert request_of(event, tenant="acme", bucket="the-archive") == [
        Delivery(
            message_id="19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
            part=Part(
                key=KEY,
                name="2026-11-22T14Z-0000",
                window=datetime(2026, 11, 22, 14, tzinfo=UTC),
            ),
        )
    ]


def test_a_message_of_the_queue_may_name_a_snapshot() -> None:
    """Of what is deployed: told apart from a part by its key."""
    key = "artifacts/v1/tenant=acme/dt=2026-11-22/1400Z.jsonl.gz"

    for name, snapshot in ((key, key), (key.replace("acme", "other"), None), (f"x/{key}", None)):
        request = request_of(message(object={"key": name}), tenant="acme", bucket="b")

        assert request == [Delivery(message_id="1", part=None, snapshot=snapshot)]


@pytest.mark.parametrize(
    ("time", "created"),
    [
        ("2026-11-22T14:05:31Z", datetime(2026, 11, 22, 14, 5, 31, tzinfo=UTC)),
        (None, None),
        ("yesterday", None),
        (7, None),
    ],
)
def test_a_message_says_when_its_part_was_written(time: object, created: datetime | None) -> None:
    """The message may have waited for days: the age of a part is judged by that instant."""
    event = message()
    body = json.loads(event["Records"][0]["body"])
    event["Records"][0]["body"] = json.dumps({**body, "time": time})

    part = part_in(event)

    assert part is not None
    assert part.created == created


@pytest.mark.parametrize(
    "event",
    [
        message(object={"key": KEY.replace("acme", "other")}),
        message(object={"key": "x/" + KEY}),
        message(object={"key": "sources/tenant=acme.json"}),
        message(object={"key": KEY.replace("14Z-0000", "14Z-00000")}),
        message(object={"key": 1}),
        message(object=None),
        message(bucket={"name": "other"}),
        {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": "no json"}]},
        {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": "[]"}]},
        {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": '{"Type": "Test"}'}]},
    ],
)
def test_a_message_about_something_else_is_not_taken(event: Json) -> None:
    """It comes again, and in the end lies in the dead-letter queue, where an alarm looks."""
    assert part_in(event) is None


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        "flush",
        {"flush": False},
        {"flush": True, "more": 1},
        {"Records": []},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"since": "P1D"},
    ],
)
def test_anything_else_is_refused(event: object) -> None:
    """Whoever invokes the wrong function is told so."""
    with pytest.raises(EventError):
        request_of(event, tenant="acme", bucket="b")
