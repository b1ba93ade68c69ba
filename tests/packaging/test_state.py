"""What has to outlive the stack does; most of it an emulator takes without doing it."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from tests.packaging.template import PROJECT, Stack, load
from tests.support import frozen


@pytest.mark.parametrize("name", ["Archive", "ArchivePolicy", "Checkpoints", "ServiceKey"])
def test_state_outlives_the_stack(stack: Stack, name: str) -> None:
    """Deleting a stack must not delete years of logs; a replaced resource keeps its old one.

    A first deployment that fails takes back what it made, though: nobody knows of it, and it
    would cost for ever.
    """
    assert name in stack.resources(), frozen.STATE
    resource = stack.resources()[name]

    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_table_is_keyed_by_tenant_and_item_and_can_be_restored(stack: Stack) -> None:
    """The checkpoint is small and precious: it can be brought back to any second of 35 days."""
    table = stack.properties("Checkpoints")

    assert table["KeySchema"] == [
        {"AttributeName": "tenant", "KeyType": "HASH"},
        {"AttributeName": "item", "KeyType": "RANGE"},
    ]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    # It would hold up the rollback of a first deployment: it is switched on afterwards.
    assert "DeletionProtectionEnabled" not in table
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_archive_is_private_encrypted_and_versioned(stack: Stack) -> None:
    """Error texts may hold business data."""
    bucket = stack.properties("Archive")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    ]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_new_parts_are_told_to_eventbridge(stack: Stack) -> None:
    """Consumers subscribe to the archive; nothing else tells them."""
    assert stack.properties("Archive")["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_by_default_nothing_expires_and_nothing_is_locked(stack: Stack) -> None:
    """Both cannot be taken back, so both have to be asked for."""
    bucket = stack.properties("Archive")

    assert [rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [
        "forget-abandoned-uploads"
    ]
    assert "ObjectLockEnabled" not in bucket
    assert "ObjectLockConfiguration" not in bucket


def test_objects_expire_with_all_their_versions_when_asked() -> None:
    """In a versioned bucket, an expiry alone only hides."""
    stack = Stack(load(), {"TenantName": "acme", "ArchiveRetentionDays": "400"})
    rules = {
        rule["Id"]: rule for rule in stack.properties("Archive")["LifecycleConfiguration"]["Rules"]
    }

    assert rules["expire-parts"]["Prefix"] == rules["expire-marks"]["Prefix"] == "mpl/"
    assert rules["expire-parts"]["ExpirationInDays"] == "400"
    assert rules["expire-parts"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rules["expire-marks"]["ExpiredObjectDeleteMarker"] is True


def test_objects_are_locked_when_asked() -> None:
    """For those whose auditors want more than a policy."""
    bucket = Stack(load(), {"TenantName": "acme", "ObjectLockDays": "90"}).properties("Archive")

    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": "90"}},
    }


def test_the_secret_is_created_with_the_placeholder_that_the_code_recognises(stack: Stack) -> None:
    """One member called placeholder, which says what to do."""
    placeholder = json.loads(stack.properties("ServiceKey")["SecretString"])

    assert placeholder.keys() == {"placeholder"}
    assert "aws secretsmanager put-secret-value" in placeholder["placeholder"]
    assert "file://key.json" in placeholder["placeholder"]


def test_an_update_of_the_stack_never_resets_the_service_key(stack: Stack) -> None:
    """CloudFormation writes the value again when, and only when, the template's text changes.

    So the text must never change again, not even by a comma: with the next update, every stack
    in the world would put the placeholder over its service key.
    """
    text = stack.properties("ServiceKey")["SecretString"]

    assert (
        hashlib.sha256(text.encode()).hexdigest()
        == "509f7ecc4fc3443f42e98506372d26b59311401d0bd71aefbe78238f90271e01"
    ), frozen.PLACEHOLDER


def test_nothing_in_the_secret_depends_on_a_parameter() -> None:
    """For the same reason: a value that follows a parameter changes with it."""
    assert isinstance(load()["Resources"]["ServiceKey"]["Properties"]["SecretString"], str)


def test_each_function_logs_to_a_group_of_its_own_that_forgets(stack: Stack) -> None:
    """A group that Lambda makes by itself keeps everything for ever, and outlives the stack."""
    groups = set()
    for function in stack.resources("::Function").values():
        logging = function["Properties"]["LoggingConfig"]
        assert logging["LogFormat"] == "JSON"
        groups.add(logging["LogGroup"])

    assert groups == {f"<{name}>" for name in stack.resources("::LogGroup")}
    assert len(groups) == len(stack.resources("::Function"))
    for group in stack.resources("::LogGroup").values():
        assert int(group["Properties"]["RetentionInDays"]) > 0


def test_the_page_on_deploying_protects_the_table_that_the_template_cannot() -> None:
    """After the first success: until then, a failed deployment has to be able to delete it."""
    page = (PROJECT / "docs" / "deploying.md").read_text()

    assert "aws dynamodb update-table --deletion-protection-enabled --table-name" in page


def test_what_a_given_topic_needs_is_printed_as_the_stacks_own_has_it(stack: Stack) -> None:
    """An alarm that may not publish or encrypt is dropped without a trace."""
    page = (PROJECT / "docs" / "deploying.md").read_text()
    section = page.partition("\n## Use a topic of your own\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    printed = json.loads(block.replace("ACCOUNT", "111122223333").replace("TOPIC", "<AlertTopic>"))

    topic = stack.properties("AlertTopicPolicy")["PolicyDocument"]["Statement"]
    key = stack.properties("AlertKey")["KeyPolicy"]["Statement"]
    assert printed == [
        *(each for each in topic if each["Sid"] == "AlarmsPublish"),
        *(each for each in key if each["Sid"] == "AlarmsEncrypt"),
    ]


@pytest.mark.parametrize(
    "heading", ["Delete a trial completely", "Delete a stack and keep the archive"]
)
def test_the_page_on_leaving_names_all_that_outlives_the_stack(heading: str) -> None:
    """What stays unnoticed costs for ever: a signing key is a dollar a month."""
    stack = Stack(load(), {"TenantName": "acme", "SealSigning": "kms"})
    words = {
        "AWS::DynamoDB::Table": "table",
        "AWS::KMS::Key": "signing key",
        "AWS::S3::Bucket": "bucket",
        "AWS::S3::BucketPolicy": "policy",
        "AWS::SecretsManager::Secret": "secret",
    }
    page = (PROJECT / "docs" / "leaving.md").read_text()
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]

    kept = {
        each["Type"]
        for each in stack.resources().values()
        if each.get("DeletionPolicy", "Delete") != "Delete"
    }

    assert kept == set(words)
    assert [kind for kind in sorted(kept) if words[kind] not in section.lower()] == []


def test_the_outputs_are_the_names_that_tools_ask_for() -> None:
    """Scripts read them; a renamed output breaks them."""
    stack = Stack(load(), {"TenantName": "acme", "DashboardState": "ENABLED"})

    assert stack.outputs() == {
        "BackfillStateMachine": "<Backfill>",
        "ExporterFunction": "<Exporter>",
        "ExporterRole": "<ExporterRole.Arn>",
        "NotifierFunction": "<Notifier>",
        "ArchiveBucket": "<Archive>",
        "CheckpointTable": "<Checkpoints>",
        "ServiceKeySecret": "<ServiceKey.Id>",
        "AlertTopic": "<AlertTopic>",
        "AlertKey": "<AlertKey.Arn>",
        "Dashboard": "<Dashboard>",
        "Database": "<Database>",
        "Workgroup": "<Workgroup>",
        "ReadArchivePolicy": "<ReadArchive>",
    }, frozen.OUTPUTS
