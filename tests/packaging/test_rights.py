"""Each principal may do what its job takes, to the one thing that the job is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.packaging.template import Json, Stack, load

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "111122223333"
OWN_PARTS = "mpl/v1/tenant=acme/*"
OWN_RULES = "rules/v1/tenant=acme/*"
OWN_SEALS = "seals/v1/tenant=acme/*"
OWN_SNAPSHOTS = "artifacts/v1/tenant=acme/*"
OWN_SOURCE = "sources/tenant=acme.json"
OWN_PROBE = "sources/tenant=acme.probe"


def test_there_is_one_role_per_principal(stack: Stack) -> None:
    """A shared role would let the schedule read the service key."""
    roles = {"BackfillRole", "ExporterRole", "NotifierRole", "SchedulerRole"}
    assert stack.resources("::Role").keys() == roles
    assert stack.properties("Backfill")["Role"] == "<BackfillRole.Arn>"
    assert stack.properties("Exporter")["Role"] == "<ExporterRole.Arn>"
    assert stack.properties("Notifier")["Role"] == "<NotifierRole.Arn>"


def test_the_exporter_may_do_exactly_what_it_does(stack: Stack) -> None:
    """The list to change when the code needs more; each line is a sentence about the code."""
    assert _granted(stack, "ExporterRole") == {
        ("logs:CreateLogStream", "<ExporterLogGroup.Arn>"),
        ("logs:PutLogEvents", "<ExporterLogGroup.Arn>"),
        ("secretsmanager:GetSecretValue", "<ServiceKey.Id>"),
        ("dynamodb:GetItem", "<Checkpoints.Arn>"),
        ("dynamodb:UpdateItem", "<Checkpoints.Arn>"),
        ("s3:ListBucket", "<Archive.Arn>"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_PARTS}"),
        ("s3:PutObject", f"<Archive.Arn>/{OWN_PARTS}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_SEALS}"),
        ("s3:PutObject", f"<Archive.Arn>/{OWN_SEALS}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_SNAPSHOTS}"),
        ("s3:PutObject", f"<Archive.Arn>/{OWN_SNAPSHOTS}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_SOURCE}"),
        ("s3:PutObject", f"<Archive.Arn>/{OWN_SOURCE}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_PROBE}"),
        ("s3:PutObject", f"<Archive.Arn>/{OWN_PROBE}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_RULES}"),
        ("sqs:SendMessage", "<FailedRuns.Arn>"),
    }


@pytest.mark.parametrize("given", ["", "arn:aws:kms:eu-central-1:111122223333:key/9"])
def test_the_exporter_signs_seals_where_that_is_wanted(given: str) -> None:
    """With one key, and with nothing but to sign."""
    stack = Stack(load(), {"TenantName": "acme", "SealSigning": "kms", "SealKeyArn": given})
    key = given or "<SealKey.Arn>"

    of_kms = {each for each in _granted(stack, "ExporterRole") if each[0].startswith("kms:")}
    assert of_kms == {("kms:GetPublicKey", key), ("kms:Sign", key)}
    assert stack.properties("Exporter")["Environment"]["Variables"]["SEAL_KEY"] == key
    assert stack.outputs()["SealPublicKey"] == key
    assert ("SealKey" in stack.resources("KMS::Key")) == (not given)


def test_no_key_signs_seals_unless_that_is_wanted(stack: Stack) -> None:
    """It costs a dollar a month."""
    assert "SealKey" not in stack.resources("KMS::Key")
    assert stack.properties("Exporter")["Environment"]["Variables"]["SEAL_KEY"] == ""
    assert "SealPublicKey" not in stack.outputs()


def test_the_notifier_may_do_exactly_what_it_does(stack: Stack) -> None:
    """Neither the service key nor a part that is not the tenant's is its business."""
    bus = "arn:aws:events:eu-central-1:111122223333:event-bus/default"
    assert _granted(stack, "NotifierRole") == {
        ("logs:CreateLogStream", "<NotifierLogGroup.Arn>"),
        ("logs:PutLogEvents", "<NotifierLogGroup.Arn>"),
        ("sqs:DeleteMessage", "<NewParts.Arn>"),
        ("sqs:GetQueueAttributes", "<NewParts.Arn>"),
        ("sqs:ReceiveMessage", "<NewParts.Arn>"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_PARTS}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_SNAPSHOTS}"),
        ("s3:GetObject", f"<Archive.Arn>/{OWN_RULES}"),
        ("dynamodb:BatchGetItem", "<Checkpoints.Arn>"),
        ("dynamodb:BatchWriteItem", "<Checkpoints.Arn>"),
        ("dynamodb:GetItem", "<Checkpoints.Arn>"),
        ("dynamodb:Query", "<Checkpoints.Arn>"),
        ("dynamodb:UpdateItem", "<Checkpoints.Arn>"),
        ("sns:Publish", "<AlertTopic>"),
        ("kms:Decrypt", "<AlertKey.Arn>"),
        ("kms:GenerateDataKey", "<AlertKey.Arn>"),
        ("events:PutEvents", bus),
        ("sqs:SendMessage", "<FailedRuns.Arn>"),
    }


def test_the_notifier_cannot_change_the_checkpoint(stack: Stack) -> None:
    """Its own items have a hash key of their own; the checkpoint's it may only read."""
    conditions = {
        each["Sid"]: each["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
        for each in _statements(stack, "NotifierRole")
        if each["Resource"] == "<Checkpoints.Arn>"
    }
    actions = {each["Sid"]: each["Action"] for each in _statements(stack, "NotifierRole")}

    assert conditions == {"KeepTheNotices": ["acme#notices"], "ReadThePosition": ["acme"]}
    assert actions["ReadThePosition"] == "dynamodb:GetItem"


def test_the_notifier_speaks_for_nobody_else(stack: Stack) -> None:
    """On a shared bus, an event of another source could set off what is not ours."""
    (statement,) = (
        each for each in _statements(stack, "NotifierRole") if each["Sid"] == "TellSystems"
    )

    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": ["mpl-export"]}
    }


def test_the_schedules_may_start_the_functions_and_keep_what_they_did_not_take(
    stack: Stack,
) -> None:
    """Scheduler needs no more; SAM would grant the functions' versions and aliases too."""
    assert _granted(stack, "SchedulerRole") == {
        ("lambda:InvokeFunction", "<Exporter.Arn>"),
        ("lambda:InvokeFunction", "<Notifier.Arn>"),
        ("sqs:SendMessage", "<SchedulerDlq.Arn>"),
    }


def test_a_backfill_may_run_the_exporter_and_its_own_children(stack: Stack) -> None:
    """What is done is done by the exporter's rights; a distributed map starts its own machine."""
    children = stack.properties("BackfillChildren")
    executions = f"arn:aws:states:eu-central-1:{ACCOUNT}:execution:<Backfill.Name>/*"

    assert _granted(stack, "BackfillRole") == {("lambda:InvokeFunction", "<Exporter.Arn>")}
    assert children["Roles"] == ["<BackfillRole>"]
    assert [
        (each["Effect"], each["Action"], each["Resource"])
        for each in children["PolicyDocument"]["Statement"]
    ] == [
        ("Allow", "states:StartExecution", "<Backfill>"),
        ("Allow", ["states:DescribeExecution", "states:StopExecution"], executions),
    ]


def test_no_role_is_granted_a_wildcard(stack: Stack) -> None:
    """An action with a star grants what AWS adds next year."""
    for name in stack.resources("::Role"):
        for action, resource in _granted(stack, name):
            assert "*" not in action
            assert resource != "*"


def test_the_exporter_lists_its_own_parts_only(stack: Stack) -> None:
    """Several tenants may share a bucket; none sees what another one has."""
    (listing,) = (
        each for each in _statements(stack, "ExporterRole") if each["Sid"] == "ListOwnParts"
    )

    assert listing["Condition"] == {"StringLike": {"s3:prefix": [OWN_PARTS, OWN_SEALS]}}


def test_the_exporter_keeps_to_its_own_items(stack: Stack) -> None:
    """The hash key is the tenant's name."""
    (keeping,) = (
        each for each in _statements(stack, "ExporterRole") if each["Sid"] == "KeepTheCheckpoint"
    )

    assert keeping["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["acme"]}}


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("ExporterRole", "lambda.amazonaws.com"),
        ("NotifierRole", "lambda.amazonaws.com"),
        ("SchedulerRole", "scheduler.amazonaws.com"),
        ("BackfillRole", "states.amazonaws.com"),
    ],
)
def test_a_role_trusts_its_service_only(stack: Stack, role: str, service: str) -> None:
    """Whoever may assume a role has its rights."""
    (trust,) = stack.properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": service}
    assert trust["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("role", ["SchedulerRole", "BackfillRole"])
def test_another_account_cannot_use_our_role(stack: Stack, role: str) -> None:
    """Without the condition, the service would be a deputy that anybody may confuse."""
    (trust,) = stack.properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_given_things_are_granted_instead_of_created_ones() -> None:
    """A given bucket and secret, each under a key of its own, are all that the role names."""
    secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key-AbCdEf"
    secret_key = "arn:aws:kms:eu-central-1:111122223333:key/1"
    archive_key = "arn:aws:kms:eu-central-1:111122223333:key/2"
    stack = Stack(
        load(),
        {
            "TenantName": "acme",
            "ServiceKeySecretArn": secret,
            "SecretKeyArn": secret_key,
            "ArchiveBucketName": "given",
            "ArchiveKeyArn": archive_key,
        },
    )

    assert stack.resources("::Bucket").keys() == {"QueryResults"}
    assert not stack.resources("::Secret")
    assert {
        ("secretsmanager:GetSecretValue", secret),
        ("kms:Decrypt", secret_key),
        ("kms:Decrypt", archive_key),
        ("kms:GenerateDataKey", archive_key),
        ("s3:ListBucket", "arn:aws:s3:::given"),
        ("s3:PutObject", f"arn:aws:s3:::given/{OWN_PARTS}"),
        ("s3:PutObject", f"arn:aws:s3:::given/{OWN_SNAPSHOTS}"),
        ("s3:PutObject", f"arn:aws:s3:::given/{OWN_SOURCE}"),
        ("s3:PutObject", f"arn:aws:s3:::given/{OWN_PROBE}"),
    } <= _granted(stack, "ExporterRole")
    for key, service in (("DecryptTheServiceKey", "secretsmanager"), ("EncryptTheArchive", "s3")):
        (statement,) = (each for each in _statements(stack, "ExporterRole") if each["Sid"] == key)
        assert statement["Condition"] == {
            "StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}
        }


def test_inside_a_vpc_lambda_gets_the_rights_that_the_code_does_not() -> None:
    """The same role serves both; the denial tells them apart."""
    stack = Stack(
        load(),
        {"TenantName": "acme", "SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1"},
    )
    statements = {each["Sid"]: each for each in _statements(stack, "ExporterRole")}

    assert stack.properties("Exporter")["VpcConfig"] == {
        "SubnetIds": ["subnet-1", "subnet-2"],
        "SecurityGroupIds": ["sg-1"],
    }
    assert statements["NotFromInsideTheFunction"]["Effect"] == "Deny"
    assert statements["NotFromInsideTheFunction"]["Condition"] == {
        "Null": {"lambda:SourceFunctionArn": "false"}
    }
    assert statements["DescribeInterfaces"]["Action"] == [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
    ]


def test_a_subnet_may_be_another_accounts() -> None:
    """One that is shared (AWS RAM) has its owner's account in its ARN; interfaces are our own."""
    stack = Stack(
        load(), {"TenantName": "acme", "SubnetIds": "subnet-1", "SecurityGroupIds": "sg-1"}
    )
    granted = {
        resource
        for action, resource in _granted(stack, "ExporterRole")
        if action == "ec2:CreateNetworkInterface"
    }

    assert granted == {
        "arn:aws:ec2:eu-central-1:*:subnet/*",
        "arn:aws:ec2:eu-central-1:*:security-group/*",
        f"arn:aws:ec2:eu-central-1:{ACCOUNT}:network-interface/*",
    }


def test_a_shared_topic_is_told_instead_of_one_of_its_own() -> None:
    """By the notifier and by every alarm; neither topic nor key is created."""
    topic = f"arn:aws:sns:eu-central-1:{ACCOUNT}:shared"
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"
    given = {"TenantName": "acme", "AlertTopicArn": topic}
    stack = Stack(load(), {**given, "AlertKeyArn": key})
    rights = {each for each in _granted(stack, "NotifierRole") if each[0][:3] in {"sns", "kms"}}

    assert not stack.resources("::Topic") | stack.resources("::TopicPolicy")
    assert not stack.resources("::Key") | stack.resources("::Subscription")
    assert rights == {
        ("sns:Publish", topic),
        ("kms:Decrypt", key),
        ("kms:GenerateDataKey", key),
    }
    for alarm in stack.resources("::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == [topic]
        assert alarm["Properties"].get("OKActions", [topic]) == [topic]
    assert stack.properties("Notifier")["Environment"]["Variables"]["ALERT_TOPIC"] == topic
    assert stack.outputs()["AlertTopic"] == topic
    assert "AlertKey" not in stack.outputs()
    assert "kms:Decrypt" not in {
        action for action, _ in _granted(Stack(load(), given), "NotifierRole")
    }


def test_every_role_takes_the_permissions_boundary() -> None:
    """Where an account demands one, a role without it cannot be created."""
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    stack = Stack(load(), {"TenantName": "acme", "PermissionsBoundaryArn": boundary})

    for role in stack.resources("::Role").values():
        assert role["Properties"]["PermissionsBoundary"] == boundary


def test_the_archive_only_grows(stack: Stack) -> None:
    """S3 itself refuses what would break the promise, whoever asks (no emulator shows it all)."""
    policy = stack.properties("ArchivePolicy")["PolicyDocument"]
    statements = {each.pop("Sid"): each for each in policy["Statement"]}

    assert statements == {
        "TlsOnly": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["<Archive.Arn>", "<Archive.Arn>/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        "NothingIsOverwritten": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": [
                "<Archive.Arn>/mpl/*",
                "<Archive.Arn>/rules/*",
                "<Archive.Arn>/seals/*",
                "<Archive.Arn>/artifacts/*",
                "<Archive.Arn>/sources/*",
            ],
            "Condition": {
                "Null": {"s3:if-none-match": "true"},
                "Bool": {"s3:ObjectCreationOperation": "true"},
            },
        },
        "NothingIsDeleted": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            "Resource": [
                "<Archive.Arn>/mpl/*",
                "<Archive.Arn>/seals/*",
                "<Archive.Arn>/artifacts/*",
            ],
        },
        "OnlyTheExporterWrites": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": [
                f"<Archive.Arn>/{each}"
                for each in (OWN_PARTS, OWN_SEALS, OWN_SNAPSHOTS, OWN_SOURCE, OWN_PROBE)
            ],
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "<ExporterRole.Arn>"}},
        },
    }


def test_alarms_may_publish_and_encrypt_and_no_other_service_may(stack: Stack) -> None:
    """An alarm whose service may not use the topic's key is dropped without a trace."""
    topic = stack.properties("AlertTopicPolicy")["PolicyDocument"]
    key = stack.properties("AlertKey")["KeyPolicy"]
    alarms = "cloudwatch.amazonaws.com"

    assert stack.properties("AlertTopic")["KmsMasterKeyId"] == "<AlertKey>"
    assert _actions_of(topic, alarms) == {"sns:Publish"}
    assert _actions_of(key, alarms) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    for policy in (topic, key):
        services = {
            each["Principal"]["Service"]
            for each in policy["Statement"]
            if each["Principal"] != "*" and "Service" in each["Principal"]
        }
        assert services == {alarms}


def test_the_topics_key_does_not_rotate(stack: Stack) -> None:
    """Nothing lies under it for longer than a delivery takes, and each rotation costs a dollar."""
    assert stack.properties("AlertKey")["EnableKeyRotation"] is False


def _statements(stack: Stack, role: str) -> Iterator[Json]:
    for policy in stack.properties(role)["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def _granted(stack: Stack, role: str) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for each in _statements(stack, role)
        if each["Effect"] == "Allow"
        for action in _listed(each["Action"])
        for resource in _listed(each["Resource"])
    }


def _actions_of(policy: Json, service: str) -> set[str]:
    return {
        action
        for each in policy["Statement"]
        if each["Effect"] == "Allow" and each["Principal"] == {"Service": service}
        for action in _listed(each["Action"])
    }


def _listed(value: Any) -> list[str]:  # noqa: ANN401  # a policy may say "x" or ["x"]
    return value if isinstance(value, list) else [value]
