"""A notifier that lives through all that makes it call AWS, on emulated AWS.

Parts come to it as they do in the cloud: from S3 by EventBridge into a queue, from which they are
taken here as Lambda would take them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mpl_export.archive.layout import part_key
from mpl_export.artifacts import Artifact
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from operate.emulated.waiting import wait_for
from tests.support.notifier.messages import message_of
from tests.support.notifier.notifier_harness import TENANT
from tests.support.notifier.notifier_resources import (
    feed_queue,
    make_queue,
    open_telling,
)

if TYPE_CHECKING:
    from operate.emulated.emulator import Emulator
    from tests.support.notifier.notifier_resources import Telling

Json = dict[str, Any]

_HOUR: Final = timedelta(hours=1)
_STOCK: Final = {"Id": "Stock", "Name": "Stock"}


def live_as_notifier(aws: Emulator) -> None:
    """Live through all of it."""
    with open_telling(aws, EXPECTED_FLOWS="Stock=PT1H") as telling:
        queue = _queue_of_new_parts(telling)
        _failures(telling, queue)
        _rules(telling)
        _artifacts(telling, queue)
        _what_cannot_be_told(telling)
        _flows(telling)


def _failures(telling: Telling, queue: str) -> None:
    """Several at once, the same part again, and a kind that was told within the hour."""
    harness = telling.harness
    telling.part([harness.record(1), harness.record(2, ErrorText="No route"), harness.record(3)])
    messages = _taken_from(telling, queue)
    assert telling.take(*messages) == []
    assert len(telling.digests()) == 1
    assert len(telling.events()) == 3

    assert telling.take(*messages) == []
    assert telling.take(telling.part([harness.record(4)], 1)) == []
    assert telling.digests() == []
    assert len(telling.events()) == 1


def _rules(telling: Telling) -> None:
    """Rules are put, and hold for the next part."""
    telling.put_rules('default = "ops"\n')
    record = telling.harness.record(7, ErrorText="Something else")
    assert telling.take(telling.part([record], 5)) == []
    (digest,) = telling.digests()
    assert digest["MessageAttributes"]["team"]["Value"] == "ops"
    assert [each["detail"]["team"] for each in telling.events()] == [["ops"]]


def _artifacts(telling: Telling, queue: str) -> None:
    """What is deployed is stored, and comes by the same queue; then a flow is gone."""
    stock = Artifact(
        id="Stock",
        version="1.0",
        name="Stock",
        type="INTEGRATION_FLOW",
        deployed=telling.harness.clock.now(),
        status="STARTED",
    )
    first = telling.snapshot(stock)
    assert telling.take(*_taken_from(telling, queue)) == []
    second = telling.snapshot(previous=first)
    assert telling.take(telling.message(second)) == []
    (digest,) = telling.digests()
    assert digest["Subject"] == f"[{TENANT}] UNDEPLOYED: Stock"
    third = telling.snapshot(stock, previous=second)
    assert telling.take(telling.message(third)) == []
    (digest,) = telling.digests()
    assert digest["Subject"] == f"[{TENANT}] RUNS AGAIN: Stock"


def _what_cannot_be_told(telling: Telling) -> None:
    """A part that is gone, and an object that is none of ours, beside one that is."""
    gone = telling.message(part_key(TENANT, window_of(telling.harness.clock.now()), 9))
    foreign = telling.message("somebody/elses.json")
    good = telling.part([telling.harness.record(6)], 2)
    assert len(telling.take(gone, foreign, good)) == 2


def _flows(telling: Telling) -> None:
    """A flow falls silent, and is back."""
    _set_position(telling, datetime.now(UTC) + 2 * _HOUR)
    assert telling.invoke({"flush": True}) == {"digests": 1}
    _set_position(telling, datetime.now(UTC))
    done = telling.harness.record(5, Status="COMPLETED", IntegrationArtifact=_STOCK)
    assert telling.take(telling.part([done], 3)) == []
    assert telling.invoke({"flush": True}) == {"digests": 1}


def _queue_of_new_parts(telling: Telling) -> str:
    """What the template makes of bucket, rule and queue."""
    telling.aws.client("s3").put_bucket_notification_configuration(
        Bucket=telling.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    url, arn = make_queue(telling.aws, f"{telling.bucket}-parts")
    created = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [telling.bucket]},
            "object": {
                "key": [
                    {"prefix": f"mpl/v1/tenant={TENANT}/"},
                    {"prefix": f"artifacts/v1/tenant={TENANT}/"},
                ]
            },
        },
    }
    feed_queue(telling.aws, arn, created)
    return url


def _taken_from(telling: Telling, queue: str) -> list[Json]:
    """What is in the queue, in the form that Lambda gives it."""
    sqs = telling.aws.client("sqs")
    found = wait_for(
        "the message about a part",
        lambda: sqs.receive_message(QueueUrl=queue).get("Messages"),
        within=timedelta(seconds=30),
    )
    return [message_of(each["MessageId"], each["Body"]) for each in found]


def _set_position(telling: Telling, position: datetime) -> None:
    """Say how far the export got, as the exporter does, and that it was seen a while ago."""
    at = {"S": iso_instant(position)}
    seen = {"S": iso_instant(datetime.now(UTC) - _HOUR)}
    for item in (
        {"tenant": {"S": TENANT}, "item": {"S": "checkpoint"}, "position": at},
        {
            "tenant": {"S": f"{TENANT}#notices"},
            "item": {"S": "read"},
            "pending": at,
            "pending_at": seen,
        },
    ):
        telling.aws.client("dynamodb").put_item(TableName=telling.bucket, Item=item)
