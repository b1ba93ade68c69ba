"""An exporter behind the real adapters, on an emulated AWS that can be made to fail."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pytest

from mpl_export.archive.objects import S3Objects
from mpl_export.aws import client
from mpl_export.checkpoint import DynamoCheckpoints
from mpl_export.secret import ServiceKeySecret
from tests.support.aws_faults import without_waits
from tests.support.emulator import Emulator
from tests.support.fault_world import HOUR, MINUTE, TODAY, FaultWorld, Wire, certificate_for
from tests.support.premises import Premises
from tests.support.sap_tenant import SapTenant
from tests.support.turning_clock import TurningClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True)
class AwsSide:
    """The clients that the function makes for itself, and what they find."""

    premises: Premises
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    secretsmanager: "SecretsManagerClient"

    @classmethod
    def make(cls, aws: Emulator) -> Self:
        """Make bucket, table and secret, and clients whose waits take no time."""
        text, _ = certificate_for(SapTenant())
        premises = Premises.make(aws, f"faults-{uuid.uuid4()}", text)
        with pytest.MonkeyPatch.context() as environment:
            for name, value in aws.environment().items():
                environment.setenv(name, value)
            side = cls(premises, client("s3"), client("dynamodb"), client("secretsmanager"))
        for each in side.clients:
            without_waits(each)
        return side

    @property
    def clients(self) -> tuple["S3Client", "DynamoDBClient", "SecretsManagerClient"]:
        """All of them."""
        return (self.s3, self.dynamodb, self.secretsmanager)

    def world(self) -> FaultWorld:
        """An exporter of a tenant of its own, whose archive holds every other log already."""
        clock = TurningClock(TODAY)
        tenant = SapTenant(clock=clock.true_now)
        _, peer = certificate_for(tenant)
        name = f"t-{uuid.uuid4()}"
        known: dict[str, bytes] = {}
        world = FaultWorld(
            objects=S3Objects(self.s3, self.premises.name),
            checkpoints=DynamoCheckpoints(self.dynamodb, self.premises.name, name),
            bodies=lambda: self._bodies(name, known),
            secret=ServiceKeySecret(self.secretsmanager, self.premises.secret),
            tenant=tenant,
            clock=clock,
            connect=Wire(tenant, clock, peer).connected,
            name=name,
            environment={"START_FROM": (TODAY - HOUR).isoformat()},
        )
        for windows in range(3):
            end = TODAY - windows * 15 * MINUTE - MINUTE
            tenant.add(log_end=end)
        world.export(TODAY - HOUR, TODAY, "backfill")
        for windows in range(3):
            end = TODAY - windows * 15 * MINUTE - 2 * MINUTE
            tenant.add(log_end=end, status="FAILED", error_text=f"cause {windows}")
        return world

    def _bodies(self, name: str, known: dict[str, bytes]) -> dict[str, bytes]:
        """All parts; those that were read once are not read again, as they cannot change."""
        s3 = self.premises.aws.client("s3")
        found = s3.list_objects_v2(Bucket=self.premises.name, Prefix=f"mpl/v1/tenant={name}/")
        for entry in found.get("Contents", []):
            key = entry["Key"]
            if key not in known:
                known[key] = s3.get_object(Bucket=self.premises.name, Key=key)["Body"].read()
        return dict(known)
