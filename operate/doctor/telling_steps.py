"""Whether anybody is told: subscriptions, alarms and what they do."""

from dataclasses import dataclass, field
from typing import Any

from operate.account import asking
from operate.deployed import Deployed
from operate.doctor.findings import Examination, FaultError, UnknownError


def look_at_telling(stack: Deployed, steps: Examination) -> None:
    """Look at everything between an alarm and a person."""
    people = _People(stack.account.client("sns"), stack.outputs.get("AlertTopic", ""))
    steps.step("subscriptions", people.subscribed)
    steps.step("subscriptions: confirmed", people.confirmed)
    steps.step("subscriptions: unsubscribing", people.held_fast)
    steps.step("alarms", lambda: _alarms(stack, people.topic))


_BY_CHOICE = {"MessagesFail": ("FailureAlarmActions", "off")}
"""Alarms without an action on purpose, with the parameter and its value that say so."""


@dataclass(slots=True)
class _People:
    sns: Any
    topic: str
    found: list[Any] = field(default_factory=list)

    def subscribed(self) -> str:
        """Who is told."""
        with asking("sns:ListSubscriptionsByTopic", "list who is told"):
            pages = self.sns.get_paginator("list_subscriptions_by_topic").paginate(
                TopicArn=self.topic
            )
            self.found.extend(each for page in pages for each in page["Subscriptions"])
        if not self.found:
            raise FaultError(
                "nobody is subscribed to the topic: no alarm reaches anyone",
                f"AWS console: SNS > Topics > {self.topic.rpartition(':')[2]} > Create "
                "subscription; or make deploy ARGS='--email you@example.com'",
            )
        return ", ".join(f"{each['Protocol']} {each['Endpoint']}" for each in self.found)

    def confirmed(self) -> str:
        """Whether they have said yes."""
        if not self.found:
            raise UnknownError("there is no subscription that could be confirmed")
        pending = [each["Endpoint"] for each in self.found if _pending(self.sns, each)]
        if pending:
            raise FaultError(
                f"not confirmed: {', '.join(pending)}",
                "follow the link in the mail 'AWS Notification - Subscription Confirmation'; if it "
                "is gone: AWS console: SNS > Subscriptions > Request confirmation",
            )
        return "every subscription is confirmed"

    def held_fast(self) -> str:
        """Whether a link in a mail can end it."""
        mails = [each for each in self.found if each["Protocol"] in {"email", "email-json"}]
        loose, unknown = [], []
        for each in mails:
            if not each["SubscriptionArn"].startswith("arn:"):
                continue  # not confirmed: the step before says so
            attributes = _attributes(self.sns, each)
            told = attributes.get("ConfirmationWasAuthenticated")
            if told is None:
                unknown.append(each["Endpoint"])
            elif told != "true":
                loose.append(each["Endpoint"])
        if loose:
            raise FaultError(
                f"whoever opens the link 'unsubscribe', a mail scanner too, ends it for "
                f"{', '.join(loose)}",
                "confirm signed in: aws sns confirm-subscription --topic-arn "
                f"{self.topic} --token <of the mail's link> --authenticate-on-unsubscribe true",
            )
        if unknown:
            raise UnknownError(f"AWS does not say how {', '.join(unknown)} was confirmed")
        return "unsubscribing takes signing in" if mails else "no mail that a scanner could end"


def _alarms(stack: Deployed, topic: str) -> str:
    names = {
        physical: logical
        for logical, (kind, physical) in stack.resources().items()
        if kind == "AWS::CloudWatch::Alarm"
    }
    with asking("cloudwatch:DescribeAlarms", "read the alarms"):
        pages = stack.account.client("cloudwatch").get_paginator("describe_alarms").paginate()
        alarms = [
            alarm for page in pages for alarm in page["MetricAlarms"] if alarm["AlarmName"] in names
        ]
    chosen = {
        name
        for name, (parameter, off) in _BY_CHOICE.items()
        if stack.parameters.get(parameter) == off
    }
    missing = sorted(set(names.values()) - {names[each["AlarmName"]] for each in alarms})
    mute = sorted(
        names[each["AlarmName"]]
        for each in alarms
        if (not each.get("ActionsEnabled", True) or topic not in each.get("AlarmActions", []))
        and names[each["AlarmName"]] not in chosen
    )
    if missing or mute:
        raise FaultError(
            f"missing: {', '.join(missing) or 'none'}; without an action: "
            f"{', '.join(mute) or 'none'}",
            "AWS console: CloudWatch > Alarms > the alarm > Actions > Alarm actions > Enable; or "
            "deploy again",
        )
    ringing = sorted(names[each["AlarmName"]] for each in alarms if each["StateValue"] == "ALARM")
    silent = f", {', '.join(sorted(chosen))} by choice not" if chosen else ""
    return (
        f"{len(alarms) - len(chosen)} alarms tell the topic{silent}; in alarm now: "
        f"{', '.join(ringing) or 'none'}"
    )


def _attributes(sns: Any, subscription: Any) -> dict[str, str]:  # noqa: ANN401 - of SNS
    with asking("sns:GetSubscriptionAttributes", f"look at {subscription['Endpoint']}"):
        answer = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
    attributes: dict[str, str] = answer["Attributes"]
    return attributes


def _pending(sns: Any, subscription: Any) -> bool:  # noqa: ANN401 - of SNS
    """Whether nobody has confirmed it: SNS gives it no ARN, or says so of it."""
    if not subscription["SubscriptionArn"].startswith("arn:"):
        return True
    return _attributes(sns, subscription).get("PendingConfirmation") == "true"
