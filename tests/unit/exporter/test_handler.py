"""The entry point: which event goes where, what is told of it, and how long it may take."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.archive.archive import Archive
from mpl_export.archive.rules import StoredRules
from mpl_export.clock import Deadline, SystemClock
from mpl_export.errors import (
    AwsUnavailableError,
    EventError,
    ExportError,
    KeyRefusedError,
    ServiceKeyError,
    SettingsError,
    UnexpectedResponseError,
)
from mpl_export.exporter import handler
from mpl_export.exporter.doctor import check as doctor
from mpl_export.exporter.run import Run
from mpl_export.metrics import EmfMeter, Metric
from mpl_export.tenant.credentials.token_cache import TokenCache
from mpl_export.tenant.credentials.token_source import open_token_source
from operate.sap_tenant import Fault
from tests.support.exporter import keys
from tests.support.exporter.environment import ENVIRONMENT
from tests.support.exporter.secret_watch import all_that_shows, key_material, leaks
from tests.support.faults.fault_wire import MemorySecret
from tests.support.importing import effects_of_importing
from tests.support.invocation import Invocation
from tests.support.manual_clock import ManualClock
from tests.support.metered import metered
from tests.support.nobodys_aws import NOBODYS_AWS
from tests.support.tenant.scripted_exchange import ScriptedExchange, json_answer
from tests.unit.samples import DAY, GATHERED, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mpl_export.exporter.work import Tenant
    from tests.support.exporter.exporter_harness import Harness

SPAN = {"since": "PT6H", "until": "PT1H"}


@dataclass
class Ends:
    """Stands for the wait for AWS, and notes by when it ends.

    Attributes:
        seconds: How much time was left when each run began.
    """

    seconds: list[float] = field(default_factory=list)

    def begin(self, ends: Deadline) -> None:
        """Begin a run."""
        self.seconds.append(ends.seconds_left())


@dataclass
class Container:
    """What a container keeps, in memory.

    Attributes:
        reading: For how long each run may read.
    """

    harness: Harness
    reading: list[float] = field(default_factory=list)
    patience: Ends = field(default_factory=Ends)
    stored: Callable[[bytes], bytes] = bytes

    def __post_init__(self) -> None:
        self.settings = self.harness.settings
        self.objects = self.harness.objects
        self.checkpoints = self.harness.checkpoints
        self.archive = Archive(self.objects, "demo", self.harness.clock)
        self.rules = StoredRules(self.objects, "demo")
        self.meter = EmfMeter("demo")

    def connect(self, deadline: Deadline) -> AbstractContextManager[Tenant]:
        """Open the tenant."""
        self.reading.append(deadline.seconds_left())
        return self.harness.connect(deadline)


@pytest.fixture
def container(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Container:
    """A warm container of a tenant with a log."""
    harness.tenant.add(log_end=harness.clock.now() - 2 * HOUR, status="FAILED")
    made = Container(harness)
    monkeypatch.setattr(handler, "SystemClock", lambda: harness.clock)
    monkeypatch.setattr(handler, "_container", lambda: made)
    return made


def invoke(event: object, seconds: int = 900) -> dict[str, Any]:
    """Invoke the function."""
    return handler.handler(event, Invocation("exporter", seconds))  # type: ignore[arg-type]  # all that is asked


class TestWhichEventGoesWhere:
    """By what comes back, and by what was done."""

    @pytest.mark.parametrize("event", [{}, {"source": "schedule", "scheduled": "any time"}])
    def test_the_schedule_starts_a_scheduled_run(
        self, container: Container, event: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It moves the position, and tells how far behind the export is."""
        report = invoke(event)

        assert (report["purpose"], report["versions_stored"]) == ("scheduled", 1)
        assert container.harness.position is not None
        assert len(container.harness.records()) == 1
        assert Metric.LAG_SECONDS in metered(capsys.readouterr().out)

    @pytest.mark.parametrize("purpose", ["backfill", "reconcile"])
    def test_a_span_is_exported_beside_the_schedule(
        self, container: Container, purpose: str
    ) -> None:
        """The position stays."""
        report = invoke({**SPAN, "purpose": purpose})

        assert (report["purpose"], report["versions_stored"]) == (purpose, 1)
        assert container.harness.position is None
        assert len(container.harness.records()) == 1

    def test_a_plan_counts_and_writes_nothing(self, container: Container) -> None:
        """Not even whose archive it is."""
        answer = invoke({"plan": SPAN})

        assert (answer["purpose"], answer["rows"], len(answer["slices"])) == ("plan", 1, 1)
        assert container.harness.objects.held == {}

    def test_the_summary_of_a_backfill_asks_nobody(
        self, container: Container, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It comes from the state machine, and what failed goes to an alarm."""
        answer = invoke({"summary": {**GATHERED, "failures": ["2026-11-01/2026-11-02 SomeError"]}})

        assert (answer["purpose"], answer["failed"], answer["tenant"]) == ("summary", 1, "demo")
        assert metered(capsys.readouterr().out) == {
            Metric.BACKFILLED_VERSIONS,
            Metric.BACKFILL_SLICES_FAILED,
        }
        assert container.reading == []

    def test_the_night_seals_what_arrived(
        self, container: Container, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The tenant is not asked."""
        container.harness.run()
        container.harness.later(DAY)

        answer = invoke({"seal": True})

        assert (answer["purpose"], answer["seal"], answer["objects"]) == ("seal", 1, 1)
        assert Metric.SEAL_NUMBER in metered(capsys.readouterr().out)
        assert container.reading == []

    def test_the_doctor_needs_no_container(
        self, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A wrong setting lets none come to be, and is just what it is to find."""
        asked: list[Collection[str]] = []

        def fail() -> Container:
            raise SettingsError("TENANT", "is missing")

        def check(environment: dict[str, str], clock: object) -> dict[str, Any]:
            assert clock is container.harness.clock
            asked.append(environment.keys())
            return {"healthy": False}

        monkeypatch.setattr(handler, "_container", fail)
        monkeypatch.setattr(doctor, "check", check)
        monkeypatch.setenv("OF_THIS_FUNCTION", "yes")

        assert invoke({"check": True}) == {"healthy": False}
        assert ["OF_THIS_FUNCTION" in names for names in asked] == [True]

    @pytest.mark.parametrize(
        "event",
        [
            None,
            [],
            {"check": False},
            {"seal": 1},
            {"flush": True},
            {"Records": []},
            {"plan": {}},
            {"summary": {}},
            {"source": "somebody"},
            {**SPAN, "purpose": "scheduled"},
        ],
    )
    def test_another_event_is_refused_before_anything_is_done(
        self, container: Container, event: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To take it for a scheduled run would hide a wrong rule."""
        monkeypatch.setattr(handler, "_container", lambda: pytest.fail("it was made"))

        with pytest.raises(EventError):
            invoke(event)
        assert container.harness.objects.held == {}


class TestFailure:
    """It reaches Lambda, whose error count an alarm watches, and takes no metric with it."""

    @pytest.mark.parametrize(
        ("event", "answers", "metric"),
        [({}, 0, Metric.LAG_SECONDS), ({**SPAN, "purpose": "reconcile"}, 2, Metric.LATE_LOGS)],
        ids=["scheduled", "span"],
    )
    def test_what_a_run_noted_leaves_though_it_fails(
        self,
        container: Container,
        event: dict[str, str],
        answers: int,
        metric: Metric,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A run that fails must not look like one that is well."""
        harness = container.harness
        harness.tenant.behaviour.page_cap = 5
        for n in range(20):
            end = harness.clock.now() - 5 * HOUR + n * MINUTE
            harness.tenant.add(log_end=end, visible_from=harness.clock.now() + MINUTE)
        harness.run()
        harness.later()
        harness.tenant.faults.add(Fault(kind="redirect", match="Logs?", after=answers))

        with pytest.raises(UnexpectedResponseError):
            invoke(event)

        assert metric in metered(capsys.readouterr().out)

    def test_a_seal_that_fails_is_told(
        self, container: Container, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """To the alarm on seals as well."""
        container.harness.run()
        container.harness.later(DAY)
        error = AwsUnavailableError("KMS is down")

        def refuse(_: bytes) -> bytes:
            raise error

        container.stored = refuse
        with pytest.raises(AwsUnavailableError) as caught:
            invoke({"seal": True})

        assert caught.value is error
        assert Metric.SEAL_FAILED in metered(capsys.readouterr().out)

    @pytest.mark.parametrize("event", [{}, SPAN, {"plan": SPAN}])
    def test_the_error_goes_through_as_it_is(
        self, container: Container, event: dict[str, Any]
    ) -> None:
        """Nothing answers success after a failure."""
        container.harness.connect_fails = ServiceKeyError("is damaged")

        with pytest.raises(ServiceKeyError) as caught:
            invoke(event)

        assert caught.value is container.harness.connect_fails


class TestTime:
    """What Lambda leaves, and what of it is kept to store what was read and to say so."""

    @pytest.mark.parametrize(
        ("seconds", "kept"), [(4, 3), (15, 3), (20, 4), (100, 20), (300, 60), (900, 60)]
    )
    def test_a_fifth_is_kept_but_no_less_than_3_s_and_no_more_than_60_s(
        self, container: Container, seconds: int, kept: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A quarter of that is kept when what was read is stored: to commit, and to say so."""
        runs: list[tuple[float, float, datetime]] = []

        def noted(**members: Any) -> Run:  # noqa: ANN401 - whatever a run is made of
            run = Run(**members)
            runs.append((run.reading.seconds_left(), run.storing.seconds_left(), run.ends))
            return run

        monkeypatch.setattr(handler, "Run", noted)
        now = container.harness.clock.now()

        invoke({"plan": SPAN}, seconds)

        ends = now + MINUTE * seconds / 60
        assert runs == [(seconds - kept, seconds - kept / 4, ends)]
        assert container.reading == [seconds - kept]

    @pytest.mark.parametrize("event", [{}, SPAN, {"plan": SPAN}, {"seal": True}])
    def test_a_second_is_left_after_the_last_wait_for_aws(
        self, container: Container, event: dict[str, Any]
    ) -> None:
        """To say what was wrong."""
        invoke(event, 300)

        assert container.patience.seconds == [299]

    def test_a_run_holds_the_lease_until_lambda_ends_it(self, container: Container) -> None:
        """Under the id of the invocation, by which its log is found."""
        invocation = Invocation("exporter", 300)
        leases = []
        acquire = container.checkpoints.acquire

        def noted(owner: str, **times: Any) -> object:  # noqa: ANN401 - as the store has them
            leases.append((owner, times["until"]))
            return acquire(owner, **times)

        container.checkpoints.acquire = noted  # type: ignore[assignment, method-assign]
        now = container.harness.clock.now()
        handler.handler({}, invocation)  # type: ignore[arg-type]

        assert leases == [(invocation.aws_request_id, now + 5 * MINUTE)]


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of the function; nobody listens where its AWS is."""
    for name, value in {**ENVIRONMENT, **NOBODYS_AWS}.items():
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
        assert made.settings.tenant == "acme"
        assert made.secret.name == "secret"

    @pytest.mark.parametrize("name", ["TENANT", "SERVICE_KEY_SECRET", "CHECKPOINT_TABLE"])
    def test_a_wrong_setting_is_named_by_each_invocation(
        self, real: pytest.MonkeyPatch, name: str
    ) -> None:
        """And a container that could not be made is not kept."""
        real.delenv(name)
        for _ in range(2):
            with pytest.raises(SettingsError, match=name):
                invoke({})
        real.setenv(name, "there")

        assert handler._container().settings.tenant

    def test_without_a_key_a_seal_is_stored_as_it_is(self) -> None:
        """To sign is a choice."""
        assert handler._container().stored(b"{}") == b"{}"

    def test_with_a_key_a_seal_is_signed_with_it(self, real: pytest.MonkeyPatch) -> None:
        """By KMS, whose client waits no longer than all others."""
        real.setenv("SEAL_KEY", "arn:aws:kms:eu-central-1:000000000000:key/k")
        watched: list[str] = []
        container = handler._container()
        real.setattr(container.patience, "watch", lambda it: watched.append(it.meta.service_model))

        signed = container.stored

        assert signed.__name__ == "signed"
        assert [model.service_name for model in watched] == ["kms"]  # type: ignore[attr-defined]


class TestSecrets:
    """Whatever becomes of the key, nothing of it is logged or raised."""

    @pytest.fixture
    def opened(
        self, real: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> Callable[[MemorySecret, ScriptedExchange], str]:
        """Opens the tenant with a key; all that is seen of it."""

        def opened(secret: MemorySecret, exchange: ScriptedExchange) -> str:
            container = handler._container()
            container.secret = secret  # type: ignore[assignment]
            real.setattr(handler, "https", exchange.connected)
            real.setattr(
                handler,
                "open_token_source",
                partial(open_token_source, connect=exchange.connected, cache=TokenCache()),
            )
            deadline = Deadline.after(ManualClock(SystemClock().now()), MINUTE)
            with (
                caplog.at_level(logging.DEBUG),
                pytest.raises(ExportError) as caught,
                container.connect(deadline) as tenant,
            ):
                tenant.api.open()
            written = all_that_shows(caught.value) + caplog.text
            assert leaks(written, key_material(secret.text), [keys.CLIENT_SECRET]) == []
            return written

        return opened

    def test_a_damaged_key_is_refused_by_the_name_of_its_member(
        self, opened: Callable[[MemorySecret, ScriptedExchange], str]
    ) -> None:
        """Nobody is asked."""
        other = keys.client("other").key_pem()
        text = keys.service_key_text(keys.certificate_members(key=other))
        exchange = ScriptedExchange([json_answer(500)])

        assert "member 'key'" in opened(MemorySecret(text), exchange)
        assert exchange.asked == []

    def test_a_server_that_refuses_a_key_may_echo_it(
        self, opened: Callable[[MemorySecret, ScriptedExchange], str]
    ) -> None:
        """The error says who refuses it."""
        echo = json_answer(401, error="invalid_client", error_description=keys.CLIENT_SECRET)
        text = keys.service_key_text(keys.secret_members())

        written = opened(MemorySecret(text), ScriptedExchange([echo]))

        assert KeyRefusedError.__name__ in written

    def test_what_an_operator_should_know_is_warned_of_though_it_fails(
        self, opened: Callable[[MemorySecret, ScriptedExchange], str]
    ) -> None:
        """Such as a key that holds more than its kind has."""
        text = keys.service_key_text(keys.certificate_members(clientsecret=keys.CLIENT_SECRET))

        written = opened(MemorySecret(text), ScriptedExchange([json_answer(401)]))

        assert KeyRefusedError.__name__ in written
        assert "a certificate and a secret; the certificate is used" in written


def test_importing_does_no_io() -> None:
    """It is done before the first invocation, without a setting, and its time is paid for."""
    assert effects_of_importing("mpl_export.exporter.handler") == ""
