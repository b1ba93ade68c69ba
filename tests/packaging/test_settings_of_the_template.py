"""What one may set in the template is what the code reads, within the same bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.settings import NotifierSettings
from mpl_export.settings import EXPANDABLE, Settings
from tests.packaging.template import Stack, load

if TYPE_CHECKING:
    from datetime import datetime

# Read by boto3, not by us.
OF_THE_SDK = {"AWS_ENDPOINT_URL"}


class Witness(Mapping[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def test_the_function_gets_exactly_the_variables_that_it_reads(stack: Stack, now: datetime) -> None:
    """One too few fails the first run; one too many is a setting that does nothing."""
    variables = stack.properties("Exporter")["Environment"]["Variables"]
    environment = Witness(variables)

    Settings.from_env(environment, now)

    assert variables.keys() - OF_THE_SDK == environment.asked


def test_the_notifier_gets_exactly_the_variables_that_it_reads(stack: Stack) -> None:
    """The same for the other function, whose defaults are those of its code, too."""
    variables = stack.properties("Notifier")["Environment"]["Variables"]
    environment = Witness(variables)
    needed = ("TENANT", "ARCHIVE_BUCKET", "CHECKPOINT_TABLE", "ALERT_TOPIC")

    settings = NotifierSettings.from_env(environment)

    assert variables.keys() - OF_THE_SDK == environment.asked
    assert settings == NotifierSettings.from_env(
        {name: variables[name] for name in (*needed, "ALARM_URL", "ATHENA_DATABASE")}
    )
    assert settings.database == "<Database>"
    assert settings.alarm_url.endswith("#alarmsV2:alarm/<MessagesFail>")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("AlertStatuses", "FAILED"),
        ("AlertStatuses", "FAILED,ESCALATED,CANCELLED"),
        ("ExpectedFlows", ""),
        ("ExpectedFlows", "Order_to_Cash=PT1H"),
        ("ExpectedFlows", "Order to Cash=PT90M,com.acme.Stock-2=P1DT12H"),
        ("AlertErrorText", "off"),
        ("AlertTimeZone", "Europe/Berlin"),
        ("AlertTimeZone", "America/Argentina/Buenos_Aires"),
        ("AlertTimeZone", "Etc/GMT+5"),
        ("RunbookUrl", "https://wiki.example.com/mpl?page=1"),
        ("EventBusName", "failures"),
    ],
)
def test_what_the_template_lets_through_the_notifier_understands(
    parameter: str, value: str
) -> None:
    """As for the exporter."""
    template = load()
    assert _accepted(template["Parameters"][parameter], value)

    stack = Stack(template, {"TenantName": "acme", parameter: value})

    NotifierSettings.from_env(stack.properties("Notifier")["Environment"]["Variables"])


def test_who_sets_only_the_name_gets_the_defaults_of_the_code(stack: Stack, now: datetime) -> None:
    """Two places say the defaults; they have to agree."""
    variables = stack.properties("Exporter")["Environment"]["Variables"]
    needed = ("TENANT", "SERVICE_KEY_SECRET", "ARCHIVE_BUCKET", "CHECKPOINT_TABLE")

    assert Settings.from_env(variables, now) == Settings.from_env(
        {name: variables[name] for name in needed}, now
    )


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("TenantName", "a"),
        ("TenantName", "ACME_prod.eu-10"),
        ("TenantName", "a" * 63),
        ("StartFrom", "P30D"),
        ("StartFrom", "P2W"),
        ("StartFrom", "P1DT12H"),
        ("StartFrom", "PT90M"),
        ("StartFrom", "2026-11-22T00:00:00Z"),
        ("StartFrom", "2026-11-22T00:00:00.5+01:00"),
        ("Expand", ""),
        ("Expand", ",".join(EXPANDABLE)),
        ("PageConcurrency", "1"),
        ("PageConcurrency", "16"),
        ("OverlapMinutes", "1"),
        ("OverlapMinutes", "1440"),
        ("AlertMaxAgeHours", "1"),
        ("AlertMaxAgeHours", "720"),
        ("TenantRetentionDays", "1"),
        ("TenantRetentionDays", "365"),
        ("ErrorText", "off"),
        ("RuntimeArtifacts", "off"),
        ("RuntimeArtifacts", "with-deployer"),
    ],
)
def test_what_the_template_lets_through_the_code_understands(
    now: datetime, parameter: str, value: str
) -> None:
    """A value that is refused only by the function deploys well and then fails every run."""
    template = load()
    assert _accepted(template["Parameters"][parameter], value)

    stack = Stack(template, {"TenantName": "acme", parameter: value})

    Settings.from_env(stack.properties("Exporter")["Environment"]["Variables"], now)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("TenantName", ""),
        ("TenantName", "a/b"),
        ("TenantName", "a=b"),
        ("TenantName", "a*"),
        ("TenantName", "a" * 64),
        ("StartFrom", "P"),
        ("StartFrom", "PT"),
        ("StartFrom", "P1M"),
        ("StartFrom", "yesterday"),
        ("StartFrom", "2026-11-22"),
        ("Expand", "Attachments"),
        ("PageConcurrency", "0"),
        ("ErrorText", "true"),
        ("RuntimeArtifacts", "true"),
        ("ArchiveRetentionDays", "34"),
        ("ArchiveRetentionDays", "-1"),
        ("ArchiveBucketName", "arn:aws:s3:::bucket"),
        ("ServiceKeySecretArn", "my-secret"),
        ("ServiceKeySecretArn", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:*"),
        ("ScheduleExpression", "rate(1"),
        ("ScheduleExpression", "5 minutes"),
        ("SubnetIds", "vpc-1"),
        ("SubnetIds", "subnet-1, subnet-2"),
        ("SubnetIds", "subnet-1,"),
        ("SecurityGroupIds", "subnet-1"),
        ("AlertTopicArn", "topic"),
        ("AlertTopicArn", "arn:aws:sns:eu-central-1:111122223333:ordered.fifo"),
        ("AlertKeyArn", "alias/aws/sns"),
        ("DashboardState", "on"),
        ("TenantCaPem", f"-----BEGIN CERTIFICATE-----{'A' * 2500}-----END CERTIFICATE-----"),
        ("AlertEmail", "nobody"),
        ("AwsEndpointUrl", "127.0.0.1:4566"),
        ("TenantCaPem", "-----BEGIN"),
        ("AlertStatuses", "FAILED, ESCALATED"),
        ("ExpectedFlows", "Order_to_Cash"),
        ("ExpectedFlows", "Order_to_Cash=1h"),
        ("EventBusName", "arn:aws:events:eu-central-1:111122223333:event-bus/b"),
        ("SilentAfterHours", "1"),
        ("SilentAfterHours", "169"),
        ("StuckAfterHours", "5"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_created(parameter: str, value: str) -> None:
    """Values that a shell or SAM cut at a blank are among them."""
    assert not _accepted(load()["Parameters"][parameter], value)


def test_the_longest_ca_leaves_room_for_the_longest_names() -> None:
    """Lambda takes 4 kB of variables in all, and refuses the function, not the parameter.

    Source: Lambda Developer Guide, "Lambda quotas".
    """
    template = load()
    least = template["Parameters"]["TenantCaPem"]["MaxLength"]
    line = f"{'A' * 64}\n"
    stack = Stack(
        template,
        {
            "TenantName": "t" * 63,
            "TenantCaPem": (line * least)[:least],
            "StartFrom": "2026-11-22T00:00:00.123456+01:00",
            "Expand": ",".join(EXPANDABLE),
            "ArchiveBucketName": "b" * 63,
            "ServiceKeySecretArn": f"arn:aws-us-gov:secretsmanager:us-gov-west-1:1:{'s' * 530}",
        },
    )
    variables = stack.properties("Exporter")["Environment"]["Variables"]
    table = {"CHECKPOINT_TABLE": "c" * 255}

    assert len(json.dumps({**variables, **table})) <= 4096


def test_every_parameter_explains_itself() -> None:
    """`sam deploy --guided` shows nothing but these texts."""
    template = load()
    grouped = [
        name
        for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]

    assert sorted(grouped) == sorted(template["Parameters"])
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"], name
        assert parameter["ConstraintDescription"], name
        assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}, name


def test_only_the_tenants_name_has_to_be_given() -> None:
    """And each default passes its own constraint."""
    parameters = load()["Parameters"]

    assert [name for name, each in parameters.items() if "Default" not in each] == ["TenantName"]
    for name, each in parameters.items():
        if "Default" in each:
            assert _accepted(each, str(each["Default"])), name


def _accepted(parameter: Mapping[str, object], value: str) -> bool:
    """Decide as CloudFormation does."""
    if "AllowedValues" in parameter:
        values = parameter["AllowedValues"]
        assert isinstance(values, list)
        return value in map(str, values)
    if "AllowedPattern" in parameter:
        fits = len(value) <= int(str(parameter.get("MaxLength", 4096)))
        return fits and bool(re.fullmatch(str(parameter["AllowedPattern"]), value, re.ASCII))
    least, most = parameter["MinValue"], parameter.get("MaxValue", 2**31)
    assert isinstance(least, int)
    assert isinstance(most, int)
    return least <= int(value) <= most
