"""The drill finds out what really arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.drill.account import Account
from operate.drill.firing import Drill
from operate.drill.subscriptions import complaints

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = pytest.mark.emulator


def test_an_alarm_that_is_set_off_arrives(world: World) -> None:
    """By a value where one can be put, and by hand where runs would outvote it."""
    account = Account.emulated_by(world.stack.aws)
    with Drill.prepare(account, f"mpl-export-{world.stack.tenant}") as drill:
        alarms = drill.alarms()
        fired = [drill.fire(name, alarms[name]) for name in ("LogsCameLate", "ExportIsBehind")]

    assert [each.how for each in fired] == ["LateLogs 1", "its state was set by hand"]
    assert all(each.seconds is not None for each in fired)


def test_an_address_that_was_not_confirmed_is_named(world: World) -> None:
    """It is the most common reason why nobody is told, and nothing else shows it."""
    account = Account.emulated_by(world.stack.aws)
    topic = world.stack.outputs["AlertTopic"]
    # The emulator confirms addresses of mail by itself, but not those of the web.
    account.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/night")

    with Drill.prepare(account, f"mpl-export-{world.stack.tenant}") as drill:
        assert complaints(drill.subscriptions()) == [
            "http://127.0.0.1:9/night has not confirmed the subscription"
        ]
