"""The notifier whole: its handler against emulated S3, DynamoDB, SNS and EventBridge."""

from __future__ import annotations

import json
import logging
import resource
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.clock import SystemClock
from mpl_export.errors import AwsRefusedError, EventError
from mpl_export.notifier import handler
from tests.support.emulator import REGION
from tests.support.notifier_rig import Rig
from tests.support.turning_clock import TurningClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.support.emulator import Emulator

pytestmark = pytest.mark.emulator

Json = dict[str, Any]
TENANT = "demo"


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells an invocation about itself."""

    aws_request_id: str
    function_name: str = "notifier"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn"

    def get_remaining_time_in_millis(self) -> int:
        """Two minutes."""
        return 120_000


@dataclass(slots=True)
class Telling:
    """A deployed notifier, as far as it is its own code.

    Attributes:
        rig: Makes records and parts.
        people: The queue that is subscribed to the topic.
        systems: The queue that a rule on the bus feeds.
    """

    aws: Emulator
    rig: Rig
    bucket: str
    people: str
    systems: str

    def part(self, records: Iterable[Json], number: int = 0) -> Json:
        """Put a part into the archive; the message that the queue gets."""
        part = self.rig.part(records, number=number)
        self.aws.client("s3").put_object(
            Bucket=self.bucket, Key=part.key, Body=self.rig.objects[part.key]
        )
        return self.message(part.key)

    def message(self, key: str) -> Json:
        """A message of the queue about an object."""
        body = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": self.bucket}, "object": {"key": key}},
        }
        return {
            "messageId": str(uuid.uuid4()),
            "eventSource": "aws:sqs",
            "body": json.dumps(body),
        }

    def invoke(self, event: Json) -> Json:
        """Invoke the handler."""
        return handler.handler(event, Context(str(uuid.uuid4())))  # type: ignore[arg-type]

    def take(self, *messages: Json) -> list[str]:
        """Deliver messages; the ids of those that are to come again."""
        answer = self.invoke({"Records": list(messages)})
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def digests(self) -> list[Json]:
        """What people got since the last question."""
        return [json.loads(body) for body in self._read(self.people)]

    def events(self) -> list[Json]:
        """What systems got since the last question."""
        return [json.loads(body) for body in self._read(self.systems)]

    def _read(self, queue: str) -> list[str]:
        sqs = self.aws.client("sqs")
        found: list[str] = []
        while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(message["Body"])
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def telling(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    """A bucket, a table, a topic and a bus of their own, and the handler's environment."""
    name = f"n{uuid.uuid4().hex}"
    sqs, events = aws.client("sqs"), aws.client("events")
    aws.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    aws.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "tenant", "AttributeType": "S"},
            {"AttributeName": "item", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
    queues = {}
    for reader in ("people", "systems"):
        url = sqs.create_queue(QueueName=f"{name}-{reader}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        queues[reader] = (url, arn["QueueArn"])
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queues["people"][1])
    events.create_event_bus(Name=name)
    pattern = json.dumps({"source": ["mpl-export"], "detail-type": ["Message Failed"]})
    events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    target = {"Id": "queue", "Arn": queues["systems"][1]}
    events.put_targets(Rule=name, EventBusName=name, Targets=[target])  # type: ignore[list-item]
    for variable, value in {
        "TENANT": TENANT,
        "ARCHIVE_BUCKET": name,
        "CHECKPOINT_TABLE": name,
        "ALERT_TOPIC": topic,
        "EVENT_BUS": name,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": aws.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.credentials.secret_access_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(variable, value)
    handler._container.cache_clear()
    rig = Rig(clock=TurningClock(SystemClock().now().replace(microsecond=0)))
    yield Telling(aws, rig, name, queues["people"][0], queues["systems"][0])
    handler._container.cache_clear()


def test_a_failure_is_told_with_what_subscribers_filter_by(telling: Telling) -> None:
    """The message attributes are what makes one topic enough for several teams."""
    assert telling.take(telling.part([telling.rig.record(1)])) == []

    [digest] = telling.digests()
    [event] = telling.events()
    assert digest["Subject"] == "[demo] 1 FAILED: Order to Cash - The receiver answered 500"
    attributes = {name: each["Value"] for name, each in digest["MessageAttributes"].items()}
    assert attributes == {
        "tenant": "demo",
        "kind": "failures",
        "severity": "failed",
        "artifact": '["Order_to_Cash"]',
    }
    assert event["detail"]["messageGuid"] == "guid-1"


def test_the_same_part_delivered_five_times_is_told_once(telling: Telling) -> None:
    """By messages of their own, as EventBridge may send them."""
    message = telling.part([telling.rig.record()])

    for _ in range(5):
        assert telling.take({**message, "messageId": str(uuid.uuid4())}) == []

    assert len(telling.digests()) == 1
    assert len(telling.events()) == 1


def test_only_the_message_that_cannot_be_handled_comes_again(telling: Telling) -> None:
    """One that is about no part of ours, and one whose part is gone."""
    foreign = telling.message("somebody/elses.json")
    gone = telling.message(telling.rig.part([], number=7).key)

    again = telling.take(foreign, telling.part([telling.rig.record()]), gone)

    assert again == [foreign["messageId"], gone["messageId"]]
    assert len(telling.digests()) == 1


def test_anything_else_is_refused(telling: Telling) -> None:
    """The exporter's events, say."""
    with pytest.raises(EventError):
        telling.invoke({})


def test_what_could_not_be_told_is_told_by_the_flush(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic that is missing or down fails the invocation, and loses nothing."""
    topic = handler._container().settings.alert_topic
    monkeypatch.setenv("ALERT_TOPIC", f"{topic}-that-is-not-there")
    handler._container.cache_clear()
    message = telling.part([telling.rig.record()])
    with pytest.raises(AwsRefusedError, match="publish to the topic"):
        telling.take(message)
    assert telling.take(message) == []
    assert telling.digests() == []

    monkeypatch.setenv("ALERT_TOPIC", topic)
    handler._container.cache_clear()
    assert telling.invoke({"flush": True}) == {"digests": 1}

    assert len(telling.digests()) == 1
    assert len(telling.events()) == 1


def test_a_storm_of_ten_thousand_failures(
    telling: Telling, caplog: pytest.LogCaptureFixture
) -> None:
    """Three kinds, twenty parts, in one batch: one mail, ten thousand events, in time."""
    flows = ("Order_to_Cash", "Invoice", "Stock")
    messages = [
        telling.part(
            (
                telling.rig.record(
                    number * 500 + n,
                    IntegrationArtifact={"Id": flows[n % 3], "Name": flows[n % 3]},
                    ErrorText=f"timeout after {n} ms\n{'stack trace ' * 50}",
                )
                for n in range(500)
            ),
            number,
        )
        for number in range(20)
    ]

    began = time.perf_counter()
    assert telling.take(*messages) == []
    seconds = time.perf_counter() - began

    [digest] = telling.digests()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with caplog.at_level("INFO"):
        # For who asks (pytest -rP); a busy machine makes both worse.
        logging.getLogger(__name__).info("told in %.1f s, at most %.0f MB", seconds, peak_mb)
    assert digest["Subject"] == "[demo] 10000 FAILED: Invoice 3340, Order_to_Cash 3340 and 1 more"
    versions = Counter(event["detail"]["version"] for event in telling.events())
    assert len(versions) == versions.total() == 10_000
    assert seconds < 100
