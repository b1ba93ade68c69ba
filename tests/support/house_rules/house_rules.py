"""What this project swears about its template, as rules of cfn-lint (``.cfnlintrc`` names them).

cfn-lint loads this file by its path, so it imports nothing of the project.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cfnlint.rules import CloudFormationLintRule, RuleMatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.template import Template

Node = dict[str, Any]
Path = list[str | int]
Placed = tuple[Path, Node]

REASONS: Final = "Wildcards"
"""In a resource's Metadata: why a statement (by its Sid) cannot do without a wildcard."""

_EVERY_ID: Final = re.compile(r"(\*|.*:[a-z-]+/\*)", re.DOTALL)
"""All resources, or all of a type: ``arn:aws:ec2:eu-central-1:111122223333:subnet/*``."""

# What other principals than our own roles reach, and where the policy that guards it stands.
_GUARDED: Final = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}


class OneResourceInAQueuesStatement(CloudFormationLintRule):
    """SQS may refuse a statement about two queues, and does so only when it is deployed."""

    id = "E9101"
    shortdesc = "A queue's policy is about one queue"
    description = "One policy for each queue, and one resource in each of its statements"
    tags = ("house",)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Find policies of several queues, and statements about several resources."""
        found = []
        for name, policy in _resources(cfn, "AWS::SQS::QueuePolicy").items():
            properties = policy["Properties"]
            path: Path = ["Resources", name, "Properties"]
            if len(_listed(properties["Queues"])) != 1:
                found.append(RuleMatch([*path, "Queues"], "one policy for each queue"))
            for place, statement in _statements([*path, "PolicyDocument"], properties):
                if len(_listed(statement["Resource"])) != 1:
                    found.append(
                        RuleMatch([*place, "Resource"], "one resource in each statement of a queue")
                    )
        return found


class NoWildcardWithoutAReason(CloudFormationLintRule):
    """A star grants what AWS adds next year, and what somebody else owns."""

    id = "E9102"
    shortdesc = "A wildcard that is allowed has its reason"
    description = f"Metadata: {{{REASONS}: {{<Sid>: <why>}}}} says why a star is needed"
    tags = ("house",)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Find statements that allow by a star, and reasons that are for none."""
        found = []
        for name, resource in _resources(cfn).items():
            reasons = dict(resource.get("Metadata", {}).get(REASONS, {}))
            for place, statement in _policies_within(["Resources", name], resource):
                if statement.get("Effect") != "Allow" or not _has_wildcard(statement):
                    continue
                if not reasons.pop(statement.get("Sid"), None):
                    found.append(RuleMatch(place, "a wildcard that no reason is given for"))
            found += [
                RuleMatch(
                    ["Resources", name, "Metadata", REASONS, sid],
                    f"{sid} has no wildcard that needs a reason",
                )
                for sid in reasons
            ]
        return found


class ALogGroupForgets(CloudFormationLintRule):
    """A group that Lambda makes by itself keeps everything for ever, and outlives the stack."""

    id = "E9103"
    shortdesc = "Each function logs to a group of the template, which has a retention"
    description = "LoggingConfig names a group, and each group has RetentionInDays"
    tags = ("house",)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Find functions without a group, and groups without an end."""
        groups = _resources(cfn, "AWS::Logs::LogGroup")
        found = [
            RuleMatch(["Resources", name], "a log group that keeps everything for ever")
            for name, group in groups.items()
            if "RetentionInDays" not in group.get("Properties", {})
        ]
        functions = _resources(cfn, "AWS::Lambda::Function", "AWS::Serverless::Function")
        for name, function in functions.items():
            named = function["Properties"].get("LoggingConfig", {}).get("LogGroup")
            if not isinstance(named, dict) or named.get("Ref") not in groups:
                found.append(
                    RuleMatch(["Resources", name], "a function that logs to no group of this stack")
                )
        return found


class TlsOnly(CloudFormationLintRule):
    """Whoever has the right to an object or a message could fetch it in plain text."""

    id = "E9104"
    shortdesc = "Buckets, topics and queues refuse what does not come by TLS"
    description = "Each has a policy that denies where aws:SecureTransport is false"
    tags = ("house",)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Find what no such policy guards."""
        found = []
        for kind, (policy_kind, member) in _GUARDED.items():
            guarded = {
                each.get("Ref")
                for policy in _resources(cfn, policy_kind).values()
                if _denies_plain_text(policy["Properties"])
                for each in _listed(policy["Properties"][member])
            }
            found += [
                RuleMatch(["Resources", name], f"no {policy_kind} that denies what is not TLS")
                for name in _resources(cfn, kind)
                if name not in guarded
            ]
        return found


def _resources(cfn: Template, *kinds: str) -> dict[str, Node]:
    resources: dict[str, Node] = cfn.template.get("Resources", {})
    return {
        name: resource
        for name, resource in resources.items()
        if not kinds or resource.get("Type") in kinds
    }


def _statements(path: Path, properties: Node) -> Iterator[Placed]:
    """The statements of a property ``PolicyDocument``, each with its place."""
    for number, statement in enumerate(properties["PolicyDocument"]["Statement"]):
        yield [*path, "Statement", number], statement


def _policies_within(path: Path, node: Any) -> Iterator[Placed]:  # noqa: ANN401 - YAML is anything
    """Every statement below a node, also those that a condition adds."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield path, node
        for key, value in node.items():
            yield from _policies_within([*path, key], value)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _policies_within([*path, number], value)


def _has_wildcard(statement: Node) -> bool:
    return (
        any("*" in str(action) for action in _listed(statement.get("Action", [])))
        or any(_EVERY_ID.fullmatch(text) for text in _texts(statement.get("Resource", [])))
        or statement.get("Principal") in ("*", {"AWS": "*"})
    )


def _denies_plain_text(properties: Node) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") == "*"
        and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for _, statement in _statements([], properties)
    )


def _texts(node: Any) -> Iterator[str]:  # noqa: ANN401 - a text, or functions and lists of them
    """Every text below a node: what ``Fn::If`` or ``Fn::Sub`` may make of it."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - a policy may say "x" or ["x"]
    """What a policy says as one thing or as a list; a function counts as one."""
    return value if isinstance(value, list) else [value]
