"""The archive's bucket as its owner set it up: where it is, what it keeps, what it tells."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from operate.account import asking, code_of
from operate.deployed import Deployed
from operate.doctor.findings import Examination, FaultError
from operate.template import Json, archive_policy


def look_at_bucket(stack: Deployed, steps: Examination) -> None:
    """Look at everything that makes the promises about the archive true."""
    bucket = _Bucket(stack, stack.outputs["ArchiveBucket"])
    steps.step("bucket: place", bucket.place)
    steps.step("bucket: EventBridge", bucket.events)
    steps.step("bucket: versioning", bucket.versions)
    steps.step("bucket: policy", bucket.policy)
    steps.step("bucket: key", bucket.key)


@dataclass(frozen=True, slots=True)
class _Bucket:
    stack: Deployed
    name: str

    def place(self) -> str:
        """Where it lies: events stay in its account and region."""
        s3, name = self.stack.account.client("s3"), self.name
        with asking("s3:ListBucket", f"find the bucket {name}"):
            try:
                answer = s3.head_bucket(Bucket=name)
            except ClientError as error:
                raise _not_there(name, error) from error
        region = answer.get("BucketRegion") or _region(s3, name)
        if region != self.stack.account.region:
            raise FaultError(
                f"it lies in {region}, the stack in {self.stack.account.region}",
                "events of a bucket stay in its region: deploy the stack there, or take another "
                "bucket",
            )
        with asking("s3:ListBucket", f"find out whose {name} is"):
            try:
                s3.head_bucket(Bucket=name, ExpectedBucketOwner=self.stack.account.id)
            except ClientError as error:
                if code_of(error) not in {"403", "AccessDenied"}:
                    raise
                raise FaultError(
                    f"it belongs to another account than {self.stack.account.id}",
                    "events of a bucket stay in its account: deploy the stack there, or take "
                    "another bucket",
                ) from error
        return f"{name} in {region}, account {self.stack.account.id}"

    def events(self) -> str:
        """Whether it tells EventBridge."""
        s3, name = self.stack.account.client("s3"), self.name
        with asking("s3:GetBucketNotification", f"read the notifications of {name}"):
            answer = s3.get_bucket_notification_configuration(Bucket=name)
        if "EventBridgeConfiguration" not in answer:
            raise FaultError(
                "EventBridge notifications are off: no failure will ever be told",
                f"{self._console} > Properties > Amazon EventBridge > Edit > On",
            )
        return "EventBridge notifications are on"

    def versions(self) -> str:
        """Whether it keeps versions."""
        s3, name = self.stack.account.client("s3"), self.name
        with asking("s3:GetBucketVersioning", f"read the versioning of {name}"):
            status = s3.get_bucket_versioning(Bucket=name).get("Status", "Disabled")
        if status != "Enabled":
            raise FaultError(
                f"versioning is {status.lower()}",
                f"{self._console} > Properties > Bucket Versioning",
            )
        return "versioning is on"

    def policy(self) -> str:
        """Whether its policy holds what the template's own would."""
        s3, name = self.stack.account.client("s3"), self.name
        with asking("s3:GetBucketPolicy", f"read the policy of {name}"):
            try:
                text = s3.get_bucket_policy(Bucket=name)["Policy"]
            except ClientError as error:
                if code_of(error) != "NoSuchBucketPolicy":
                    raise
                text = "{}"
        held = _listed(json.loads(text).get("Statement", []))
        role = self.stack.outputs.get("ExporterRole", "")
        wanted = archive_policy(f"arn:aws:s3:::{name}", tenant=self.stack.tenant, role_arn=role)
        lacking = [each["Sid"] for each in wanted if not any(_covers(it, each) for it in held)]
        if lacking:
            raise FaultError(
                f"the bucket's policy lacks {', '.join(lacking)}",
                f"{self._console} > Permissions > Bucket policy > Edit: add the statements that "
                "docs/deploying.md prints under 'Use a bucket of your own'",
            )
        return "the policy denies overwriting, deleting and plain HTTP, and others to write"

    def key(self) -> str:
        """Whether the stack knows the key that it encrypts with."""
        s3, name = self.stack.account.client("s3"), self.name
        with asking("s3:GetEncryptionConfiguration", f"read the encryption of {name}"):
            rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
        default = rules["Rules"][0].get("ApplyServerSideEncryptionByDefault", {})
        used = default.get("KMSMasterKeyID", "")
        given = self.stack.parameters.get("ArchiveKeyArn", "")
        if used and "alias/aws/s3" not in used and used != given:
            raise FaultError(
                f"it encrypts with {used}, the stack was given {given or 'no key'}",
                f"give that key's ARN: make deploy ARGS='--set ArchiveKeyArn={used}'",
            )
        return f"encrypts with {used or default.get('SSEAlgorithm', 'the key of S3')}"

    @property
    def _console(self) -> str:
        return f"AWS console: S3 > {self.name}"


def _not_there(name: str, error: ClientError) -> Exception:
    code = code_of(error)
    if code in {"404", "NoSuchBucket"}:
        return FaultError(
            f"there is no bucket {name}", "create it, or correct the parameter ArchiveBucketName"
        )
    region = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    where = region.get("x-amz-bucket-region")
    if code in {"301", "PermanentRedirect", "400"} and where:
        return FaultError(
            f"it lies in {where}",
            "events of a bucket stay in its region: deploy the stack there, or take another bucket",
        )
    return error


def _region(s3: Any, name: str) -> str:  # noqa: ANN401 - a client of S3
    """Where a bucket lies, for services that do not say so when it is found."""
    with asking("s3:GetBucketLocation", f"ask where {name} lies"):
        return s3.get_bucket_location(Bucket=name).get("LocationConstraint") or "us-east-1"


def _covers(held: Json, wanted: Json) -> bool:
    """Whether a statement denies at least what is wanted, under no further condition."""
    return (
        held.get("Effect") == wanted["Effect"]
        and held.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and _wide(held.get("Action"), wanted["Action"])
        and _wide(held.get("Resource"), wanted["Resource"])
        and _plain(held.get("Condition", {})) in ({}, _plain(wanted.get("Condition", {})))
    )


def _wide(held: object, wanted: object) -> bool:
    have = {str(each).lower() for each in _listed(held)}
    return all(
        str(each).lower() in have or "*" in have or (":" in str(each) and _all_of(each) in have)
        for each in _listed(wanted)
    )


def _all_of(each: object) -> str:
    """``s3:*`` for an action of S3."""
    return f"{str(each).lower().partition(':')[0]}:*"


def _plain(condition: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """A condition without the liberties of its spelling."""
    return {
        operator: {
            key.lower(): sorted(str(v).lower() for v in _listed(value)) for key, value in it.items()
        }
        for operator, it in condition.items()
    }


def _listed(value: object) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable) or isinstance(value, dict):
        return [] if value is None else [value]
    return list(value)
