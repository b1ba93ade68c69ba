"""A deployed stack, looked at and prodded from outside, as its owner would."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from operate.emulated.aws_clients import Clients, Credentials
from operate.emulated.emulator import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operate.emulated.emulator import Emulator

Json = dict[str, Any]


class FunctionFailedError(AssertionError):
    """An invocation ended with an error.

    Attributes:
        error: What Lambda answered: ``errorType``, ``errorMessage`` and so on.
    """

    def __init__(self, error: Json) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.error = error


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a function printed.

    Attributes:
        at: When, in UTC.
        stream: The log stream, hence the execution environment.
        text: The line.
    """

    at: datetime
    stream: str
    text: str

    def fields(self) -> Json | None:
        """The line as the JSON object that it is; None if it is something else."""
        try:
            fields = json.loads(self.text)
        except json.JSONDecodeError:
            return None
        return fields if isinstance(fields, dict) else None


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployed stack.

    Attributes:
        aws: Where it is deployed.
        outputs: The template's outputs by name.
        tenant: The value of its parameter ``TenantName``.
    """

    aws: Emulator
    outputs: Mapping[str, str]
    tenant: str

    @property
    def function(self) -> str:
        """The exporter's name."""
        return self.outputs["ExporterFunction"]

    @property
    def bucket(self) -> str:
        """The archive's bucket."""
        return self.outputs["ArchiveBucket"]

    def put_service_key(self, service_key: str) -> None:
        """Put a service key into the secret, as the owner does after a deployment."""
        self.aws.client("secretsmanager").put_secret_value(
            SecretId=self.outputs["ServiceKeySecret"], SecretString=service_key
        )

    def invoke(self, event: Mapping[str, object] | None = None) -> Json:
        """Invoke the exporter, wait for its end, and return its report.

        Raises:
            FunctionFailedError: The invocation ended with an error.
        """
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.function, Payload=json.dumps(event or {}).encode()
        )
        payload: Json = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailedError(payload)
        return payload

    def let_run_at_most(self, seconds: int) -> None:
        """Set the exporter's timeout."""
        self.aws.client("lambda").update_function_configuration(
            FunctionName=self.function, Timeout=seconds
        )

    def pause_schedules(self) -> None:
        """Switch all schedules off, so that only invocations by hand are left."""
        self._switch_schedules("DISABLED")

    def resume_schedules(self) -> None:
        """Switch them on again."""
        self._switch_schedules("ENABLED")

    def _switch_schedules(self, state: Literal["ENABLED", "DISABLED"]) -> None:
        scheduler = self.aws.client("scheduler")
        for found in scheduler.list_schedules()["Schedules"]:
            schedule = scheduler.get_schedule(Name=found["Name"])
            if schedule["Target"]["Arn"].endswith(f":{self.function}"):
                scheduler.update_schedule(
                    Name=schedule["Name"],
                    ScheduleExpression=schedule["ScheduleExpression"],
                    FlexibleTimeWindow=schedule["FlexibleTimeWindow"],
                    Target=schedule["Target"],
                    State=state,
                )

    def resource(self, logical_id: str) -> str:
        """Give the physical id of a resource by its name in the template."""
        return self.aws.client("cloudformation").describe_stack_resource(
            StackName=f"mpl-export-{self.tenant}", LogicalResourceId=logical_id
        )["StackResourceDetail"]["PhysicalResourceId"]

    def role(self, logical_id: str) -> str:
        """Give the ARN of one of the stack's roles by its name in the template."""
        return f"arn:aws:iam::{ACCOUNT}:role/{self.resource(logical_id)}"

    def as_role(self, logical_id: str) -> Clients:
        """Make clients that act by one of the stack's roles."""
        session = self.aws.client("sts").assume_role(
            RoleArn=self.role(logical_id), RoleSessionName="test"
        )["Credentials"]
        return Clients(
            endpoint_url=self.aws.endpoint_url,
            region=self.aws.region,
            ca_bundle=self.aws.ca_bundle,
            credentials=Credentials(
                session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
            ),
        )

    def run_as(self, logical_id: str) -> None:
        """Give the exporter another one of the stack's roles."""
        functions = self.aws.client("lambda")
        configuration = functions.get_function_configuration(FunctionName=self.function)
        # The emulator starts a process with the new role only if something else changes as well.
        functions.update_function_configuration(
            FunctionName=self.function,
            Role=self.role(logical_id),
            Timeout=configuration["Timeout"],
        )

    def log_group(self) -> str:
        """Name the log group that the exporter writes to."""
        configuration = self.aws.client("lambda").get_function_configuration(
            FunctionName=self.function
        )
        return configuration.get("LoggingConfig", {}).get(
            "LogGroup", f"/aws/lambda/{self.function}"
        )

    def log_lines(self) -> list[LogLine]:
        """Read what the exporter has logged so far, oldest first."""
        logs = self.aws.client("logs")
        group = self.log_group()
        try:
            pages = list(logs.get_paginator("describe_log_streams").paginate(logGroupName=group))
        except logs.exceptions.ResourceNotFoundException:
            return []
        names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        return sorted(
            (line for name in names for line in self._lines_of(group, name)),
            key=lambda line: line.at,
        )

    def _lines_of(self, group: str, stream: str) -> Iterator[LogLine]:
        """Read a stream; the emulator opens a new one for each invocation."""
        # The most that an answer holds: 10,000 lines, far above what a run logs.
        events = self.aws.client("logs").get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, limit=10_000
        )["events"]
        for event in events:
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            for text in event["message"].splitlines():
                yield LogLine(at=at, stream=stream, text=text)

    def reports(self) -> list[Json]:
        """Find the reports of all runs so far in the log, oldest first."""
        return [
            fields["report"]
            for line in self.log_lines()
            if (fields := line.fields()) is not None and "report" in fields
        ]

    def ended_runs(self) -> int:
        """Count the invocations that have ended, well or not, by Lambda's own log lines."""
        return sum(line.text.startswith("REPORT RequestId:") for line in self.log_lines())

    def keys(self, prefix: str = "") -> list[str]:
        """List the archive's objects."""
        pages = (
            self.aws.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.bucket, Prefix=prefix)
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def parts(self) -> list[str]:
        """List the keys of the tenant's parts."""
        return self.keys(f"mpl/v1/tenant={self.tenant}/")

    def records(self) -> Iterator[Json]:
        """Read all records of the archive, part by part."""
        for key in self.parts():
            yield from self.records_of(key)

    def records_of(self, key: str) -> Iterator[Json]:
        """Read the records of one part."""
        body = self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        for line in gzip.decompress(body).splitlines():
            yield json.loads(line)

    def checkpoint(self) -> list[Json]:
        """Read the items of the checkpoint's table."""
        answer = self.aws.client("dynamodb").scan(
            TableName=self.outputs["CheckpointTable"], ConsistentRead=True
        )
        return [dict(item) for item in answer["Items"]]
