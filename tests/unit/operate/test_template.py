"""What the command line knows of the template."""

from __future__ import annotations

import json
import re

import pytest

from operate.endings import Ending, StoppedError
from operate.template import PROJECT, archive_policy, checked, parameters

GOOD = {
    "TenantName": "acme-prod",
    "OverlapMinutes": "30",
    "ErrorText": "off",
    "SubnetIds": "subnet-1,subnet-2",
    "AlertEmail": "ops@example.com",
}


def test_good_values_are_taken() -> None:
    """Of every type that the template has."""
    assert checked(GOOD) == GOOD


def test_every_default_is_a_good_value() -> None:
    """Else a deployment that asks for nothing would fail."""
    for parameter in parameters().values():
        if parameter.default is not None:
            assert parameter.fault(parameter.default) is None, parameter.name


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TenantName", "a b", "letters, digits, dots"),
        ("OverlapMinutes", "soon", "1 to 1440"),
        ("OverlapMinutes", "0", "1 to 1440"),
        ("ErrorText", "yes", "on or off"),
        ("SubnetIds", "subnet-1,net", "ids of subnets"),
        ("AlertEmail", "ops", "e-mail address"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_deployed(
    name: str, value: str, words: str
) -> None:
    """In the template's own words; CloudFormation would say so minutes later."""
    with pytest.raises(StoppedError, match=words) as caught:
        checked({name: value})

    assert str(caught.value).startswith(f"{name} must be ")
    assert caught.value.ending is Ending.USAGE


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    """33 names are hard to remember."""
    with pytest.raises(StoppedError, match="is it AlertEmail"):
        checked({"Email": "ops@example.com"})


def test_the_policy_is_the_one_that_the_page_prints() -> None:
    """The owner of a given bucket copies it, and the doctor compares with the template's."""
    page = (PROJECT / "docs" / "deploying.md").read_text()
    block = re.search(r"```json\n(\[.*?\])\n```", page, re.DOTALL)
    assert block is not None

    role = "arn:aws:iam::111122223333:role/exporter"
    text = block[1].replace("BUCKET", "name").replace("TENANT", "acme").replace("ROLE", role)
    printed = json.loads(text)

    assert printed == archive_policy("arn:aws:s3:::name", tenant="acme", role_arn=role)
