"""An AWS that falls silent in the middle of a run: the run ends by itself, and says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from mpl_export.archive.archive import Archive
from mpl_export.archive.objects import S3Objects
from mpl_export.aws_time import Patience
from mpl_export.clock import Deadline
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.errors import AwsUnavailableError
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR
from tests.unit.told_aws import ToldAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

LIMIT = timedelta(seconds=120)
READ = timedelta(seconds=15)
BEGUN = {"start_from": {"S": "2026-11-22T06:00:00.000Z"}}
ATTEMPTS = Config(retries={"mode": "standard", "total_max_attempts": 4})


@dataclass
class FreezingAws(ToldAws):
    """Answers until a part is put, or from the start if so wished; then never again.

    Attributes:
        clock: Whose time the waits take.
        frozen: Whether it has fallen silent.
    """

    says: list[tuple[int, bytes]] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    frozen: bool = False
    connects: bool = True

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        self.frozen = self.frozen or (request.method == "PUT" and "/mpl/" in request.url)
        if self.frozen:
            self.asked.append(request)
            self.clock.turn(READ if self.connects else timedelta(seconds=4))
            error = ReadTimeoutError if self.connects else ConnectTimeoutError
            raise error(endpoint_url=request.url)
        is_list = request.method == "GET" and "list-type" in request.url
        self.says = [(200, b"<ListBucketResult/>" if is_list else b"")]
        if "dynamodb" in request.url:
            self.says = [(200, json.dumps({"Attributes": BEGUN}).encode())]
        return super()._answer(request)


@pytest.fixture(autouse=True)
def nobody_sleeps() -> Iterator[mock.Mock]:
    """The SDK waits between its attempts."""
    with mock.patch("botocore.endpoint.time.sleep") as sleep:
        yield sleep


def watched(aws: FreezingAws, patience: Patience) -> tuple[DynamoCheckpoints, S3Objects]:
    """The real adapters, with as many attempts as in the function."""
    with mock.patch("tests.unit.told_aws._CONFIG", ATTEMPTS):
        dynamodb, s3 = aws.client("dynamodb"), aws.client("s3")
    patience.watch(dynamodb)
    patience.watch(s3)
    return DynamoCheckpoints(dynamodb, "state", "demo"), S3Objects(s3, "archive")


def test_an_answer_ends_the_silence() -> None:
    """A connection that was lost early in a run says nothing about its end."""
    aws = FreezingAws(frozen=True)
    patience = Patience()
    checkpoints, _ = watched(aws, patience)
    patience.begin(Deadline.after(aws.clock, timedelta(seconds=100)))
    with pytest.raises(AwsUnavailableError):
        checkpoints.commit(NOON, NOON, at=NOON)

    aws.frozen = False
    checkpoints.commit(NOON, NOON, at=NOON)
    aws.clock.turn(timedelta(seconds=95) - timedelta(seconds=aws.clock.monotonic()))
    checkpoints.commit(NOON, NOON, at=NOON)

    assert len(aws.asked) == 6


def test_a_host_that_takes_no_connection_is_silent_too() -> None:
    """The SDK has a family of errors of its own for that."""
    aws = FreezingAws(frozen=True, connects=False)
    patience = Patience()
    checkpoints, _ = watched(aws, patience)
    patience.begin(Deadline.after(aws.clock, timedelta(seconds=20)))

    with pytest.raises(AwsUnavailableError):
        checkpoints.commit(NOON, NOON, at=NOON)

    assert len(aws.asked) == 1


@pytest.mark.parametrize("connects", [True, False])
def test_a_run_ends_in_time_when_aws_falls_silent_at_the_first_part(*, connects: bool) -> None:
    """Put, commit and release would each wait a minute, and Lambda would kill the run."""
    harness = Harness(limit=LIMIT)
    harness.tenant.add(log_end=NOON - HOUR)
    aws = FreezingAws(clock=harness.clock, connects=connects)
    patience = Patience()
    checkpoints, objects = watched(aws, patience)
    patience.begin(Deadline.after(harness.clock, LIMIT))
    run = replace(harness.prepared(), checkpoints=checkpoints, archive=Archive(objects, "demo"))
    began = harness.clock.now()

    with pytest.raises(AwsUnavailableError):
        run.scheduled()

    assert aws.frozen
    assert harness.clock.now() - began < LIMIT


def test_as_long_as_aws_answers_calls_are_made_up_to_the_end() -> None:
    """What was stored in the last seconds is committed."""
    aws = FreezingAws()
    patience = Patience()
    checkpoints, _ = watched(aws, patience)
    patience.begin(Deadline.after(aws.clock, timedelta(seconds=1)))

    checkpoints.commit(NOON, NOON, at=NOON)

    assert len(aws.asked) == 1


def test_one_silence_ends_with_its_run() -> None:
    """A warm container does not hold it against the next one."""
    aws = FreezingAws(frozen=True)
    patience = Patience()
    checkpoints, _ = watched(aws, patience)
    patience.begin(Deadline.after(aws.clock, timedelta(seconds=30)))
    with pytest.raises(AwsUnavailableError, match="the table state"):
        checkpoints.commit(NOON, NOON, at=NOON)
    assert len(aws.asked) == 1

    aws.frozen = False
    patience.begin(Deadline.after(aws.clock, timedelta(seconds=5)))
    checkpoints.commit(NOON, NOON, at=NOON)
    assert len(aws.asked) == 2


def test_with_time_left_the_sdk_tries_again() -> None:
    """A silence of a moment is none."""
    aws = FreezingAws(frozen=True)
    patience = Patience()
    checkpoints, _ = watched(aws, patience)
    patience.begin(Deadline.after(aws.clock, timedelta(minutes=15)))

    with pytest.raises(AwsUnavailableError):
        checkpoints.commit(NOON, NOON, at=NOON)

    assert len(aws.asked) == 4
