"""What a subscriber of the alerts gets: a queue, subscribed to the stack's topic."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from operate.emulated.stack import Stack


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the topic, as a mail would show it."""

    subject: str
    text: str

    def alarm(self) -> dict[str, Any] | None:
        """What CloudWatch says of an alarm; None if the message is a digest."""
        try:
            alarm = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        return alarm if isinstance(alarm, dict) and "AlarmName" in alarm else None


@dataclass(slots=True)
class Mailbox:
    """Everything that the topic delivered since the mailbox was opened.

    Attributes:
        messages: What was read so far, oldest first.
    """

    stack: Stack
    queue_url: str
    messages: list[Message] = field(default_factory=list)

    def alarms(self) -> list[dict[str, Any]]:
        """Take what has arrived, and return what alarms ever said."""
        return [alarm for message in self.read() if (alarm := message.alarm()) is not None]

    def digests(self) -> list[Message]:
        """Take what has arrived, and return every digest so far."""
        return [message for message in self.read() if message.alarm() is None]

    @classmethod
    def open(cls, stack: Stack) -> Mailbox:
        """Subscribe a new queue to the topic."""
        sqs = stack.aws.client("sqs")
        url = sqs.create_queue(QueueName=f"{stack.tenant}-mailbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        topic = stack.outputs["AlertTopic"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
                }
            ],
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        stack.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return cls(stack=stack, queue_url=url)

    def read(self) -> list[Message]:
        """Take what has arrived, and return everything that ever did."""
        sqs = self.stack.aws.client("sqs")
        while True:
            batch = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
                "Messages", []
            )
            if not batch:
                return self.messages
            for message in batch:
                envelope = json.loads(message["Body"])
                self.messages.append(
                    Message(subject=envelope.get("Subject", ""), text=envelope["Message"])
                )
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
