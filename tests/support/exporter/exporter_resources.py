"""What a stack gives to one exporter, made by hand: a bucket, a table, a secret.

For tests that run the real handler without deploying anything; nothing of it is shared, so whatever
happens to one exporter is seen nowhere else.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from mpl_export.archive.layout import part_of_key
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.instants import iso_instant
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mpl_export.checkpoint import Checkpoint
    from operate.emulated.emulator import Emulator

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The resources of one exporter.

    Attributes:
        aws: Where they are.
        tenant: The name under which the exporter archives.
        name: Of the bucket, of the table and of the secret.
        secret: The ARN of the secret.
    """

    aws: Emulator
    tenant: str
    name: str
    secret: str

    @classmethod
    def make(cls, aws: Emulator, name: str, service_key: str, *, tenant: str = "") -> Self:
        """Make the three, as the template would.

        Args:
            tenant: By default it is named after the others.
        """
        make_bucket(aws, name)
        make_table(aws, name)
        secret = aws.client("secretsmanager").create_secret(Name=name, SecretString=service_key)
        tenant = tenant or f"{name}-tenant"
        stack_gives(
            TENANT=tenant,
            ARCHIVE_BUCKET=name,
            CHECKPOINT_TABLE=name,
            SERVICE_KEY_SECRET=secret["ARN"],
        )
        return cls(aws=aws, tenant=tenant, name=name, secret=secret["ARN"])

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of the exporter's process."""
        return {
            **self.aws.environment(),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "TENANT": self.tenant,
            "SERVICE_KEY_SECRET": self.secret,
            "ARCHIVE_BUCKET": self.name,
            "CHECKPOINT_TABLE": self.name,
            **settings,
        }

    # -- the archive ---------------------------------------------------------------------

    def parts(self) -> dict[str, bytes]:
        """The bodies of all parts by key, in order."""
        s3 = self.aws.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="mpl/")
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))
        return {key: s3.get_object(Bucket=self.name, Key=key)["Body"].read() for key in keys}

    # -- the checkpoint ------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """The checkpoint as a run would read it."""
        return DynamoCheckpoints(self.aws.client("dynamodb"), self.name, self.tenant).read()

    def item(self) -> dict[str, str]:
        """The texts of the checkpoint as it is kept, lease included."""
        answer = self.aws.client("dynamodb").get_item(
            TableName=self.name, Key=self._key, ConsistentRead=True
        )
        return {name: value["S"] for name, value in answer.get("Item", {}).items() if "S" in value}

    def set_item(self, **values: str) -> None:
        """Write some attributes of the checkpoint, as somebody else might."""
        self.aws.client("dynamodb").update_item(
            TableName=self.name,
            Key=self._key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": {"S": text} for name, text in values.items()},
        )

    @property
    def _key(self) -> dict[str, Any]:
        return {"tenant": {"S": self.tenant}, "item": {"S": "checkpoint"}}


def make_bucket(aws: Emulator, name: str) -> None:
    """Make a bucket for an archive."""
    aws.client("s3").create_bucket(
        Bucket=name,
        CreateBucketConfiguration={
            "LocationConstraint": aws.region,  # type: ignore[typeddict-item]  # a plain text
        },
    )


def make_table(aws: Emulator, name: str) -> None:
    """Make a table for checkpoint and notices."""
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "tenant", "AttributeType": "S"},
            {"AttributeName": "item", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
    )


def records_of(parts: Mapping[str, bytes]) -> list[Record]:
    """The records of parts, in order."""
    return [
        orjson.loads(line) for body in parts.values() for line in gzip.decompress(body).splitlines()
    ]


def gaps(parts: Mapping[str, bytes]) -> list[str]:
    """The windows whose parts are not numbered 0, 1, 2 and so on."""
    numbers: dict[datetime, list[int]] = {}
    for key in parts:
        place = part_of_key(key)
        if place is None:
            return [key]
        numbers.setdefault(place[0], []).append(place[1])
    return [
        iso_instant(window)
        for window, found in numbers.items()
        if sorted(found) != list(range(len(found)))
    ]
