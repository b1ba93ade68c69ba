"""What starts the functions, and what becomes of a start that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mpl_export.exporter.events import ExportSpan, PlanSpan, Scheduled, Seal, request_of
from mpl_export.notifier.inbox import Flush
from mpl_export.notifier.inbox import request_of as request_for_the_notifier
from tests.packaging.template import PROJECT, Json, Stack, load

if TYPE_CHECKING:
    from datetime import datetime


def test_a_failed_run_is_not_repeated_but_kept(stack: Stack) -> None:
    """The next tick is the retry; a run that waited longer than a tick would run beside it."""
    config = stack.properties("Exporter")["EventInvokeConfig"]

    assert config["MaximumRetryAttempts"] == 0
    assert 60 <= config["MaximumEventAgeInSeconds"] <= 240
    assert config["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": "<FailedRuns.Arn>",
    }


def test_the_schedule_gives_up_soon_and_keeps_what_it_could_not_deliver(stack: Stack) -> None:
    """Scheduler's defaults would deliver a day of stale ticks after an outage."""
    schedule = _schedules(stack)["Run"]

    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] <= 3
    assert 60 <= schedule["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 240
    assert schedule["DeadLetterConfig"] == {"Arn": "<SchedulerDlq.Arn>"}
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["RoleArn"] == "<SchedulerRole.Arn>"


def test_two_stacks_fit_into_one_account(stack: Stack) -> None:
    """SAM calls a schedule by its logical id, the same in every stack, unless told not to."""
    assert _schedules(stack)["Run"]["OmitName"] is True


def test_nothing_has_a_name_of_its_own_choosing(stack: Stack) -> None:
    """The same for everything else: names come from CloudFormation, or from the stack's."""
    naming = {"BucketName", "FunctionName", "TableName", "TopicName", "QueueName", "RoleName"}
    naming |= {"AlarmName", "DashboardName", "LogGroupName", "Name"}

    for resource in stack.resources().values():
        if resource["Type"] == "AWS::Athena::NamedQuery":
            continue  # names in a workgroup need not differ from any other
        for name in naming & resource["Properties"].keys():
            assert f"{resource['Properties'][name]}/".startswith("the-stack/")


def test_the_schedule_can_be_paused() -> None:
    """The runs make the reconcile, too, so it pauses with them."""
    stack = Stack(load(), {"TenantName": "acme", "ScheduleState": "DISABLED"})

    assert _schedules(stack)["Run"]["State"] == "DISABLED"


def test_sealing_is_not_paused_with_the_export() -> None:
    """What arrived before is to be sealed all the same."""
    stack = Stack(load(), {"TenantName": "acme", "ScheduleState": "DISABLED"})

    assert _schedules(stack)["Seal"]["State"] == "ENABLED"


def test_the_schedules_ask_for_what_they_are_for(stack: Stack, now: datetime) -> None:
    """The code has to understand the very text that they send; the runs do all the rest."""
    asked = {
        name: request_of(json.loads(schedule["Input"]), now)
        for name, schedule in _schedules(stack).items()
    }

    assert asked == {"Run": Scheduled(), "Seal": Seal()}


def test_the_sealer_starts_after_the_reconcile_and_only_once_a_night(stack: Stack) -> None:
    """A start that was late by more than an hour is the next night's."""
    schedule = _schedules(stack)["Seal"]

    assert schedule["ScheduleExpression"] == "cron(20 3 * * ? *)"
    assert schedule["OmitName"] is True
    assert schedule["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    assert schedule["DeadLetterConfig"] == {"Arn": "<SchedulerDlq.Arn>"}
    assert schedule["RoleArn"] == "<SchedulerRole.Arn>"


def test_the_event_files_are_understood(now: datetime) -> None:
    """docs/local.md tells people to send them with `sam local invoke -e`."""
    scheduled, span, plan, seal = (
        request_of(json.loads((PROJECT / "events" / name).read_text()), now)
        for name in ("scheduled.json", "span.json", "plan.json", "seal.json")
    )

    assert isinstance(scheduled, Scheduled)
    assert isinstance(span, ExportSpan)
    assert isinstance(plan, PlanSpan)
    assert isinstance(seal, Seal)


def test_the_env_file_names_variables_that_the_template_declares(stack: Stack) -> None:
    """`sam local invoke` drops any other without a word, and would then call the real AWS."""
    variables = json.loads((PROJECT / "events" / "env-vars.json").read_text())
    declared = stack.properties("Exporter")["Environment"]["Variables"]

    assert variables.keys() == {"Exporter"}
    assert variables["Exporter"].keys() <= declared.keys()
    assert "AWS_ENDPOINT_URL" in variables["Exporter"]


def test_a_run_has_the_time_that_lambda_gives_at_most(stack: Stack) -> None:
    """A backlog is caught up in fewer runs; an idle run costs what it takes."""
    assert stack.properties("Exporter")["Timeout"] == 900


def test_no_concurrency_is_reserved(stack: Stack) -> None:
    """The lease keeps runs apart, and new accounts have none to reserve."""
    assert "ReservedConcurrentExecutions" not in stack.properties("Exporter")


def test_a_new_part_reaches_the_notifier(stack: Stack) -> None:
    """By rule and queue; what cannot be delivered or handled lies where an alarm looks."""
    rule = stack.properties("PartCreated")
    queue = stack.properties("NewParts")

    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["<Archive>"]},
            "object": {
                "key": [
                    {"prefix": "mpl/v1/tenant=acme/"},
                    {"prefix": "artifacts/v1/tenant=acme/"},
                ]
            },
        },
    }
    [target] = rule["Targets"]
    assert target["Arn"] == "<NewParts.Arn>"
    assert target["DeadLetterConfig"] == {"Arn": "<NotifierDlq.Arn>"}
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": "<NotifierDlq.Arn>",
        "maxReceiveCount": 100,
    }
    # What is down for a day must not end there.
    assert 100 * queue["VisibilityTimeout"] >= 2 * 86_400
    source = stack.properties("Notifier")["Events"]["Parts"]["Properties"]
    assert source["Queue"] == "<NewParts.Arn>"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["MaximumBatchingWindowInSeconds"] == 20
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_given_bucket_is_listened_to_as_well() -> None:
    """Its owner switches EventBridge on; the rule is ours."""
    stack = Stack(load(), {"TenantName": "acme", "ArchiveBucketName": "given"})

    pattern = stack.properties("PartCreated")["EventPattern"]
    assert pattern["detail"]["bucket"] == {"name": ["given"]}


def test_nobody_else_fills_the_queue(stack: Stack) -> None:
    """The policies of the two queues that the rule fills name the rule."""
    for name in ("NewParts", "NotifierDlq"):
        policy = stack.properties(f"{name}Policy")
        [statement] = (
            each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
        )

        assert policy["Queues"] == [f"<{name}>"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        assert statement["Resource"] == f"<{name}.Arn>"
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": "<PartCreated.Arn>"}}


@pytest.mark.parametrize("name", ["NewParts", "NotifierDlq", "FailedRuns", "SchedulerDlq"])
def test_a_queue_is_encrypted_and_takes_nothing_in_plain_text(stack: Stack, name: str) -> None:
    """Each by a policy of its own, about itself alone: SQS may refuse one about two queues."""
    queue = stack.properties(name)
    policy = stack.properties(f"{name}Policy")
    [denial] = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny")

    assert queue["SqsManagedSseEnabled"] is True
    assert policy["Queues"] == [f"<{name}>"]
    assert denial == {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": f"<{name}.Arn>",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_a_message_is_not_delivered_again_while_it_is_handled(stack: Stack) -> None:
    """Lambda asks for six times the function's timeout."""
    timeout = stack.properties("Notifier")["Timeout"]

    assert stack.properties("NewParts")["VisibilityTimeout"] >= 6 * timeout


def test_the_flush_comes_every_five_minutes_even_while_the_export_is_paused() -> None:
    """What was held back is to be told, whatever becomes of the export."""
    stack = Stack(load(), {"TenantName": "acme", "ScheduleState": "DISABLED"})
    flush = stack.properties("Notifier")["Events"]["Flush"]["Properties"]

    assert flush["ScheduleExpression"] == "rate(5 minutes)"
    assert flush["State"] == "ENABLED"
    assert flush["OmitName"] is True
    assert flush["RoleArn"] == "<SchedulerRole.Arn>"
    assert flush["DeadLetterConfig"] == {"Arn": "<SchedulerDlq.Arn>"}
    assert (
        request_for_the_notifier(json.loads(flush["Input"]), tenant="acme", bucket="b") == Flush()
    )


def _schedules(stack: Stack) -> dict[str, Json]:
    events: dict[str, Json] = stack.properties("Exporter")["Events"]
    assert {event["Type"] for event in events.values()} == {"ScheduleV2"}
    return {name: event["Properties"] for name, event in events.items()}
