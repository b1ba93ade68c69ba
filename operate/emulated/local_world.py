"""What a function in a local container needs: ``python -m operate.emulated.local_world``.

`sam local invoke` deploys nothing, so bucket, table and secret are made by hand here.  On Linux a
container reaches this machine at the address of Docker's bridge only, hence emulator and
tenant listen there; Docker Desktop hands on what containers ask of ``host.docker.internal``.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.emulated.emulator import Emulator, EmulatorError
from operate.emulated.sam import host_architecture
from operate.emulated.stack import Stack
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


# The name by which containers know this machine.
HOST_NAME: Final = "host.docker.internal"
TENANT: Final = "local"

_LOOPBACK: Final = "127.0.0.1"
_NO_IMAGE: Final = """
The first time, this downloads the image {image}.  For a machine without a network,
save it on one that has one (docker pull, docker save) and load it here (docker load).
"""
_HISTORY: Final = timedelta(days=1)


class NoDockerError(Exception):
    """Docker does not answer."""


@dataclass(frozen=True, slots=True)
class LocalWorld:
    """An emulated AWS and a simulated tenant that local containers reach.

    Attributes:
        stack: What a deployment would have made, as far as the function uses it.
        tenant: The tenant, whose logs end within the last day.
        since: When the oldest of them ended, or before.
        environment_file: What to hand to ``sam local invoke --env-vars``.
    """

    stack: Stack
    tenant: SapTenant
    since: datetime
    environment_file: Path

    def invoke_arguments(self, event: Path, *, skip_pull: bool) -> list[str]:
        """List what comes after ``sam``, to invoke the exporter with an event's file.

        Args:
            skip_pull: Whether the image of the runtime is here already.  Without the flag, SAM asks
                for a newer one each time, and fails where there is no network.
        """
        return [
            *("local", "invoke", "Exporter"),
            *("--event", str(event)),
            *("--env-vars", str(self.environment_file)),
            *("--add-host", f"{HOST_NAME}:host-gateway"),
            *("--region", self.stack.aws.region),
            *("--parameter-overrides", f"TenantName={TENANT}"),
            f"Architecture={host_architecture()}",
            *(["--skip-pull-image"] if skip_pull else []),
        ]


@contextmanager
def open_local_world(*, logs: int = 2000) -> Iterator[LocalWorld]:
    """Run emulator and tenant for the block.

    Args:
        logs: How many logs the tenant has.

    Raises:
        NoDockerError: Docker does not answer.
        EmulatorError: The emulator did not start.
    """
    address = container_gateway()
    tenant = SapTenant(seed=2)
    now = utc_now()
    tenant.populate(logs, now - _HISTORY, now)
    with Emulator.start(host=address) as aws, tenant.serve(host=address) as server:
        key = json.dumps(server.service_key(public_host=HOST_NAME))
        stack = _made_by_hand(aws, key)
        port = aws.endpoint_url.rpartition(":")[2]
        environment_file = aws.home / "env-vars.json"
        environment_file.write_text(
            json.dumps(
                {
                    "Exporter": {
                        "AWS_ENDPOINT_URL": f"http://{HOST_NAME}:{port}",
                        "TENANT": TENANT,
                        "SERVICE_KEY_SECRET": stack.outputs["ServiceKeySecret"],
                        "ARCHIVE_BUCKET": stack.bucket,
                        "CHECKPOINT_TABLE": stack.outputs["CheckpointTable"],
                        "TENANT_CA_PEM": server.ca_pem,
                    }
                },
                indent=2,
            )
        )
        yield LocalWorld(
            stack=stack, tenant=tenant, since=now - _HISTORY, environment_file=environment_file
        )


def container_gateway() -> str:
    """Find the address at which this machine listens to containers.

    It is the gateway of Docker's bridge if that is an address of this machine (Linux), else
    loopback (Docker Desktop, which runs containers in a machine of its own).

    Raises:
        NoDockerError: Docker does not answer.
    """
    command = ["docker", "network", "inspect", "bridge"]
    try:
        answer = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NoDockerError(f"docker does not answer: {error}") from error
    network = json.loads(answer)[0]["IPAM"]["Config"][0]
    # Docker tells the gateway only where someone has set it; else it is the first address.
    gateway = network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts()))
    with socket.socket() as probe:
        try:
            probe.bind((gateway, 0))
        except OSError:
            return _LOOPBACK
    return gateway


def runtime_image() -> str:
    """Name the image that SAM runs the function in."""
    return f"public.ecr.aws/lambda/python:3.13-{host_architecture()}"


def has_runtime_image() -> bool:
    """Whether that image is on this machine."""
    command = ["docker", "image", "inspect", runtime_image()]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def _made_by_hand(aws: Emulator, service_key: str) -> Stack:
    """Make bucket, table and secret with the shapes that the template gives them."""
    bucket, table = "mpl-export-local", "mpl-export-local"
    aws.client("s3").create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={
            "LocationConstraint": aws.region,  # type: ignore[typeddict-item]  # a plain text
        },
    )
    aws.client("dynamodb").create_table(
        TableName=table,
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
    secret = aws.client("secretsmanager").create_secret(
        Name="mpl-export-local", SecretString=service_key
    )
    return Stack(
        aws=aws,
        outputs={
            "ArchiveBucket": bucket,
            "CheckpointTable": table,
            "ServiceKeySecret": secret["ARN"],
        },
        tenant=TENANT,
    )


def main() -> int:
    """Keep a world open until Ctrl-C, and print how to use it."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with open_local_world() as world:
            is_here = has_runtime_image()
            line = " ".join(
                world.invoke_arguments(Path("events/scheduled.json"), skip_pull=is_here)
            )
            aws = world.stack.aws
            print(
                f"""The local world is open: an emulated AWS at {aws.endpoint_url}, and a tenant.
In another terminal, after `make build` (events/ has more events):

  env -u AWS_PROFILE -u AWS_SESSION_TOKEN SAM_CLI_TELEMETRY=0 \\
      AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION={aws.region} \\
      .venv-sam/bin/sam {line}
{"" if is_here else _NO_IMAGE.format(image=runtime_image())}
What the function has stored so far is told every time it changes.  Ctrl-C ends all.""",
                flush=True,
            )
            known: list[str] = []
            while not ended.wait(1):
                keys = world.stack.keys()
                for key in sorted(set(keys) - set(known)):
                    print(f"  s3://{world.stack.bucket}/{key}", flush=True)
                known = keys
    except (NoDockerError, EmulatorError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
