"""Parameters that contradict each other are refused before anything is created."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.packaging.template import Stack, load

ARN: Final = "arn:aws:{}:eu-central-1:111122223333:{}"
SECRET: Final = ARN.format("secretsmanager", "secret:key-AbCdEf")
KEY: Final = ARN.format("kms", "key/1")
TOPIC: Final = ARN.format("sns", "shared")


def refusals(**parameters: str) -> list[str]:
    """What CloudFormation would say to these parameters."""
    return Stack(load(), {"TenantName": "acme", **parameters}).refusals()


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"SubnetIds": "subnet-1"}, {"SubnetIds", "SecurityGroupIds"}),
        ({"SecurityGroupIds": "sg-1"}, {"SubnetIds", "SecurityGroupIds"}),
        ({"SecretKeyArn": KEY}, {"SecretKeyArn", "ServiceKeySecretArn"}),
        ({"ArchiveKeyArn": KEY}, {"ArchiveKeyArn", "ArchiveBucketName"}),
        (
            {"ObjectLockDays": "30", "ArchiveBucketName": "given"},
            {"ObjectLockDays", "ArchiveBucketName"},
        ),
        ({"AlertKeyArn": KEY}, {"AlertKeyArn", "AlertTopicArn"}),
        (
            {"AlertTopicArn": TOPIC, "AlertEmail": "night@example.com"},
            {"AlertTopicArn", "AlertEmail"},
        ),
        (
            {"ScheduleExpression": "rate(1 hour)"},
            {"ScheduleExpression", "BehindAfterSeconds"},
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_a_reason(
    parameters: dict[str, str], names: set[str]
) -> None:
    """One sentence, which names both sides."""
    (refusal,) = refusals(**parameters)

    assert names <= set(re.findall(r"\w+", refusal))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1"},
        {"ServiceKeySecretArn": SECRET},
        {"ServiceKeySecretArn": SECRET, "SecretKeyArn": KEY},
        {"ArchiveBucketName": "given"},
        {"ArchiveBucketName": "given", "ArchiveKeyArn": KEY},
        {"ArchiveBucketName": "given", "ArchiveRetentionDays": "400"},
        {"ObjectLockDays": "30"},
        {"AlertTopicArn": TOPIC},
        {"AlertTopicArn": TOPIC, "AlertKeyArn": KEY},
        {"AlertEmail": "night@example.com"},
        {"ScheduleExpression": "rate(1 hour)", "BehindAfterSeconds": "7200"},
        {"ScheduleExpression": "rate(1 minute)", "BehindAfterSeconds": "120"},
        {"ScheduleExpression": "cron(0 * * * ? *)"},
    ],
)
def test_what_goes_together_is_let_through(parameters: dict[str, str]) -> None:
    """A rule that refuses what works is worse than none."""
    assert refusals(**parameters) == []


_RATE: Final = re.compile(r"rate\((\d+) (minute|hour)s?\)")


def _named_schedules() -> list[str]:
    """All schedules that a rule of the template names."""
    return sorted({match[0] for match in _RATE.finditer(str(load()["Rules"]))})


@pytest.mark.parametrize("schedule", _named_schedules())
def test_being_behind_takes_longer_than_the_interval_of_the_schedule(schedule: str) -> None:
    """Every allowed number, against every schedule that a rule names."""
    match = _RATE.fullmatch(schedule)
    assert match is not None
    interval = int(match[1]) * {"minute": 60, "hour": 3600}[match[2]]

    for seconds in load()["Parameters"]["BehindAfterSeconds"]["AllowedValues"]:
        refused = refusals(ScheduleExpression=schedule, BehindAfterSeconds=str(seconds))
        assert bool(refused) is (seconds <= interval), (schedule, seconds)
