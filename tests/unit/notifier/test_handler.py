"""The entry point: which event goes where, what comes again, and how long it may take."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.errors import AwsUnavailableError, EventError, PartsUntoldError, SettingsError
from mpl_export.instants import iso_instant
from mpl_export.metrics import EmfMeter, Metric
from mpl_export.notifier import handler
from tests.support.importing import effects_of_importing
from tests.support.invocation import Invocation
from tests.support.manual_clock import ManualClock
from tests.support.metered import metered
from tests.support.nobodys_aws import NOBODYS_AWS
from tests.support.notifier.messages import created, message_of
from tests.support.notifier.notifier_harness import BUCKET, Harness, Json
from tests.unit.samples import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from mpl_export.notifier.tell import Notifier

NEEDED = {
    "TENANT": "demo",
    "ARCHIVE_BUCKET": BUCKET,
    "CHECKPOINT_TABLE": "table",
    "ALERT_TOPIC": "arn:aws:sns:eu-central-1:000000000000:topic",
}


@dataclass
class Container:
    """What a container keeps, in memory.

    Attributes:
        invocations: By whom a notifier was asked for, and for how long.
    """

    harness: Harness
    invocations: list[tuple[str, timedelta]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = self.harness.settings
        self.meter = EmfMeter(self.settings.tenant)

    def notifier(self, owner: str, time_left: timedelta) -> Notifier:
        """The notifier for one invocation."""
        self.invocations.append((owner, time_left))
        return self.harness.notifier()


@pytest.fixture
def container(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Container:
    """A warm container."""
    made = Container(harness)
    monkeypatch.setattr(handler, "_container", lambda: made)
    return made


def invoke(event: object) -> dict[str, Any]:
    """Invoke the function."""
    return handler.handler(event, Invocation("notifier", 120))  # type: ignore[arg-type]  # all that is asked


def take(*messages: Json) -> list[str]:
    """Deliver messages; the ids of those that come again."""
    answer = invoke({"Records": list(messages)})
    assert answer.keys() == {"batchItemFailures"}
    assert all(each.keys() == {"itemIdentifier"} for each in answer["batchItemFailures"])
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def about(harness: Harness, number: int = 0, **members: object) -> Json:
    """A message about a part with a failure."""
    return created(BUCKET, harness.part([harness.record(number, **members)], number=number).key)


class TestBatch:
    """Messages of the queue, of which each is done or comes again."""

    def test_parts_are_taken_and_nothing_comes_again(self, container: Container) -> None:
        """All of a batch by one notifier: one digest."""
        messages = [about(container.harness, number) for number in range(3)]

        assert take(*messages) == []
        assert container.harness.told_count() == 3
        assert len(container.harness.digests) == len(container.invocations) == 1

    def test_only_what_was_not_done_comes_again(self, container: Container) -> None:
        """By each message that is about it: the queue may hold an event twice."""
        good = about(container.harness)
        gone = about(container.harness, 1)
        del container.harness.objects[container.harness.part([], number=1).key]
        twice = {**gone, "messageId": "its twin"}
        foreign = message_of("foreign", "{}")

        again = take(good, gone, foreign, twice)

        assert sorted(again) == sorted([gone["messageId"], "its twin", "foreign"])
        assert container.harness.told_count() == 1

    def test_a_message_about_nothing_of_ours_is_named(
        self, container: Container, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It ends in the dead-letter queue, and somebody will look for it."""
        other = created("other-bucket", container.harness.part([]).key)

        assert take(other) == [other["messageId"]]
        assert f"message {other['messageId']} is not about an object of ours" in caplog.text

    def test_a_snapshot_is_looked_at(self, container: Container) -> None:
        """And is no part."""
        key = container.harness.snapshot()

        assert take(created(BUCKET, key)) == []
        assert container.harness.store.judged == key
        assert container.harness.store.open == {}

    def test_a_snapshot_that_was_not_judged_comes_again(
        self, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another invocation was at it, say."""
        notifier = container.harness.notifier()
        monkeypatch.setattr(notifier, "look", list)
        monkeypatch.setattr(container, "notifier", lambda *_: notifier)
        message = created(BUCKET, container.harness.snapshot())

        assert take(about(container.harness), message) == [message["messageId"]]

    def test_when_nobody_can_be_told_the_batch_fails_as_a_whole(
        self, container: Container, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The queue delivers again; what was noted is counted all the same."""
        container.harness.down = AwsUnavailableError("the topic is down")

        with caplog.at_level(logging.INFO), pytest.raises(AwsUnavailableError) as caught:
            take(about(container.harness))

        assert caught.value is container.harness.down
        [line] = [each for each in caplog.records if each.message == "messages failed"]
        assert (vars(line)["artifact"], vars(line)["failed"]) == ("Order_to_Cash", 1)

    def test_what_is_muted_is_metered_though_the_batch_fails(
        self, container: Container, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing is just gone."""
        now = container.harness.clock.now()
        container.harness.put_rules(f"""
            default = "platform"
            [[mute]]
            name = "upgrade"
            reason = "The warehouse is upgraded"
            from = {iso_instant(now - HOUR)}
            until = {iso_instant(now + HOUR)}
            receiver = "WMS"
        """)
        container.harness.down = AwsUnavailableError("the topic is down")

        with pytest.raises(AwsUnavailableError):
            take(about(container.harness, Receiver="WMS"), about(container.harness, 1))

        assert metered(capsys.readouterr().out) == {Metric.MUTED_MESSAGES}

    def test_without_a_mute_no_metric_is_paid_for(
        self, container: Container, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each costs by the hour in which it is."""
        take(about(container.harness))

        assert metered(capsys.readouterr().out) == set()

    def test_no_error_text_is_logged(
        self, container: Container, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It may hold what is personal; the log says how much of which flow."""
        with caplog.at_level(logging.DEBUG):
            take(about(container.harness, ErrorText="account of Jane Doe"))

        assert "batch ended" in caplog.text
        assert "Jane" not in "".join(repr(vars(record)) for record in caplog.records)


class TestFlush:
    """The schedule's, every five minutes."""

    def test_it_tells_what_has_waited(self, container: Container) -> None:
        """And says how many digests that took."""
        container.harness.down = AwsUnavailableError("the topic is down")
        with pytest.raises(AwsUnavailableError):
            take(about(container.harness))
        container.harness.down = None

        assert invoke({"flush": True}) == {"digests": 1}
        assert invoke({"flush": True}) == {"digests": 0}
        assert container.harness.told_count() == 1

    def test_parts_that_nobody_told_of_fail_it(self, container: Container) -> None:
        """The alarm on Lambda's error count fires."""
        container.harness.parts_down = AwsUnavailableError("S3 is down")
        with pytest.raises(AwsUnavailableError):
            take(about(container.harness))
        container.harness.clock.turn(HOUR)

        with pytest.raises(PartsUntoldError):
            invoke({"flush": True})


@pytest.mark.parametrize(
    "event",
    [None, {}, {"flush": False}, {"check": True}, {"Records": []}, {"Records": [{"s3": {}}]}],
)
def test_another_event_is_refused_before_anything_is_done(
    container: Container, event: object
) -> None:
    """The exporter's, say, or one of S3 itself."""
    with pytest.raises(EventError):
        invoke(event)
    assert container.invocations == []


def test_a_notifier_is_of_its_invocation(container: Container) -> None:
    """Under its id it holds rights that end with it."""
    invocation = Invocation("notifier", 120)

    handler.handler({"flush": True}, invocation)  # type: ignore[arg-type]

    assert container.invocations == [(invocation.aws_request_id, 120 * SECOND)]


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of the function; nobody listens where its AWS is."""
    for name, value in {**NEEDED, **NOBODYS_AWS}.items():
        monkeypatch.setenv(name, value)
    handler._container.cache_clear()
    yield monkeypatch
    handler._container.cache_clear()


@pytest.mark.usefixtures("real")
class TestContainer:
    """What a warm container keeps."""

    def test_it_is_made_by_the_first_invocation_and_kept(self) -> None:
        """Clients take tens of milliseconds each."""
        made = handler._container()

        assert handler._container() is made
        assert made.settings.alert_topic == NEEDED["ALERT_TOPIC"]

    @pytest.mark.parametrize("name", NEEDED)
    def test_a_wrong_setting_is_named_by_each_invocation(
        self, real: pytest.MonkeyPatch, name: str
    ) -> None:
        """And a container that could not be made is not kept."""
        real.delenv(name)
        for _ in range(2):
            with pytest.raises(SettingsError, match=name):
                invoke({"flush": True})
        real.setenv(name, NEEDED[name])

        assert handler._container().settings.tenant == "demo"

    @pytest.mark.parametrize(
        ("seconds", "works"), [(60, 30), (180, 90), (181, 91), (300, 210), (900, 810)]
    )
    def test_90_s_are_kept_but_no_more_than_half(self, seconds: int, works: int) -> None:
        """The last call that is begun may be tried four times, 19 s each."""
        container = handler._container()
        clock = ManualClock()
        container.clock = clock  # type: ignore[assignment]

        notifier = container.notifier("invocation", seconds * SECOND)

        assert notifier.working.seconds_left() == works
        assert notifier.ends == clock.now() + MINUTE * seconds / 60
        assert notifier.owner == "invocation"


def test_importing_does_no_io() -> None:
    """It is done before the first invocation, without a setting, and its time is paid for."""
    assert effects_of_importing("mpl_export.notifier.handler") == ""
