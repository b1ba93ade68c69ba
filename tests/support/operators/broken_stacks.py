"""A deployed stack as its operator sees it, and ways in which it may be broken."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import EndpointConnectionError

from mpl_export import __version__
from operate.template import Json, archive_policy
from tests.support.operators.scripted_account import (
    BUCKET,
    REGION,
    ROLE,
    TENANT,
    TOPIC,
    ScriptedAccount,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1"


def healthy() -> ScriptedAccount:
    """An account in which all is well."""
    resources = [
        ("ExporterRun", "AWS::Scheduler::Schedule", "run"),
        ("NotifierFlush", "AWS::Scheduler::Schedule", "flush"),
        ("ExportFails", "AWS::CloudWatch::Alarm", "alarm-1"),
        ("ExportIsBehind", "AWS::CloudWatch::Alarm", "alarm-2"),
    ]
    policy = {"Version": "2012-10-17", "Statement": own_policy()}
    code = {"CodeSha256": "one", "State": "Active", "LastUpdateStatus": "Successful"}
    return ScriptedAccount(
        {
            "lambda": {
                "invoke": lambda **_: answer(
                    {
                        "release": __version__,
                        "steps": [{"name": "secret", "verdict": "ok", "seen": "s", "do": ""}],
                    }
                ),
                "list_event_source_mappings": {"EventSourceMappings": [{"State": "Enabled"}]},
                "get_function_configuration": code,
            },
            "s3": {
                "head_bucket": {"BucketRegion": REGION},
                "get_bucket_notification_configuration": {"EventBridgeConfiguration": {}},
                "get_bucket_versioning": {"Status": "Enabled"},
                "get_bucket_policy": {"Policy": json.dumps(policy)},
                "get_bucket_encryption": encryption("AES256"),
                "get_object": lambda **_: {"Body": io.BytesIO(b"route = 1\n")},
            },
            "sns": {
                "list_subscriptions_by_topic": {"Subscriptions": [subscription()]},
                "get_subscription_attributes": {
                    "Attributes": {
                        "PendingConfirmation": "false",
                        "ConfirmationWasAuthenticated": "true",
                    }
                },
            },
            "cloudformation": {
                "list_stack_resources": {
                    "StackResourceSummaries": [
                        {
                            "LogicalResourceId": name,
                            "ResourceType": kind,
                            "PhysicalResourceId": physical,
                        }
                        for name, kind, physical in resources
                    ]
                }
            },
            "cloudwatch": {"describe_alarms": {"MetricAlarms": [alarm(1), alarm(2)]}},
            "scheduler": {
                "get_schedule": {"ScheduleExpression": "rate(5 minutes)", "State": "ENABLED"}
            },
            "dynamodb": {
                "describe_table": {"Table": {"DeletionProtectionEnabled": True}},
                "get_item": {},
                "update_item": refusal("ConditionalCheckFailedException"),
            },
        }
    )


def answer(payload: dict[str, Any], **more: str) -> dict[str, Any]:
    """What Lambda answers to an invocation."""
    return {"Payload": io.BytesIO(json.dumps(payload).encode()), **more}


def encryption(algorithm: str, **more: str) -> dict[str, Any]:
    """How a bucket encrypts."""
    default = {"SSEAlgorithm": algorithm, **more}
    return {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        }
    }


def subscription(arn: str = f"{TOPIC}:1") -> dict[str, str]:
    """A subscription by mail."""
    return {"Protocol": "email", "Endpoint": "ops@example.com", "SubscriptionArn": arn}


def alarm(number: int, **changes: object) -> dict[str, object]:
    """An alarm of the stack."""
    return {
        "AlarmName": f"alarm-{number}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        **changes,
    }


def _owner(**arguments: object) -> object:
    return refusal("403") if "ExpectedBucketOwner" in arguments else {"BucketRegion": REGION}


def _two_codes(FunctionName: str) -> dict[str, str]:  # noqa: N803 - as the SDK has it
    return {"CodeSha256": FunctionName}


def own_policy() -> list[Json]:
    """The statements of a bucket that is as it has to be."""
    return archive_policy(f"arn:aws:s3:::{BUCKET}", tenant=TENANT, role_arn=ROLE)


def _without(sid: str) -> dict[str, str]:
    statements = own_policy()
    return {"Policy": json.dumps({"Statement": [it for it in statements if it["Sid"] != sid]})}


def _weaker() -> dict[str, str]:
    """Denies deleting to one role only, and overwriting below one prefix only."""
    statements = own_policy()
    for it in statements:
        if it["Sid"] == "NothingIsDeleted":
            it["Principal"] = {"AWS": "arn:aws:iam::111122223333:role/one"}
        if it["Sid"] == "NothingIsOverwritten":
            it["Resource"] = f"arn:aws:s3:::{BUCKET}/mpl/*"
    return {"Policy": json.dumps({"Statement": statements})}


@dataclass(frozen=True, slots=True)
class BrokenStack:
    """One thing that is wrong.

    Attributes:
        step: The one step that has to fail (or not to be checked).
        words: What it has to say, and what to do.
    """

    name: str
    operation: str
    says: Callable[[], object]
    step: str
    words: tuple[str, ...]
    verdict: str = "failed"


BROKEN_STACKS = (
    BrokenStack(
        "a function that crashes",
        "lambda.invoke",
        lambda: (
            lambda **_: answer(
                {"errorType": "Runtime.ImportModuleError", "errorMessage": "no module"},
                FunctionError="Unhandled",
            )
        ),
        "function",
        ("Runtime.ImportModuleError", "View CloudWatch logs"),
    ),
    BrokenStack(
        "an old release",
        "lambda.invoke",
        lambda: lambda **_: answer({"release": "0.9.0", "steps": []}),
        "release",
        ("0.9.0", "make deploy"),
    ),
    BrokenStack(
        "no bucket",
        "s3.head_bucket",
        lambda: refusal("404"),
        "bucket: place",
        ("there is no bucket", "ArchiveBucketName"),
    ),
    BrokenStack(
        "a bucket in another region",
        "s3.head_bucket",
        lambda: {"BucketRegion": "us-east-1"},
        "bucket: place",
        ("it lies in us-east-1", "events of a bucket stay in its region"),
    ),
    BrokenStack(
        "a bucket in another account",
        "s3.head_bucket",
        lambda: _owner,
        "bucket: place",
        ("another account", "events of a bucket stay in its account"),
    ),
    BrokenStack(
        "no EventBridge",
        "s3.get_bucket_notification_configuration",
        dict,
        "bucket: EventBridge",
        ("no failure will ever be told", "Properties > Amazon EventBridge > Edit > On"),
    ),
    BrokenStack(
        "no versioning",
        "s3.get_bucket_versioning",
        dict,
        "bucket: versioning",
        ("disabled", "Bucket Versioning"),
    ),
    BrokenStack(
        "no policy at all",
        "s3.get_bucket_policy",
        lambda: refusal("NoSuchBucketPolicy"),
        "bucket: policy",
        ("TlsOnly", "NothingIsOverwritten", "NothingIsDeleted", "Bucket policy > Edit"),
    ),
    BrokenStack(
        "a policy that lets delete",
        "s3.get_bucket_policy",
        lambda: _without("NothingIsDeleted"),
        "bucket: policy",
        ("lacks NothingIsDeleted",),
    ),
    BrokenStack(
        "a policy that lets others write",
        "s3.get_bucket_policy",
        lambda: _without("OnlyTheExporterWrites"),
        "bucket: policy",
        ("lacks OnlyTheExporterWrites",),
    ),
    BrokenStack(
        "a policy with the right names and less in it",
        "s3.get_bucket_policy",
        _weaker,
        "bucket: policy",
        ("lacks NothingIsOverwritten, NothingIsDeleted",),
    ),
    BrokenStack(
        "a key that the stack does not know",
        "s3.get_bucket_encryption",
        lambda: encryption("aws:kms", KMSMasterKeyID=_KEY),
        "bucket: key",
        (_KEY, f"--set ArchiveKeyArn={_KEY}"),
    ),
    BrokenStack(
        "nobody subscribed",
        "sns.list_subscriptions_by_topic",
        lambda: {"Subscriptions": []},
        "subscriptions",
        ("no alarm reaches anyone", "--email you@example.com"),
    ),
    BrokenStack(
        "a mail that nobody has confirmed",
        "sns.list_subscriptions_by_topic",
        lambda: {"Subscriptions": [subscription("PendingConfirmation")]},
        "subscriptions: confirmed",
        ("ops@example.com", "Request confirmation"),
    ),
    BrokenStack(
        "a mail that a scanner can end",
        "sns.get_subscription_attributes",
        lambda: {
            "Attributes": {"PendingConfirmation": "false", "ConfirmationWasAuthenticated": "false"}
        },
        "subscriptions: unsubscribing",
        ("mail scanner", "--authenticate-on-unsubscribe true"),
    ),
    BrokenStack(
        "an alarm that was deleted",
        "cloudwatch.describe_alarms",
        lambda: {"MetricAlarms": [alarm(1)]},
        "alarms",
        ("missing: ExportIsBehind", "Alarm actions > Enable"),
    ),
    BrokenStack(
        "alarms without an action",
        "cloudwatch.describe_alarms",
        lambda: {"MetricAlarms": [alarm(1, ActionsEnabled=False), alarm(2, AlarmActions=[])]},
        "alarms",
        ("without an action: ExportFails, ExportIsBehind",),
    ),
    BrokenStack(
        "a schedule that was switched off",
        "scheduler.get_schedule",
        lambda: {"ScheduleExpression": "rate(5 minutes)", "State": "DISABLED"},
        "schedules",
        ("switched off: ExporterRun, NotifierFlush", "ScheduleState=ENABLED"),
    ),
    BrokenStack(
        "no mapping of the queue",
        "lambda.list_event_source_mappings",
        lambda: {"EventSourceMappings": []},
        "queue of new parts",
        ("nothing feeds the notifier",),
    ),
    BrokenStack(
        "a mapping that was switched off",
        "lambda.list_event_source_mappings",
        lambda: {"EventSourceMappings": [{"State": "Disabled"}]},
        "queue of new parts",
        ("Disabled", "Triggers > Enable"),
    ),
    BrokenStack(
        "code that somebody changed by hand",
        "lambda.get_function_configuration",
        lambda: _two_codes,
        "code",
        ("different code", "deploy the stack again"),
    ),
    BrokenStack(
        "a table without protection",
        "dynamodb.describe_table",
        lambda: {"Table": {"DeletionProtectionEnabled": False}},
        "table: protection",
        ("deleted by mistake", "Deletion protection"),
    ),
    BrokenStack(
        "rules that nobody can understand",
        "dynamodb.get_item",
        lambda: {"Item": {"rules_number": {"N": "3"}}},
        "rules: yours",
        ("00000003.toml", "line 1: route is a list", "make rules FILE="),
    ),
    BrokenStack(
        "AWS that does not say how a mail was confirmed",
        "sns.get_subscription_attributes",
        lambda: {"Attributes": {}},
        "subscriptions: unsubscribing",
        ("does not say",),
        "not checked",
    ),
    BrokenStack(
        "AWS that does not answer",
        "dynamodb.describe_table",
        lambda: EndpointConnectionError(endpoint_url="https://dynamodb.example"),
        "table: protection",
        ("https://dynamodb.example does not answer",),
        "not checked",
    ),
)

RIGHTS = {
    "lambda.invoke": ("function", "lambda:InvokeFunction"),
    "dynamodb.get_item": ("rules: yours", "dynamodb:GetItem"),
    "s3.head_bucket": ("bucket: place", "s3:ListBucket"),
    "s3.get_bucket_notification_configuration": ("bucket: EventBridge", "s3:GetBucketNotification"),
    "s3.get_bucket_versioning": ("bucket: versioning", "s3:GetBucketVersioning"),
    "s3.get_bucket_policy": ("bucket: policy", "s3:GetBucketPolicy"),
    "s3.get_bucket_encryption": ("bucket: key", "s3:GetEncryptionConfiguration"),
    "sns.list_subscriptions_by_topic": ("subscriptions", "sns:ListSubscriptionsByTopic"),
    "sns.get_subscription_attributes": (
        "subscriptions: confirmed",
        "sns:GetSubscriptionAttributes",
    ),
    "cloudwatch.describe_alarms": ("alarms", "cloudwatch:DescribeAlarms"),
    "cloudformation.list_stack_resources": ("schedules", "cloudformation:ListStackResources"),
    "scheduler.get_schedule": ("schedules", "scheduler:GetSchedule"),
    "lambda.list_event_source_mappings": ("queue of new parts", "lambda:ListEventSourceMappings"),
    "lambda.get_function_configuration": ("code", "lambda:GetFunctionConfiguration"),
    "dynamodb.describe_table": ("table: protection", "dynamodb:DescribeTable"),
}
"""The right that each call needs, and the step that is not checked without it."""
