"""The notifier whole: its handler against emulated S3, DynamoDB, SNS and EventBridge."""

from __future__ import annotations

import json
import logging
import resource
import time
import uuid
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import AwsRefusedError, EventError
from mpl_export.instants import iso_instant
from mpl_export.notifier import handler
from tests.support.notifier.messages import message_of
from tests.support.notifier.notifier_resources import Telling, open_telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator


@pytest.fixture
def telling(aws: Emulator) -> Iterator[Telling]:
    """A notifier with resources of its own."""
    with open_telling(aws) as telling:
        yield telling


def test_a_failure_is_told_with_what_subscribers_filter_by(telling: Telling) -> None:
    """The message attributes are what makes one topic enough for several teams."""
    assert telling.take(telling.part([telling.harness.record(1)])) == []

    [digest] = telling.digests()
    [event] = telling.events()
    assert digest["Subject"] == "[demo] NEW 1 FAILED: Order to Cash - The receiver answered 500"
    attributes = {name: each["Value"] for name, each in digest["MessageAttributes"].items()}
    assert attributes == {
        "tenant": "demo",
        "kind": "failures",
        "severity": "failed",
        "team": "unassigned",
        "artifact": '["Order_to_Cash"]',
    }
    assert event["detail"]["messageGuid"] == "guid-1"


def test_the_same_part_delivered_five_times_is_told_once(telling: Telling) -> None:
    """By messages of their own, as EventBridge may send them."""
    message = telling.part([telling.harness.record()])

    for _ in range(5):
        assert telling.take({**message, "messageId": str(uuid.uuid4())}) == []

    assert len(telling.digests()) == 1
    assert len(telling.events()) == 1


def test_a_fresh_table_hears_again_of_young_parts_only(telling: Telling) -> None:
    """Events that S3 sends again after a new stack stands on a kept bucket.

    No note says that an old part was told, and none is needed: its key says how old it is.
    """
    harness, now = telling.harness, telling.harness.clock.now()
    old, young = (
        harness.part([harness.record(n)], at=now - age, number=n)
        for n, age in enumerate((timedelta(hours=26), timedelta(hours=2)))
    )
    for part in (old, young):
        telling.aws.client("s3").put_object(
            Bucket=telling.bucket, Key=part.key, Body=harness.objects[part.key]
        )

    for _ in range(2):
        for part in (old, young):
            event = json.loads(telling.message(part.key)["body"]) | {"time": iso_instant(now)}
            assert telling.take(message_of(str(uuid.uuid4()), json.dumps(event))) == []

    assert len(telling.digests()) == 1
    assert [event["detail"]["messageGuid"] for event in telling.events()] == ["guid-1"]


def test_only_the_message_that_cannot_be_handled_comes_again(telling: Telling) -> None:
    """One that is about no part of ours, and one whose part is gone."""
    foreign = telling.message("somebody/elses.json")
    gone = telling.message(telling.harness.part([], number=7).key)

    again = telling.take(foreign, telling.part([telling.harness.record()]), gone)

    assert again == [foreign["messageId"], gone["messageId"]]
    assert len(telling.digests()) == 1


def test_anything_else_is_refused(telling: Telling) -> None:
    """The exporter's events, say."""
    with pytest.raises(EventError):
        telling.invoke({})


def test_what_could_not_be_told_is_told_by_the_flush(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic that is missing or down fails the invocation, and loses nothing."""
    topic = handler._container().settings.alert_topic
    monkeypatch.setenv("ALERT_TOPIC", f"{topic}-that-is-not-there")
    handler._container.cache_clear()
    message = telling.part([telling.harness.record()])
    with pytest.raises(AwsRefusedError, match="publish to the topic"):
        telling.take(message)
    assert telling.take(message) == []
    assert telling.digests() == []

    monkeypatch.setenv("ALERT_TOPIC", topic)
    handler._container.cache_clear()
    assert telling.invoke({"flush": True}) == {"digests": 1}

    assert len(telling.digests()) == 1
    assert len(telling.events()) == 1


def test_a_storm_of_ten_thousand_failures(
    telling: Telling, caplog: pytest.LogCaptureFixture
) -> None:
    """Three kinds, twenty parts, in one batch: one mail, ten thousand events, in time."""
    flows = ("Order_to_Cash", "Invoice", "Stock")
    messages = [
        telling.part(
            (
                telling.harness.record(
                    number * 500 + n,
                    IntegrationArtifact={"Id": flows[n % 3], "Name": flows[n % 3]},
                    ErrorText=f"timeout after {n} ms\n{'stack trace ' * 50}",
                )
                for n in range(500)
            ),
            number,
        )
        for number in range(20)
    ]

    began = time.perf_counter()
    assert telling.take(*messages) == []
    seconds = time.perf_counter() - began

    [digest] = telling.digests()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with caplog.at_level("INFO"):
        # For who asks (pytest -rP); a busy machine makes both worse.
        logging.getLogger(__name__).info("told in %.1f s, at most %.0f MB", seconds, peak_mb)
    assert (
        digest["Subject"] == "[demo] NEW 10000 FAILED: Invoice 3340, Order_to_Cash 3340 and 1 more"
    )
    versions = Counter(event["detail"]["version"] for event in telling.events())
    assert len(versions) == versions.total() == 10_000
    assert seconds < 100
