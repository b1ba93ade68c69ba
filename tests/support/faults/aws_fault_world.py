"""An exporter behind the real adapters, on an emulated AWS that can be made to fail."""

import itertools
import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import pytest

from mpl_export.archive.objects import S3Objects
from mpl_export.aws import client
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.secret import ServiceKeySecret
from mpl_export.tenant.credentials.token_cache import TokenCache
from operate.emulated.emulator import Emulator
from operate.sap_tenant import SapTenant
from tests.support.exporter.exporter_resources import Resources
from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects
from tests.support.faults.aws_faults import without_waits
from tests.support.faults.fault_calls import empty_world
from tests.support.faults.fault_wire import MemorySecret, certificate_for
from tests.support.faults.fault_world import DAY, MINUTE, TODAY, FaultWorld
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True)
class AwsSide:
    """The clients that the function makes for itself, and what they find."""

    resources: Resources
    key_text: str = field(repr=False)
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    secretsmanager: "SecretsManagerClient"
    _worlds: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    def make(cls, aws: Emulator) -> Self:
        """Make table and secret, and clients whose waits take no time."""
        text, _ = certificate_for(SapTenant())
        before = json.dumps({**json.loads(text), "createdate": "before"})
        resources = Resources.make(aws, f"faults-{uuid.uuid4()}", before)
        aws.client("secretsmanager").put_secret_value(SecretId=resources.secret, SecretString=text)
        with pytest.MonkeyPatch.context() as environment, _talkative():
            for name, value in aws.environment().items():
                environment.setenv(name, value)
            clients = client("s3"), client("dynamodb"), client("secretsmanager")
        for each in clients:
            without_waits(each)
        return cls(resources, text, *clients)

    @property
    def clients(self) -> tuple["S3Client", "DynamoDBClient", "SecretsManagerClient"]:
        """All of them."""
        return (self.s3, self.dynamodb, self.secretsmanager)

    def world(self, *, claimed: bool = True) -> FaultWorld:
        """An exporter of a tenant of its own, whose archive holds every other log already.

        Args:
            claimed: Whether the archive says already which tenant it is of.
        """
        world = empty_world()
        world.environment |= {"START_FROM": (TODAY - 3 * DAY).isoformat(), "OVERLAP_MINUTES": "1"}
        for windows in range(3):
            world.tenant.add(log_end=TODAY - windows * DAY - MINUTE)
        world.export(TODAY - 3 * DAY, TODAY, "backfill")
        for windows in range(3):
            end = TODAY - windows * DAY - 2 * MINUTE
            world.tenant.add(log_end=end, status="FAILED", error_text=f"cause {windows}")
        bucket = Bucket.make(self.resources, next(self._worlds))
        for key, body in world.bodies().items():
            if claimed or key.startswith("mpl/"):
                bucket.put(key, body)
        stack_gives(TENANT=world.name, ARCHIVE_BUCKET=bucket.name)
        stack_gives(TENANT=bucket.name, CHECKPOINT_TABLE=self.resources.name)
        return replace(
            world,
            objects=S3Objects(self.s3, bucket.name),
            bodies=bucket.bodies,
            checkpoints=DynamoCheckpoints(self.dynamodb, self.resources.name, bucket.name),
            secret=ServiceKeySecret(self.secretsmanager, self.resources.secret),
            tokens=TokenCache(),
        )

    def in_memory(self, world: FaultWorld) -> FaultWorld:
        """The world as AWS holds it now, to go on in memory: what comes next is quick there.

        A lease that was not given back is not there: it has ended when the next run begins.
        """
        objects, checkpoints = MemoryObjects(), MemoryCheckpoints()
        objects.held = world.bodies()
        checkpoints.checkpoint = world.checkpoints.read()
        return replace(
            world,
            objects=objects,
            bodies=lambda: objects.held,
            checkpoints=checkpoints,
            secret=MemorySecret(self.key_text),
        )


@dataclass(frozen=True)
class Bucket:
    """A bucket of one world; what was read of it once is known by its hash."""

    name: str
    _s3: "S3Client"
    _known: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def make(cls, resources: Resources, number: int) -> Self:
        """Make a bucket beside that of the resources."""
        s3 = resources.aws.client("s3")
        name = f"{resources.name}-{number}"
        s3.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={
                "LocationConstraint": resources.aws.region,  # type: ignore[typeddict-item]  # a text
            },
        )
        return cls(name, s3)

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        answer = self._s3.put_object(Bucket=self.name, Key=key, Body=body)
        self._known[answer["ETag"]] = body

    def bodies(self) -> dict[str, bytes]:
        """Key and body of every object."""
        found = self._s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        for entry in found:
            if entry["ETag"] not in self._known:
                answer = self._s3.get_object(Bucket=self.name, Key=entry["Key"])
                self._known[entry["ETag"]] = answer["Body"].read()
        return {entry["Key"]: self._known[entry["ETag"]] for entry in found}


@contextmanager
def _talkative() -> Iterator[None]:
    """Log everything, as Lambda sets it before it loads a function whose log level is DEBUG."""
    root, log = logging.getLogger(), logging.getLogger("botocore")
    level = root.level
    root.setLevel(logging.DEBUG)
    log.setLevel(logging.NOTSET)
    try:
        yield
    finally:
        root.setLevel(level)
