"""What of a part is of interest."""

import pytest

from mpl_export.errors import ConfigurationError
from mpl_export.instants import iso_instant
from mpl_export.notifier.content import Content, content_of
from tests.support.notifier.notifier_harness import Harness, Json
from tests.unit.samples import HOUR, MINUTE

ORDERS = {"Id": "Orders"}
WATCHING = {"EXPECTED_FLOWS": "Orders=PT1H"}


def read(harness: Harness, *records: Json) -> Content:
    """What a part of these records says."""
    part = harness.part(records)
    return content_of(harness.objects[part.key], part.key, harness.settings, dict)


def guids(content: Content) -> list[object]:
    """The messages that failed."""
    return [each.record["MessageGuid"] for each in content.failures]


def test_failures_come_in_the_order_of_the_part() -> None:
    """So it can be said up to which one events are sent."""
    harness = Harness()
    statuses = ["FAILED", "COMPLETED", "ESCALATED", "RETRY", "FAILED"]

    content = read(harness, *(harness.record(n, Status=each) for n, each in enumerate(statuses)))

    assert guids(content) == ["guid-0", "guid-2", "guid-4"]
    assert content.completed == {}
    assert content.volume is None


def test_the_statuses_that_are_told_are_those_of_the_settings() -> None:
    """Some tenants use ESCALATED as a way of life."""
    harness = Harness(environment={"ALERT_STATUSES": "RETRY"})

    content = read(harness, harness.record(1), harness.record(2, Status="RETRY"))

    assert guids(content) == ["guid-2"]


def test_old_failures_and_texts_are_left_out_as_the_settings_say() -> None:
    """They are judged one by one: a part may hold both."""
    harness = Harness(environment={"ALERT_MAX_AGE_HOURS": "2", "ALERT_ERROR_TEXT": "off"})
    old = iso_instant(harness.clock.now() - 3 * HOUR)

    content = read(harness, harness.record(1, LogEnd=old), harness.record(2))

    assert guids(content) == ["guid-2"]
    assert content.failures[0].error_text is None


def test_masks_reach_a_failure_before_anything_is_made_of_it() -> None:
    """Its text, its signature and its record are all told."""
    harness = Harness()
    part = harness.part([harness.record(ErrorText="account 4711"), harness.record(Status="RETRY")])
    masked: list[object] = []

    def mask(record: Json) -> Json:
        masked.append(record["Status"])
        return record | {"ErrorText": "account [masked]"}

    content = content_of(harness.objects[part.key], part.key, harness.settings, mask)  # type: ignore[arg-type]  # a dict

    [failure] = content.failures
    assert (failure.error, failure.error_text) == ("account [masked]", "account [masked]")
    assert masked == ["FAILED"]


class TestWatchedFlows:
    """When each completed last."""

    def test_the_latest_completion_counts(self) -> None:
        """Rows of a part stand in no order of time."""
        harness = Harness(environment=WATCHING)
        now = harness.clock.now()
        ends = [now - HOUR, now - MINUTE, now - 2 * HOUR]

        content = read(
            harness,
            *(
                harness.record(
                    n, Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=iso_instant(end)
                )
                for n, end in enumerate(ends)
            ),
        )

        assert content.completed == {"Orders": now - MINUTE}
        assert content.failures == []

    def test_one_that_tells_no_end_completed_when_it_was_read(self) -> None:
        """At the latest."""
        harness = Harness(environment=WATCHING)
        record = harness.record(Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=None)

        assert read(harness, record).completed == {"Orders": harness.clock.now()}

    def test_a_failure_or_another_flow_is_no_completion(self) -> None:
        """A flow that only fails is silent."""
        harness = Harness(environment=WATCHING)

        content = read(
            harness,
            harness.record(1, IntegrationArtifact=ORDERS),
            harness.record(2, Status="COMPLETED", IntegrationArtifact={"Id": "Other"}),
        )

        assert content.completed == {}
        assert guids(content) == ["guid-1"]

    def test_nothing_is_looked_for_where_nothing_is_watched(self) -> None:
        """Completed messages are most of all."""
        harness = Harness()

        assert read(harness, harness.record(Status="COMPLETED")).completed == {}


def test_how_much_there_is_is_counted_for_those_who_want_a_summary() -> None:
    """Every message that ended, whatever its status."""
    harness = Harness(environment={"DAILY_SUMMARY": "on"})
    statuses = ["FAILED", "COMPLETED", "COMPLETED", "RETRY"]

    content = read(harness, *(harness.record(n, Status=each) for n, each in enumerate(statuses)))

    assert content.volume is not None
    assert content.volume.total == 3
    assert guids(content) == ["guid-0"]


@pytest.mark.parametrize("body", [b"not a part", b""], ids=repr)
def test_what_was_not_written_by_the_export_is_named(body: bytes) -> None:
    """Somebody has to move it: it would be delivered for ever."""
    harness = Harness()
    settings = harness.settings
    if not body:
        body = harness.objects[harness.part([harness.record()]).key][:-9]

    with pytest.raises(ConfigurationError, match=r"mpl/v1/part.*move it elsewhere"):
        content_of(body, "mpl/v1/part", settings, dict)


def test_a_part_without_a_line_says_nothing() -> None:
    """It is a part all the same."""
    assert read(Harness()) == Content([], {})
