"""Who is told by a topic, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_sns import SNSClient

_BY_A_LINK: Final = frozenset({"email", "email-json"})
"""Protocols whose messages end with a link that unsubscribes."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of a topic.

    Attributes:
        endpoint: The address; SNS shows it to the account that owns the topic.
        confirmed: Whether anything is delivered to it.
        authenticated: Whether only this account can end it; otherwise whoever opens the link in a
            message can, a scanner of mails too.
    """

    endpoint: str
    protocol: str
    confirmed: bool
    authenticated: bool


def subscriptions_of(sns: SNSClient, topic: str) -> list[Subscription]:
    """Ask SNS for all subscriptions of a topic."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = []
    for each in (subscription for page in pages for subscription in page["Subscriptions"]):
        attributes = {}
        # One that nobody has confirmed yet has no ARN.
        if each["SubscriptionArn"].startswith("arn:"):
            answer = sns.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])
            attributes = answer["Attributes"]
        found.append(
            Subscription(
                endpoint=each["Endpoint"],
                protocol=each["Protocol"],
                confirmed=attributes.get("PendingConfirmation") == "false",
                authenticated=attributes.get("ConfirmationWasAuthenticated") == "true",
            )
        )
    return found


def complaints(subscriptions: Collection[Subscription]) -> list[str]:
    """Say what is wrong, one sentence for each fault; nothing if somebody is told for good."""
    found = []
    if not subscriptions:
        found.append("the topic has no subscription: nobody is told of anything (AlertEmail)")
    for each in subscriptions:
        if not each.confirmed:
            found.append(f"{each.endpoint} has not confirmed the subscription")
        elif each.protocol in _BY_A_LINK and not each.authenticated:
            found.append(
                f"{each.endpoint} can be unsubscribed by a click on the link in any mail, a mail"
                " scanner's too: subscribe it anew, and confirm as docs/deploying.md says"
            )
    return found
