"""What is deployed: looked at once an hour, stored when it has changed, and no run fails by it."""

import logging
from collections.abc import Callable
from contextlib import suppress

import pytest

from mpl_export.archive.snapshots import Snapshot, snapshot_in
from mpl_export.errors import AwsRefusedError
from mpl_export.exporter.report import Artifacts, Report
from operate.sap_tenant import Fault
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, MINUTE


def seen(report: Report) -> Artifacts:
    """What the run's look found."""
    assert report.artifacts is not None
    return report.artifacts


def snapshots(harness: Harness) -> dict[str, Snapshot]:
    """What is stored, in order."""
    return {
        key: snapshot_in(body)
        for key, body in sorted(harness.objects.held.items())
        if key.startswith("artifacts/")
    }


def shown(snapshot: Snapshot) -> list[tuple[str, str | None, str | None]]:
    """What a snapshot says of each artifact."""
    return [(each.id, each.version, each.status) for each in snapshot.artifacts]


def test_the_first_look_stores_all_that_is_deployed(harness: Harness) -> None:
    """Whole, in the order of the ids, with when it was deployed and why it did not start."""
    harness.tenant.artifacts.deploy("Stock", "2.0", error=("Script 'a' not found",))
    harness.tenant.artifacts.deploy("Order_to_Cash", "1.0.7")

    found = seen(harness.run())

    [(key, snapshot)] = snapshots(harness).items()
    assert key == found.stored == "artifacts/v1/tenant=demo/dt=2026-11-22/1200Z.jsonl.gz"
    assert (found.read, found.failed, found.uncovered) == (2, "", False)
    assert (snapshot.read_at, snapshot.previous) == (NOON, None)
    assert [each.as_json() for each in snapshot.artifacts] == [
        {
            "Id": "Order_to_Cash",
            "Version": "1.0.7",
            "Name": "Order to Cash",
            "Type": "INTEGRATION_FLOW",
            "DeployedOn": "2026-11-22T12:00:00.000Z",
            "Status": "STARTED",
        },
        {
            "Id": "Stock",
            "Version": "2.0",
            "Name": "Stock",
            "Type": "INTEGRATION_FLOW",
            "DeployedOn": "2026-11-22T12:00:00.000Z",
            "Status": "ERROR",
            "ErrorText": "GenerationFailed\nScript 'a' not found",
        },
    ]


def test_it_is_one_request_an_hour(harness: Harness) -> None:
    """By the first run of an hour; nothing is stored while nothing changes."""
    harness.tenant.artifacts.deploy("Stock", error=("why",))
    harness.run()
    harness.later()
    asked = len(harness.tenant.requests)
    looks = []
    for _ in range(24):
        looks.append(harness.run().artifacts is not None)
        harness.later()

    targets = [each.target for each in list(harness.tenant.requests)[asked:]]
    assert [number for number, one in enumerate(looks) if one] == [11, 23]
    assert sum("IntegrationRuntimeArtifacts" in target for target in targets) == 2
    assert len(snapshots(harness)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda harness: harness.tenant.artifacts.set_status("Stock", "STOPPED"),
        lambda harness: harness.tenant.artifacts.deploy("Stock", "1.0.1"),
        lambda harness: harness.tenant.artifacts.deploy("Stock"),
        lambda harness: harness.tenant.artifacts.deploy("Another"),
        lambda harness: harness.tenant.artifacts.undeploy("Stock"),
    ],
    ids=["stopped", "another version", "deployed again", "another flow", "gone"],
)
def test_what_has_changed_is_stored(harness: Harness, change: Callable[[Harness], None]) -> None:
    """The whole list again, with the name of the one before."""
    harness.tenant.artifacts.deploy("Stock")
    first = seen(harness.run()).stored
    harness.later(HOUR)
    change(harness)

    second = seen(harness.run()).stored

    assert second == "artifacts/v1/tenant=demo/dt=2026-11-22/1300Z.jsonl.gz"
    assert snapshots(harness)[second].previous == first


def test_who_deployed_is_kept_only_if_asked_for(harness: Harness) -> None:
    """It may be a person's name."""
    harness.tenant.artifacts.deploy("Stock", by="jane.doe@example.com")
    harness.run()
    assert not any(b"jane" in repr(each).encode() for each in snapshots(harness).values())

    harness.environment["RUNTIME_ARTIFACTS"] = "with-deployer"
    harness.later(HOUR)
    harness.run()

    [_, after] = snapshots(harness).values()
    assert after.artifacts[0].deployed_by == "jane.doe@example.com"


def test_it_can_be_switched_off(harness: Harness) -> None:
    """Then nothing is asked."""
    harness.environment["RUNTIME_ARTIFACTS"] = "off"

    assert harness.run().artifacts is None
    assert not any("Runtime" in each.target for each in harness.tenant.requests)


def test_no_texts_are_asked_for_where_texts_are_off(harness: Harness) -> None:
    """As for the error texts of messages."""
    harness.environment["ERROR_TEXT"] = "off"
    harness.tenant.artifacts.deploy("Stock", error=("why",))
    harness.run()

    [snapshot] = snapshots(harness).values()
    assert snapshot.artifacts[0].error_text is None


class TestFailing:
    """Nothing else suffers."""

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "status": 500},
            {"kind": "truncated_json"},
            {"kind": "login_page"},
            {"kind": "empty_page"},
            {"kind": "status", "status": 404},
        ],
        ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
    )
    def test_what_cannot_be_read_is_told_and_stores_nothing(
        self, harness: Harness, fault: dict[str, object]
    ) -> None:
        """Half a list would say that the other half is gone.  The next hour tries again."""
        harness.tenant.artifacts.deploy("Stock")
        harness.tenant.add(log_end=NOON - HOUR)
        mended = harness.tenant.faults.add(
            Fault(times=None, match="IntegrationRuntime", **fault)  # type: ignore[arg-type]
        )

        report = harness.run()

        assert report.caught_up
        assert report.sweep is not None
        assert seen(report).failed
        assert snapshots(harness) == {}
        harness.tenant.faults.remove(mended)
        harness.later()
        assert harness.run().artifacts is None
        harness.later(HOUR)
        assert seen(harness.run()).stored

    def test_a_missing_role_is_said_once(
        self, harness: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        """With the one that would do, in the log and in the report; when it is there, all is well.

        When it is lost again, that is said again.
        """
        caplog.set_level(logging.WARNING)
        harness.tenant.artifacts.closed = True
        said = []
        for closed in (True, True, False, True):
            harness.tenant.artifacts.closed = closed
            found = seen(harness.run())
            assert found.uncovered is closed
            said.append("MonitoringDataRead" in found.failed)
            harness.later(HOUR)

        assert said == [True, False, False, True]
        assert caplog.text.count("MonitoringDataRead") == 2
        assert seen(harness.run()).as_json() == {
            "read": None,
            "stored": None,
            "role_missing": True,
        }

    def test_a_text_that_cannot_be_had_holds_nothing_up(self, harness: Harness) -> None:
        """The snapshot is stored without."""
        harness.tenant.artifacts.deploy("Stock", error=("why",))
        harness.tenant.faults.add(
            Fault(kind="status", status=503, times=None, match="Artifacts('Stock')")
        )

        assert seen(harness.run()).failed == ""
        [snapshot] = snapshots(harness).values()
        assert snapshot.artifacts[0].error_text is None

    def test_an_archive_that_refuses_is_told(self, harness: Harness) -> None:
        """A bucket's policy of before may not let it in."""
        harness.tenant.add(log_end=NOON - HOUR)

        def refuse(key: str) -> None:
            if key.startswith("artifacts/"):
                raise AwsRefusedError("write", key, "AccessDenied", "see the role")

        harness.objects.before_put = refuse
        report = harness.run()

        assert "AccessDenied" in seen(report).failed
        assert report.caught_up

    def test_something_else_in_its_place_is_told(self, harness: Harness) -> None:
        """An object that this export did not write."""
        key = "artifacts/v1/tenant=demo/dt=2026-11-22/1200Z.jsonl.gz"
        harness.objects.held[key] = b"something else"

        assert key in seen(harness.run()).failed

    def test_a_run_without_time_leaves_it_to_the_next(self, harness: Harness) -> None:
        """It is not noted as done."""
        harness.limit = MINUTE / 3
        assert harness.run().artifacts is None

        harness.limit = 15 * MINUTE
        harness.later()
        assert seen(harness.run()).stored


class TestKilled:
    """No change is lost, and none is stored twice, wherever a run is killed."""

    def test_at_every_effect(self) -> None:
        """Between put and commit, too: what was stored is found by writing in its place."""
        effects, left = 1, 0
        while left <= effects:
            harness = Harness()
            harness.tenant.artifacts.deploy("Stock")
            harness.run()
            harness.later(HOUR)
            harness.tenant.artifacts.set_status("Stock", "STOPPED")
            life = Life(left)
            with suppress(Killed):
                harness.prepared(life).scheduled()
            effects = max(effects, len(life.effects) + 1)
            harness.later(20 * MINUTE)
            harness.run()

            found = list(snapshots(harness).items())
            assert [shown(each) for _, each in found] == [
                [("Stock", "1.0.0", "STARTED")],
                [("Stock", "1.0.0", "STOPPED")],
            ], f"killed after {left} effects"
            assert found[1][1].previous == found[0][0]
            left += 1
        assert effects > 10

    def test_what_changed_since_is_stored_behind(self) -> None:
        """One that was put and not noted stays in the chain, also if all is as it was by then."""
        for after in ("STOPPED", "STARTED", "ERROR"):
            harness = Harness()
            harness.tenant.artifacts.deploy("Stock")
            harness.run()
            harness.later(HOUR)
            harness.tenant.artifacts.set_status("Stock", "STOPPED")
            _killed_at(harness, "acknowledge artifacts/")
            harness.later(20 * MINUTE)
            harness.tenant.artifacts.set_status("Stock", after)
            harness.run()

            chain = list(snapshots(harness).items())
            assert chain[1][1].artifacts[0].status == "STOPPED"
            assert chain[-1][1].artifacts[0].status == after
            assert [each.previous for _, each in chain] == [None, *[key for key, _ in chain[:-1]]]

    def test_two_changes_within_a_minute_have_two_keys(self, harness: Harness) -> None:
        """Also by a clock that was put back."""
        harness.run()
        harness.later(HOUR)
        harness.tenant.artifacts.deploy("Stock")
        harness.run()
        known = harness.checkpoints.checkpoint.artifacts
        harness.clock.turn(-2 * HOUR)
        harness.checkpoints._set(artifacts=type(known)(key=known.key, digest=known.digest))
        harness.tenant.artifacts.deploy("Another")

        stored = seen(harness.run()).stored

        assert stored == "artifacts/v1/tenant=demo/dt=2026-11-22/1301Z.jsonl.gz"


def _killed_at(harness: Harness, effect: str) -> None:
    """A run that is killed right before it has this effect."""

    class Doomed(Life):
        def effect(self, name: str) -> None:
            if name.startswith(effect):
                self.left = 0
            super().effect(name)

    with pytest.raises(Killed):
        harness.prepared(Doomed()).scheduled()


def test_what_is_masked_is_not_stored(harness: Harness) -> None:
    """Why something did not start is an error text like those of messages."""
    harness.put_rules('[[mask]]\nname = "secret"\npattern = "hunter2"\n')
    harness.tenant.artifacts.deploy("Stock", error=("the password hunter2 is wrong",))
    harness.run()

    [snapshot] = snapshots(harness).values()
    text = snapshot.artifacts[0].error_text
    assert text is not None
    assert "the password" in text
    assert "hunter2" not in text
