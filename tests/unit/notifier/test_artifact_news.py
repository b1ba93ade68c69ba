"""What has become of what is deployed, by one snapshot and what people know."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mpl_export.archive.snapshots import Snapshot
from mpl_export.artifacts import Artifact
from mpl_export.notifier.artifact_news import ArtifactNews, Down, news_of
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE

STOCK = Artifact(
    id="Stock",
    version="1.0.0",
    name="Stock",
    type="INTEGRATION_FLOW",
    deployed=NOON - DAY,
    status="STARTED",
)
STOPPED = replace(STOCK, status="STOPPED")
STARTING = replace(STOCK, status="STARTING")
FAILED = replace(STOCK, status="ERROR")
TOLD_STOPPED = Down(trouble="stopped", since=NOON - HOUR, deployed=STOCK.deployed)
TOLD_FAILED = Down(trouble="failed to start", since=NOON - HOUR, deployed=STOCK.deployed)


def snapshot(*artifacts: Artifact, at: datetime = NOON) -> Snapshot:
    """What is deployed at noon."""
    return Snapshot(read_at=at, previous=None, artifacts=artifacts)


def kinds(before: Artifact | None, now: Artifact | None, told: Down | None = None) -> list[str]:
    """What is new of one artifact that was so, is so, and of which people know that."""
    then = snapshot(*filter(None, [before]), at=NOON - HOUR)
    here = snapshot(*filter(None, [now]))
    return [each.kind for each in news_of(then, here, {} if told is None else {"Stock": told})]


@pytest.mark.parametrize(
    ("before", "now", "told", "news"),
    [
        (STOCK, STOCK, None, []),
        (STOCK, STOPPED, None, ["stopped"]),
        (STOPPED, STOPPED, TOLD_STOPPED, []),
        (STOPPED, STOPPED, None, ["stopped"]),
        (STOCK, None, None, ["stopped"]),
        (STOCK, None, TOLD_STOPPED, []),
        (STOCK, FAILED, None, ["failed to start"]),
        (FAILED, FAILED, TOLD_FAILED, []),
        (STOPPED, FAILED, TOLD_STOPPED, ["failed to start"]),
        (FAILED, STOPPED, TOLD_FAILED, []),
        (STOCK, STARTING, None, []),
        (STOPPED, STARTING, TOLD_STOPPED, []),
        (STOPPED, STOCK, TOLD_STOPPED, ["runs again"]),
        (STARTING, STOCK, TOLD_FAILED, ["runs again"]),
        (STARTING, STOCK, None, []),
        (None, STOCK, None, ["deployed"]),
        (None, STOCK, TOLD_STOPPED, ["deployed", "runs again"]),
        (None, FAILED, None, ["deployed", "failed to start"]),
        (None, None, TOLD_STOPPED, []),
    ],
)
def test_each_change_is_told_once(
    before: Artifact | None, now: Artifact | None, told: Down | None, news: list[str]
) -> None:
    """By what people know, not by the snapshot before alone: one that starts hides nothing."""
    assert kinds(before, now, told) == news


@pytest.mark.parametrize(
    "changes",
    [{"version": "1.0.1"}, {"deployed": NOON}, {"version": "1.0.1", "deployed": NOON}],
)
def test_another_version_or_time_is_a_deployment(changes: dict[str, Any]) -> None:
    """What a flow failed after is most often one."""
    assert kinds(STOCK, replace(STOCK, **changes)) == ["deployed"]


def test_a_time_that_is_not_told_any_more_is_no_deployment() -> None:
    """A tenant may leave it out."""
    assert kinds(STOCK, replace(STOCK, deployed=None)) == []


def test_a_new_attempt_that_failed_too_is_told() -> None:
    """Somebody has tried to mend it, and waits to hear."""
    again = replace(FAILED, deployed=NOON - MINUTE)

    assert kinds(FAILED, again, TOLD_FAILED) == ["deployed", "failed to start"]


def test_at_the_first_look_nothing_is_new_but_what_does_not_run_is_told() -> None:
    """Everything would be a deployment otherwise."""
    news = news_of(None, snapshot(STOCK, replace(FAILED, id="Orders")), {})

    assert [(each.kind, each.artifact.id) for each in news] == [("failed to start", "Orders")]


def test_news_come_in_the_order_of_ids_and_say_what_was() -> None:
    """The same digest, however a tenant sorts its list."""
    orders, prices = replace(STOPPED, id="Orders"), replace(STOCK, id="Prices")
    told = {"Stock": TOLD_STOPPED}

    news = news_of(snapshot(prices, STOPPED), snapshot(STOCK, orders), told)

    assert news == [
        ArtifactNews(kind="deployed", now=orders, before=None, seen=NOON),
        ArtifactNews(kind="stopped", now=orders, before=None, seen=NOON),
        ArtifactNews(kind="stopped", now=None, before=prices, seen=NOON),
        ArtifactNews(kind="runs again", now=STOCK, before=STOPPED, seen=NOON, down=TOLD_STOPPED),
    ]
    assert [each.undeployed for each in news] == [False, False, True, False]
    assert news[2].artifact is prices


def test_news_of_nothing_are_a_bug() -> None:
    """Nobody makes them."""
    with pytest.raises(ValueError, match="no artifact"):
        _ = ArtifactNews(kind="stopped", now=None, before=None, seen=NOON).artifact
