"""What was told of what is deployed, in DynamoDB and in memory: one suite for both."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.artifact_news import Down
from mpl_export.notifier.dynamo_artifacts import DynamoArtifactNotices
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import MemoryArtifactNotices

if TYPE_CHECKING:
    from mpl_export.notifier.notices import ArtifactNotices

pytestmark = pytest.mark.emulator

STOPPED = Down(trouble="stopped", since=NOON, deployed=None)
FAILED = Down(
    trouble="failed to start", since=NOON + timedelta(hours=1), deployed=NOON - timedelta(days=1)
)


@pytest.fixture(params=["dynamo", "memory"])
def notices(request: pytest.FixtureRequest) -> ArtifactNotices:
    """Notices of a tenant of which nothing was told."""
    if request.param == "memory":
        return MemoryArtifactNotices()
    return DynamoArtifactNotices(request.getfixturevalue("notice_table"))


def test_at_first_nothing_is_known(notices: ArtifactNotices) -> None:
    """Neither what was judged nor what was told."""
    assert notices.judged() is None
    assert notices.down() == {}


def test_what_was_told_is_kept(notices: ArtifactNotices) -> None:
    """Until it runs again; an artifact's id may be anything."""
    notices.told("a", {"Stock": STOPPED, "Order #1/x": FAILED}, [])
    assert notices.down() == {"Stock": STOPPED, "Order #1/x": FAILED}
    assert notices.judged() == "a"

    notices.told("b", {"Stock": FAILED}, ["Order #1/x", "never told"])
    assert notices.down() == {"Stock": FAILED}
    assert notices.judged() == "b"


def test_what_was_judged_never_goes_back(notices: ArtifactNotices) -> None:
    """A notifier that was slow says what is true no more."""
    notices.told("b", {}, [])
    notices.told("a", {}, [])

    assert notices.judged() == "b"
