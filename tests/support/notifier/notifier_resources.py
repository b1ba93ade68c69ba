"""What a stack gives to one notifier, made by hand, and ears for all that it tells."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.archive.layout import rules_key
from mpl_export.clock import SystemClock
from mpl_export.notifier import handler
from mpl_export.rules.parse import parse_rules
from operate.emulated.emulator import REGION
from tests.support.exporter.exporter_resources import make_bucket, make_table
from tests.support.invocation import Invocation
from tests.support.manual_clock import ManualClock
from tests.support.notifier.messages import created
from tests.support.notifier.notifier_harness import TENANT, Harness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mpl_export.artifacts import Artifact
    from operate.emulated.emulator import Emulator

Json = dict[str, Any]

_FAILED: Final = {"source": ["mpl-export"], "detail-type": ["Message Failed"]}


@dataclass(frozen=True, slots=True)
class Telling:
    """A deployed notifier, as far as it is its own code.

    Attributes:
        harness: Makes records and parts.
        bucket: Its name, which is that of the table and the bus, too.
        people: The queue that is subscribed to the topic.
        systems: The queue that a rule on the bus feeds.
    """

    aws: Emulator
    harness: Harness
    bucket: str
    people: str
    systems: str

    def part(self, records: Iterable[Json], number: int = 0) -> Json:
        """Put a part into the archive; the message that the queue gets."""
        part = self.harness.part(records, number=number)
        self.aws.client("s3").put_object(
            Bucket=self.bucket, Key=part.key, Body=self.harness.objects[part.key]
        )
        return self.message(part.key)

    def put_rules(self, text: str) -> None:
        """Put rules, and note their number, as the operators' command does."""
        put_rules(self.aws, self.bucket, self.bucket, TENANT, text)

    def snapshot(self, *artifacts: Artifact, previous: str | None = None) -> str:
        """Put a snapshot of what is deployed into the archive, an hour later; its key."""
        self.harness.clock.turn(timedelta(hours=1))
        key = self.harness.snapshot(*artifacts, previous=previous)
        self.aws.client("s3").put_object(
            Bucket=self.bucket, Key=key, Body=self.harness.objects[key]
        )
        return key

    def message(self, key: str) -> Json:
        """A message of the queue about an object."""
        return created(self.bucket, key)

    def invoke(self, event: Json) -> Json:
        """Invoke the handler."""
        return handler.handler(event, Invocation("notifier", 120))  # type: ignore[arg-type]  # all that is asked

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


@contextmanager
def open_telling(aws: Emulator, **settings: str) -> Iterator[Telling]:
    """A bucket, a table, a topic and a bus of their own, and the handler's environment.

    Args:
        settings: More variables of that environment.
    """
    name = f"n{uuid.uuid4().hex}"
    make_bucket(aws, name)
    make_table(aws, name)
    topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
    people, people_arn = make_queue(aws, f"{name}-people")
    systems, systems_arn = make_queue(aws, f"{name}-systems")
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=people_arn)
    aws.client("events").create_event_bus(Name=name)
    feed_queue(aws, systems_arn, _FAILED, bus=name)
    environment = {
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
        **settings,
    }
    harness = Harness(clock=ManualClock(SystemClock().now().replace(microsecond=0)))
    handler._container.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        yield Telling(aws, harness, name, people, systems)
    handler._container.cache_clear()


def put_rules(aws: Emulator, bucket: str, table: str, tenant: str, text: str) -> None:
    """Put a tenant's first rules."""
    aws.client("s3").put_object(Bucket=bucket, Key=rules_key(tenant, 0), Body=text.encode())
    aws.client("dynamodb").update_item(
        TableName=table,
        Key={"tenant": {"S": tenant}, "item": {"S": "checkpoint"}},
        UpdateExpression="SET rules_number = :number, rules_teams = :teams",
        ExpressionAttributeValues={
            ":number": {"N": "0"},
            ":teams": {"SS": list(parse_rules(text).teams)},
        },
    )


def make_queue(aws: Emulator, name: str) -> tuple[str, str]:
    """Make a queue; its URL and its ARN."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, found["QueueArn"]


def feed_queue(aws: Emulator, queue_arn: str, pattern: Json, *, bus: str = "default") -> None:
    """Let a rule bring events to a queue."""
    events, rule = aws.client("events"), queue_arn.rpartition(":")[2]
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))
    target: Any = {"Id": "queue", "Arn": queue_arn}
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[target])
