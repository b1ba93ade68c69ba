"""What a system gets that listens to the bus: a queue, fed by a rule for our events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operate.emulated.stack import Json, Stack


@dataclass(slots=True)
class BusListener:
    """Every event of one tenant since the listener was opened.

    Attributes:
        events: What was read so far, oldest first.
    """

    stack: Stack
    queue_url: str
    events: list[Json] = field(default_factory=list)

    @classmethod
    def open(cls, stack: Stack) -> BusListener:
        """Put a rule for the tenant's events on the default bus."""
        sqs, events = stack.aws.client("sqs"), stack.aws.client("events")
        name = f"{stack.tenant}-listener"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        pattern = {"source": ["mpl-export"], "detail": {"tenant": [stack.tenant]}}
        rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
                }
            ],
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        return cls(stack=stack, queue_url=url)

    def read(self) -> list[Json]:
        """Take what has arrived, and return everything that ever did."""
        sqs = self.stack.aws.client("sqs")
        while True:
            batch = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
                "Messages", []
            )
            if not batch:
                return self.events
            for message in batch:
                self.events.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
