"""Least rights: the roles' statements against all calls that the functions make in these tests.

It runs last (``tests/conftest.py``) and judges what was noted in the whole session; both functions
live here through all that makes them call AWS, so that it judges no less when it runs alone.  That
the roles suffice where rights are enforced is shown by the end-to-end tests.
"""

from __future__ import annotations

import logging
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.support.rights.exporter_life import live_as_exporter
from tests.support.rights.function_rights import rights_of
from tests.support.rights.noted_calls import UNKNOWN, noted
from tests.support.rights.notifier_life import live_as_notifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operate.emulated.emulator import Emulator
    from tests.support.rights.function_rights import FunctionRights
    from tests.support.rights.noted_calls import Function, Noted

pytestmark = [pytest.mark.emulator, pytest.mark.parametrize("function", ["Exporter", "Notifier"])]


class ByLambda(NamedTuple):
    """Rights that Lambda uses by a function's role, where no hook inside the function sees it."""

    actions: tuple[str, ...]
    resource: str
    reason: str


_BY_LAMBDA: Final[Mapping[Function, tuple[ByLambda, ...]]] = {
    "Exporter": (
        ByLambda(
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            "<ExporterLogGroup.Arn>",
            "Lambda writes what the function prints",
        ),
        ByLambda(("sqs:SendMessage",), "<FailedRuns.Arn>", "Lambda keeps events of failed runs"),
        ByLambda(
            ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
            "*",
            "Lambda looks for the network interface in a VPC",
        ),
        ByLambda(
            (
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ),
            "arn:aws:ec2:eu-central-1:*",
            "Lambda makes the network interface in a VPC",
        ),
    ),
    "Notifier": (
        ByLambda(
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            "<NotifierLogGroup.Arn>",
            "Lambda writes what the function prints",
        ),
        ByLambda(("sqs:SendMessage",), "<FailedRuns.Arn>", "Lambda keeps events of failed runs"),
        ByLambda(
            ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
            "<NewParts.Arn>",
            "Lambda takes the messages about new parts from the queue",
        ),
    ),
}


@pytest.fixture(scope="module")
def calls(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> list[Noted]:
    """All calls of the session."""
    live_as_exporter(aws, tmp_path_factory.mktemp("exporter"))
    live_as_notifier(aws)
    return noted()


@pytest.fixture(params=[False, True], ids=["nothing given", "everything given"])
def rights(request: pytest.FixtureRequest, function: Function) -> FunctionRights:
    """The rights in a stack that makes all it needs, and in one that is given it."""
    return rights_of(function, given=request.param)


def test_every_call_is_about_something_that_the_stack_gives(
    function: Function, calls: list[Noted], caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise it cannot be judged.  How many there were is for who asks (pytest -rP)."""
    own = [each for each in calls if each.function == function]
    actions = Counter(each.call.action for each in own)
    with caplog.at_level("INFO"):
        logging.getLogger(__name__).info("%d calls of AWS: %s", len(own), dict(actions))

    assert [each for each in own if each.call.resource.startswith(UNKNOWN)] == []


def test_no_call_is_made_that_the_role_denies(
    function: Function, rights: FunctionRights, calls: list[Noted]
) -> None:
    """A right that is missing shows only in the cloud, in the branch that is taken once a year."""
    tests = {each.call: each.test for each in calls if each.function == function}

    assert [(denied, tests[call]) for call in tests for denied in rights.denied(call)] == []


def test_the_role_allows_nothing_that_no_call_needs(
    function: Function, rights: FunctionRights, calls: list[Noted]
) -> None:
    """Each action on each resource was used, but for what Lambda does by the same role."""
    noted_once = {each.call for each in calls if each.function == function}
    made = {call for each in noted_once for call in rights.calls(each)}
    unused = {
        (grant.action, grant.resource)
        for grant in rights.role.allowed
        if not any(grant.matches(call) for call in made)
    }

    assert {
        (action, resource)
        for action, resource in unused
        if not any(
            action in by.actions and fnmatchcase(resource, by.resource)
            for by in _BY_LAMBDA[function]
        )
    } == set()


def test_processes_of_their_own_are_heard(function: Function, calls: list[Noted]) -> None:
    """The runs that tests kill; the notifier has none."""
    heard = {bool(each.test) for each in calls if each.function == function}

    assert heard == ({True, False} if function == "Exporter" else {True})
