"""The project's own rules of cfn-lint find what they are for, and run wherever cfn-lint does."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from cfnlint.template import Template

from tests.packaging.template import PROJECT
from tests.support.house_rules import house_rules

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

_RULES: Final = (
    house_rules.OneResourceInAQueuesStatement(),
    house_rules.NoWildcardWithoutAReason(),
    house_rules.ALogGroupForgets(),
    house_rules.TlsOnly(),
)
_TLS: Final = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
GOOD: Final[Json] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [_TLS]},
            },
        },
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Metadata": {"Wildcards": {"Describe": "EC2 knows no resource for it"}},
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Sid": "Describe",
                                    "Effect": "Allow",
                                    "Action": "ec2:DescribeSubnets",
                                    "Resource": "*",
                                },
                                {
                                    "Sid": "Send",
                                    "Effect": "Allow",
                                    "Action": "sqs:SendMessage",
                                    "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                                },
                            ],
                        },
                    }
                ],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": "pass"},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "LoggingConfig": {"LogGroup": {"Ref": "Group"}},
            },
        },
    },
}


def found(template: Json) -> set[str]:
    """The ids of the house rules that find something."""
    return {rule.id for rule in _RULES if rule.match(Template("template.json", template))}


def two_queues(resources: Json) -> None:
    """A policy for two queues."""
    resources["Policy"]["Properties"]["Queues"].append({"Ref": "Another"})


def two_resources(resources: Json) -> None:
    """A statement about two queues."""
    statement = resources["Policy"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [statement["Resource"], "arn:aws:sqs:eu-central-1:111122223333:q"]


def no_reason(resources: Json) -> None:
    """All resources, without a word."""
    del resources["Role"]["Metadata"]


def reason_for_nothing(resources: Json) -> None:
    """A reason that was left behind would cover the next wildcard."""
    resources["Role"]["Metadata"]["Wildcards"]["Send"] = "once there was a star"


def _sending(resources: Json) -> Json:
    statement: Json = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][
        1
    ]
    return statement


def all_actions(resources: Json) -> None:
    """Every action of a service."""
    _sending(resources)["Action"] = ["sqs:GetQueueUrl", "sqs:*"]


def all_of_a_type(resources: Json) -> None:
    """Every subnet, behind a condition."""
    text = "arn:aws:ec2:${AWS::Region}:*:subnet/*"
    _sending(resources)["Resource"] = {"Fn::If": ["Some", {"Fn::Sub": text}, "nothing"]}


def everybody(resources: Json) -> None:
    """A policy that lets everybody in."""
    statements = resources["Policy"]["Properties"]["PolicyDocument"]["Statement"]
    statements.append({**_TLS, "Sid": "Open", "Effect": "Allow", "Action": "sqs:SendMessage"})


def keeps_for_ever(resources: Json) -> None:
    """A group without an end."""
    resources["Group"]["Properties"] = {}


def no_group(resources: Json) -> None:
    """A function that Lambda makes a group for."""
    del resources["Function"]["Properties"]["LoggingConfig"]


def no_policy(resources: Json) -> None:
    """A queue that nobody guards."""
    resources["Bare"] = {"Type": "AWS::SQS::Queue"}


def plain_text(resources: Json) -> None:
    """A policy that says nothing of TLS."""
    statement = resources["Policy"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}


def plain_topic(resources: Json) -> None:
    """Topics and buckets, too."""
    resources["Topic"] = {"Type": "AWS::SNS::Topic"}
    resources["Bucket"] = {"Type": "AWS::S3::Bucket"}


BROKEN: Final[dict[Callable[[Json], None], str]] = {
    two_queues: "E9101",
    two_resources: "E9101",
    no_reason: "E9102",
    reason_for_nothing: "E9102",
    all_actions: "E9102",
    all_of_a_type: "E9102",
    everybody: "E9102",
    keeps_for_ever: "E9103",
    no_group: "E9103",
    no_policy: "E9104",
    plain_text: "E9104",
    plain_topic: "E9104",
}


def test_a_template_that_keeps_the_rules_passes() -> None:
    """Nothing is found where nothing is wrong."""
    assert found(GOOD) == set()


@pytest.mark.parametrize("broken", BROKEN)
def test_a_template_that_breaks_a_rule_is_found(broken: Callable[[Json], None]) -> None:
    """Each rule, broken in each way that it is for."""
    template = copy.deepcopy(GOOD)
    broken(template["Resources"])

    assert found(template) == {BROKEN[broken]}


def test_cfn_lint_runs_them_without_being_told(tmp_path: Path) -> None:
    """`make check`, an editor and `sam validate` read them from the same file."""
    template = copy.deepcopy(GOOD)
    two_queues(template["Resources"])
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))

    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--format", "parseable", path],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )

    assert "E9101" in result.stdout


def test_each_check_that_checkov_skips_has_its_reason() -> None:
    """A list of numbers would grow by one whenever something is red."""
    lines = (PROJECT / ".checkov.yaml").read_text().partition("skip-check:\n")[2].splitlines()

    assert lines
    for line in lines:
        assert re.fullmatch(r"  - CKV\w+  # \S.{20,}", line), line
