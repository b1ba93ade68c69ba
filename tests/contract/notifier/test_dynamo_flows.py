"""What is known of flows, in DynamoDB and in memory: one suite, so that the fake cannot drift."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.dynamo_flows import DynamoFlowNotices
from mpl_export.notifier.flows import FlowNotice, Mark
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import MemoryFlowNotices

if TYPE_CHECKING:
    from mpl_export.notifier.notices import FlowNotices

pytestmark = pytest.mark.emulator

MINUTE = timedelta(minutes=1)
SOON = NOON + MINUTE


@pytest.fixture(params=["dynamo", "memory"])
def notices(request: pytest.FixtureRequest) -> FlowNotices:
    """Notices of a tenant of whose flows nothing is known."""
    if request.param == "memory":
        return MemoryFlowNotices()
    return DynamoFlowNotices(request.getfixturevalue("notice_table"))


def test_a_flow_is_watched_from_when_it_was_first_asked_for(notices: FlowNotices) -> None:
    """Later questions do not move it."""
    assert notices.flows(["f"], now=NOON) == {
        "f": FlowNotice(watched=NOON, completed=None, told_silent=False)
    }
    assert notices.flows(["f"], now=SOON)["f"].watched == NOON


def test_a_flow_completed_when_it_completed_last(notices: FlowNotices) -> None:
    """Parts come in any order, and may come before the flow was first asked for."""
    notices.completed("f", SOON)
    notices.completed("f", NOON)

    known = notices.flows(["f"], now=NOON)["f"]

    assert (known.completed, known.watched) == (SOON, NOON)


def test_what_was_told_of_a_flow_is_remembered(notices: FlowNotices) -> None:
    """Told once that it is silent, and once that it is not any more."""
    notices.flows(["f", "g"], now=NOON)

    notices.told_flows({"f": True})
    assert notices.flows(["f", "g"], now=SOON)["f"].told_silent
    assert not notices.flows(["f", "g"], now=SOON)["g"].told_silent
    notices.told_flows({"f": False})
    assert not notices.flows(["f"], now=SOON)["f"].told_silent


def test_how_far_was_read_is_kept(notices: FlowNotices) -> None:
    """By the looks at the position, and by the parts, which know nothing of each other."""
    assert notices.mark() == Mark()

    notices.note_mark(Mark(pending=NOON, pending_at=SOON))
    notices.note_read(NOON, now=SOON)
    notices.note_mark(Mark(position=NOON, pending=SOON, pending_at=SOON))

    assert notices.mark() == Mark(
        position=NOON, pending=SOON, pending_at=SOON, read_written=NOON, read_at=SOON
    )
