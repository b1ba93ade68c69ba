"""Set each alarm off, by its own path where there is one, and see what arrives."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from operate.drill.subscriptions import Subscription, subscriptions_of
from operate.emulated.waiting import NeverHappenedError, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from operate.drill.account import Account

# Silent as long as runs succeed (no value could be put that outvotes theirs), or a matter of time.
_NOT_BY_A_VALUE: Final = {
    "ApproximateAgeOfOldestMessage",
    "LagSeconds",
    "ReconcileComplete",
    "RowsRead",
}
# CloudWatch evaluates once a minute; metrics of AWS itself take some minutes.
_FIRES: Final = timedelta(minutes=6)
_FIRES_EMULATED: Final = timedelta(seconds=10)
_ARRIVES: Final = timedelta(seconds=60)
_MARK: Final = "alarm drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What came of one alarm.

    Attributes:
        how: By which path it was set off.
        seconds: From then until its message arrived; None if none did.
    """

    alarm: str
    how: str
    seconds: float | None


@dataclass(slots=True)
class Drill:
    """A drill on one stack.

    Attributes:
        queue_url: Where what the topic delivers arrives.
        topic: The stack's topic.
    """

    account: Account
    stack: str
    topic: str
    queue_url: str

    @classmethod
    @contextmanager
    def prepare(cls, account: Account, stack: str) -> Iterator[Drill]:
        """Subscribe a queue to the stack's topic for the length of the ``with``."""
        topic = account.outputs(stack)["AlertTopic"]
        sqs = account.sqs
        queue = sqs.create_queue(QueueName=f"alarm-drill-{uuid.uuid4()}")["QueueUrl"]
        subscription = None
        try:
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
                "Attributes"
            ]["QueueArn"]
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
            subscription = account.sns.subscribe(
                TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
            )["SubscriptionArn"]
            yield cls(account, stack, topic, queue)
        finally:
            if subscription is not None:
                account.sns.unsubscribe(SubscriptionArn=subscription)
            sqs.delete_queue(QueueUrl=queue)

    def alarms(self) -> dict[str, MetricAlarmTypeDef]:
        """The stack's alarms that tell anybody, by their logical ids."""
        names = self.account.resources(self.stack, "AWS::CloudWatch::Alarm")
        pages = self.account.cloudwatch.get_paginator("describe_alarms").paginate()
        found = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
        acting = {name for name, alarm in found.items() if alarm["ActionsEnabled"]}
        return {
            name: found[physical] for name, physical in sorted(names.items()) if physical in acting
        }

    def subscriptions(self) -> list[Subscription]:
        """Who is told by the topic, the drill's own queue aside."""
        return [
            each
            for each in subscriptions_of(self.account.sns, self.topic)
            if not each.endpoint.endswith(f":{self.queue_url.rpartition('/')[2]}")
        ]

    def fire(self, name: str, alarm: MetricAlarmTypeDef) -> Fired:
        """Set an alarm off, and wait for its message; leave nothing behind."""
        if alarm["StateValue"] == "ALARM":
            # An alarm acts when it begins to fire; one that fires already says nothing new.
            self._force(alarm, "OK")
        began = datetime.now(UTC)
        how = self._cause(alarm)
        if how is not None and not self._fires(alarm):
            how = None
        if how is None:
            self._force(alarm, "ALARM")
        arrived = self._arrived(alarm)
        if how is None:
            self._force(alarm, "OK")
        elif alarm["Namespace"] == "AWS/SQS":  # by a message, which has done its work
            self._take_back(alarm["Dimensions"][0]["Value"])
        return Fired(
            alarm=name,
            how=how or "its state was set by hand",
            seconds=None if arrived is None else (arrived - began).total_seconds(),
        )

    def _cause(self, alarm: MetricAlarmTypeDef) -> str | None:
        """Bring about what an alarm is for; None where that cannot be done from here."""
        match alarm["Namespace"], alarm["MetricName"]:
            case "AWS/Lambda", _:
                function = alarm["Dimensions"][0]["Value"]
                self.account.functions.invoke(FunctionName=function, Payload=b'{"drill": true}')
                return "an event that the function refuses"
            case _, metric if metric in _NOT_BY_A_VALUE:
                return None
            case "AWS/SQS", _:
                return self._drop(alarm["Dimensions"][0]["Value"])
        higher = alarm["ComparisonOperator"].startswith("Greater")
        value = alarm["Threshold"] + (1 if higher else -1)
        self.account.cloudwatch.put_metric_data(
            Namespace=alarm["Namespace"],
            MetricData=[
                {
                    "MetricName": alarm["MetricName"],
                    "Dimensions": alarm["Dimensions"],
                    "Value": value,
                }
            ],
        )
        return f"{alarm['MetricName']} {value:g}"

    def _drop(self, queue_name: str) -> str | None:
        """Let a message lie in a dead-letter queue until the alarm fires."""
        if self.account.emulated:
            return None
        sqs = self.account.sqs
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=_MARK)
        return "a message in the queue, taken back since"

    def _take_back(self, queue_name: str) -> None:
        """Delete our message from a dead-letter queue, and nobody else's."""
        sqs = self.account.sqs
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, VisibilityTimeout=1
        )
        for each in answer.get("Messages", []):
            if each["Body"] == _MARK:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])

    def _fires(self, alarm: MetricAlarmTypeDef) -> bool:
        def fires() -> bool:
            found = self.account.cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])
            return found["MetricAlarms"][0]["StateValue"] == "ALARM"

        within = _FIRES_EMULATED if self.account.emulated else _FIRES
        if self.account.emulated and alarm["Namespace"].startswith("AWS/"):
            return False
        with suppress(NeverHappenedError):
            return wait_for("the alarm", fires, within=within, every_seconds=1)
        return False

    def _arrived(self, alarm: MetricAlarmTypeDef) -> datetime | None:
        def message() -> datetime | None:
            answer = self.account.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10
            )
            for each in answer.get("Messages", []):
                self.account.sqs.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"]
                )
                text = json.loads(each["Body"])["Message"]
                if alarm["AlarmName"] in text and '"ALARM"' in text:
                    return datetime.now(UTC)
            return None

        with suppress(NeverHappenedError):
            return wait_for("the message", message, within=_ARRIVES, every_seconds=0.5)
        return None

    def _force(self, alarm: MetricAlarmTypeDef, state: str) -> None:
        self.account.cloudwatch.set_alarm_state(
            AlarmName=alarm["AlarmName"],
            StateValue=state,  # type: ignore[arg-type]  # OK or ALARM
            StateReason=_MARK,
        )
