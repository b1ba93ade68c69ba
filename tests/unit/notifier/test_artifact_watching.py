"""What is deployed: who stopped, failed to start or runs again is told, once, whatever happens."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mpl_export.artifacts import Artifact
from mpl_export.errors import AwsUnavailableError, ConfigurationError
from mpl_export.notifier.artifact_event import DETAIL_TYPES
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import Harness, Held
from tests.unit.samples import DAY, HOUR, MINUTE

EVENTS = Path(__file__).parents[3] / "events"


def flow(name: str = "Stock", version: str = "1.0.0", **members: Any) -> Artifact:  # noqa: ANN401 - any member
    """A flow that runs."""
    return replace(
        Artifact(
            id=name,
            version=version,
            name=name.replace("_", " "),
            type="INTEGRATION_FLOW",
            deployed=NOON - DAY,
            status="STARTED",
        ),
        **members,
    )


STOPPED: dict[str, Any] = {"status": "STOPPED"}
STARTING: dict[str, Any] = {"status": "STARTING"}
FAILED: dict[str, Any] = {
    "status": "ERROR",
    "version": "1.0.1",
    "deployed": NOON + 5 * MINUTE,
    "error_text": "GenerationFailed\nScript file 'a.groovy' not found",
}


class Hours:
    """The snapshots of one tenant, hour by hour.

    Attributes:
        last: The key of the last one.
    """

    def __init__(self, **environment: str) -> None:
        self.harness = Harness(environment=environment)
        self.last: str | None = None

    def store(self, *artifacts: Artifact) -> str:
        """An hour later these are deployed, and nobody has been told."""
        self.harness.clock.turn(HOUR)
        self.last = self.harness.snapshot(*artifacts, previous=self.last)
        return self.last

    def look(self, *keys: str) -> list[str]:
        """What the queue delivers."""
        return self.harness.notifier().look(keys)

    def pass_by(self, *artifacts: Artifact) -> tuple[list[str], list[str]]:
        """An hour later these are deployed; the new events, and the new subjects."""
        events, digests = len(self.harness.detail_types), len(self.harness.digests)
        assert self.look(self.store(*artifacts)) == []
        return self.harness.detail_types[events:], self.harness.told()[digests:]


@pytest.fixture
def hours() -> Hours:
    """A tenant of which nothing is known."""
    return Hours()


class TestWhatIsTold:
    """Once, and once more when it is over."""

    def test_what_runs_is_no_news(self, hours: Hours) -> None:
        """Neither at the first look nor later."""
        assert hours.pass_by(flow()) == ([], [])
        assert hours.pass_by(flow()) == ([], [])

    @pytest.mark.parametrize(
        ("after", "subject"),
        [
            ((flow(**STOPPED),), "[demo] STOPPED: Stock"),
            ((), "[demo] UNDEPLOYED: Stock"),
        ],
        ids=["stopped", "undeployed"],
    )
    def test_a_flow_that_stopped_is_told_once(
        self, hours: Hours, after: tuple[Artifact, ...], subject: str
    ) -> None:
        """And again when it runs, but not while it stays so, however the list changes."""
        hours.pass_by(flow(), flow("Another"))

        assert hours.pass_by(*after, flow("Another")) == (["Flow Stopped"], [subject])
        assert hours.pass_by(*after, flow("Another", "2.0")) == (["Flow Deployed"], [])
        types, told = hours.pass_by(flow(), flow("Another", "2.0"))
        assert "Flow Started" in types
        assert told == ["[demo] RUNS AGAIN: Stock"]
        assert hours.pass_by(flow(), flow("Another", "2.1"))[1] == []
        assert hours.pass_by(*after, flow("Another", "2.1"))[1] == [subject]

    def test_a_flow_that_failed_to_start_is_told_with_why(self, hours: Hours) -> None:
        """The last line of what the tenant says, which says which thing is wrong."""
        hours.pass_by(flow())

        types, told = hours.pass_by(flow(**FAILED))

        assert types == ["Flow Deployed", "Flow Failed To Start"]
        assert told == ["[demo] FAILED TO START: Stock 1.0.1 - Script file 'a.groovy' not found"]

    def test_a_new_attempt_that_fails_is_told_again(self, hours: Hours) -> None:
        """Somebody tried to mend it; the same failure an hour later is no news."""
        hours.pass_by(flow())
        hours.pass_by(flow(**FAILED))
        again = {**FAILED, "version": "1.0.2", "deployed": NOON + HOUR}

        assert hours.pass_by(flow(**FAILED), flow("Another")) == (["Flow Deployed"], [])
        assert len(hours.pass_by(flow(**again), flow("Another"))[1]) == 1

    @pytest.mark.parametrize("trouble", [STOPPED, FAILED], ids=["stopped", "failed"])
    def test_what_is_being_started_hides_neither_end(
        self, hours: Hours, trouble: dict[str, Any]
    ) -> None:
        """A snapshot may show it on its way."""
        hours.pass_by(flow())
        assert hours.pass_by(flow(**STARTING)) == ([], [])
        assert len(hours.pass_by(flow(**trouble))[1]) == 1
        assert hours.pass_by(flow(**{**trouble, **STARTING}))[1] == []
        assert hours.pass_by(flow(**{**trouble, "status": "STARTED"}))[1] == [
            "[demo] RUNS AGAIN: Stock"
        ]

    def test_a_status_that_nobody_knows_is_no_news(self, hours: Hours) -> None:
        """It may mean anything."""
        hours.pass_by(flow())

        assert hours.pass_by(flow(status="SUSPENDED")) == ([], [])
        assert hours.pass_by(flow(status=None)) == ([], [])

    def test_the_first_look_tells_what_does_not_run(self, hours: Hours) -> None:
        """Nobody may have noticed for years.  What is deployed by then is not new."""
        types, told = hours.pass_by(flow(**FAILED), flow("Old", **STOPPED), flow("Good"))

        assert types == ["Flow Failed To Start", "Flow Stopped"]
        assert told == ["[demo] 1 failed to start, 1 stopped: Stock, Old"]
        [(_, digest)] = hours.harness.digests
        assert "At the first look at what is deployed" in digest.body

    def test_a_deployment_is_an_event_and_no_mail(self, hours: Hours) -> None:
        """People deploy all day; what comes of it is told."""
        hours.pass_by(flow())

        assert hours.pass_by(flow(version="1.1"), flow("New")) == (["Flow Deployed"] * 2, [])
        assert hours.pass_by(flow(version="1.1", deployed=NOON), flow("New")) == (
            ["Flow Deployed"],
            [],
        )
        # A date that the tenant does not show this time is none.
        assert hours.pass_by(flow(version="1.1", deployed=None), flow("New")) == ([], [])


class TestTheDigest:
    """What people read."""

    def test_golden(self, hours: Hours) -> None:
        """Word by word, for a person to judge."""
        hours.pass_by(flow("Order_to_Cash"), flow(), flow("Gone"))
        hours.pass_by(flow("Order_to_Cash", **STOPPED), flow(**FAILED))

        [(_, digest)] = hours.harness.digests
        assert digest.subject == "[demo] 1 failed to start, 2 stopped: Stock, Gone and 1 more"
        assert digest.body == (
            "3 flows of tenant demo: 1 failed to start, 2 stopped.\n"
            "Seen at 2026-11-22 14:00:00Z; what is deployed is looked at once an hour.\n"
            "\n"
            "1. Stock: failed to start\n"
            "   Version   1.0.1, deployed at 2026-11-22 12:05:00Z, before 1.0.0\n"
            "   Status    ERROR, before STARTED\n"
            "   Error     GenerationFailed Script file 'a.groovy' not found\n"
            "\n"
            "2. Gone: was undeployed\n"
            "   Version   1.0.0, deployed at 2026-11-21 12:00:00Z\n"
            "\n"
            "3. Order to Cash: stopped\n"
            "   Artifact  Order_to_Cash\n"
            "   Version   1.0.0, deployed at 2026-11-21 12:00:00Z\n"
            "   Status    STOPPED, before STARTED\n"
            "\n"
            "Each is told once, and once more when it runs again. See docs/flows.md.\n"
        )
        assert {name: digest.attributes[name] for name in ("kind", "severity", "artifact")} == {
            "kind": "artifacts",
            "severity": "failed-to-start",
            "artifact": ["Stock", "Gone", "Order_to_Cash"],
        }

    def test_runs_again(self, hours: Hours) -> None:
        """With since when it was down."""
        hours.pass_by(flow())
        hours.pass_by()
        hours.pass_by(flow(version="1.0.1", deployed=NOON + HOUR))

        assert "1. Stock: runs again\n   Version   1.0.1, deployed at 2026-11-22 13:00:00Z\n" in (
            hours.harness.digests[-1][1].body
        )
        assert "Down      since 2026-11-22 14:00:00Z at the latest" in (
            hours.harness.digests[-1][1].body
        )

    def test_a_tenant_that_is_down_is_one_digest(self, hours: Hours) -> None:
        """Of readable length: some in detail, more by name, the others counted."""
        flows = [flow(f"Flow_{number:03}") for number in range(200)]
        hours.pass_by(*flows)

        types, [subject] = hours.pass_by(*(replace(each, status="STOPPED") for each in flows))

        assert types == ["Flow Stopped"] * 200
        assert subject == "[demo] 200 stopped: Flow 000, Flow 001 and 198 more"
        body = hours.harness.digests[-1][1].body
        assert "20. Flow 019: stopped" in body
        assert "   stopped  Flow 079\n   and 120 further ones" in body
        assert len(body) < 8_000

    def test_texts_are_left_out_where_texts_are_off(self) -> None:
        """As of failed messages."""
        hours = Hours(ALERT_ERROR_TEXT="off")
        hours.pass_by(flow())
        _, told = hours.pass_by(flow(**FAILED))

        assert told == ["[demo] FAILED TO START: Stock 1.0.1"]
        assert "groovy" not in hours.harness.digests[-1][1].body
        assert hours.harness.events[-1]["errorText"] is None


class TestRules:
    """The rules' teams and masks hold here, too."""

    def test_each_team_gets_its_own(self, hours: Hours) -> None:
        """By artifact; what no rule names goes where such failures go."""
        hours.harness.put_rules('[[route]]\nartifact = "Stock*"\nteam = "logistics"\n')
        hours.pass_by(flow(), flow("Order_to_Cash"))
        hours.pass_by(flow(**STOPPED), flow("Order_to_Cash", **STOPPED))

        told = {str(d.attributes["team"]): d.subject for _, d in hours.harness.digests}
        assert told == {
            "logistics": "[demo] STOPPED: Stock",
            "unassigned": "[demo] STOPPED: Order to Cash",
        }
        assert {e["artifact"]["id"]: e["team"] for e in hours.harness.events} == {
            "Stock": ["logistics"],
            "Order_to_Cash": ["unassigned"],
        }

    def test_rules_that_cannot_be_read_tell_everybody_without_texts(self, hours: Hours) -> None:
        """Nobody knows what they mask."""
        hours.harness.put_rules('[[route]]\nartifact = "Stock"\nteam = "logistics"\n')
        hours.pass_by(flow())
        hours.harness.rules_down = ConfigurationError("the rules are damaged")
        hours.pass_by(flow(**FAILED))

        [(_, digest)] = hours.harness.digests
        assert digest.attributes["team"] == ["logistics", "unassigned"]
        assert "groovy" not in digest.body
        assert hours.harness.events[-1]["errorText"] is None


class TestEvents:
    """What other systems get."""

    @pytest.mark.parametrize("name", ["stopped", "failed-to-start", "started", "deployed"])
    def test_the_examples_are_what_is_sent(self, hours: Hours, name: str) -> None:
        """Member by member."""
        hours.pass_by(flow())
        hours.pass_by(flow(**FAILED))
        hours.pass_by(flow())
        hours.pass_by()
        example = json.loads((EVENTS / f"flow-{name}.json").read_text())
        kinds = {kind.replace(" ", "-"): kind for kind in DETAIL_TYPES}
        kinds["started"] = "runs again"
        at = hours.harness.detail_types.index(example["detail-type"])

        assert example["detail-type"] == DETAIL_TYPES[kinds[name]]
        assert example["source"] == "mpl-export"
        sent = hours.harness.events[at]
        assert shape(sent) == shape(example["detail"])

    def test_what_opens_an_incident_finds_what_ends_it(self, hours: Hours) -> None:
        """One signature for all of an artifact, another one for another."""
        hours.pass_by(flow(), flow("Another"))
        hours.pass_by(flow(**STOPPED), flow("Another", **STOPPED))
        hours.pass_by(flow(), flow("Another", **STOPPED))

        other, stopped, started = hours.harness.events
        assert stopped["signature"] == started["signature"] != other["signature"]
        assert started["downSince"] == "2026-11-22T14:00:00.000Z"


def shape(value: object) -> object:
    """The members of a detail, without their values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return None


class TestWhateverHappens:
    """Nothing is left out, and nothing told twice for no reason."""

    def test_a_snapshot_that_comes_again_is_told_once(self, hours: Hours) -> None:
        """A queue delivers at least once."""
        hours.pass_by(flow())
        key = hours.store(flow(**STOPPED))

        assert hours.look(key, key) == []
        assert hours.look(key) == []

        assert len(hours.harness.digests) == len(hours.harness.events) == 1

    def test_snapshots_in_another_order_are_judged_in_theirs(self, hours: Hours) -> None:
        """The one that is delivered first leads to those before it."""
        hours.pass_by(flow(), flow("Gone"))
        first = hours.store(flow(**STOPPED), flow("Gone"))
        second = hours.store(flow(**STOPPED))
        third = hours.store(flow())

        assert hours.look(third) == []
        assert hours.look(second, first) == []

        assert hours.harness.told() == [
            "[demo] STOPPED: Stock",
            "[demo] UNDEPLOYED: Gone",
            "[demo] RUNS AGAIN: Stock",
        ]

    def test_while_somebody_else_tells_it_waits(self, hours: Hours) -> None:
        """It is delivered again."""
        key = hours.store(flow(**STOPPED))
        hours.harness.store.turn = Held("another", hours.harness.clock.now() + MINUTE)

        assert hours.look(key) == [key]
        hours.harness.clock.turn(2 * MINUTE)
        assert hours.look(key) == []
        assert len(hours.harness.digests) == 1

    @pytest.mark.parametrize("what", ["down", "bus_down", "table_down", "parts_down"])
    def test_while_aws_fails_nothing_is_lost(self, hours: Hours, what: str) -> None:
        """The message comes again."""
        hours.pass_by(flow())
        key = hours.store(flow(**STOPPED))
        setattr(hours.harness, what, AwsUnavailableError("AWS is down"))
        with pytest.raises(AwsUnavailableError):
            hours.look(key)

        setattr(hours.harness, what, None)
        assert hours.look(key) == []
        assert hours.harness.told() == ["[demo] STOPPED: Stock"]

    def test_one_that_was_taken_away_is_done_without(self, hours: Hours) -> None:
        """What is deployed by then counts as known, and what stopped is told all the same."""
        hours.pass_by(flow())
        gone = hours.store(flow(), flow("New"))
        key = hours.store(flow(**STOPPED), flow("New"))
        del hours.harness.objects[gone]

        assert hours.look(key) == []
        assert hours.harness.told() == ["[demo] STOPPED: Stock"]

    def test_one_that_is_damaged_is_loud(self, hours: Hours) -> None:
        """Somebody wrote it; the message comes again until it is told."""
        key = hours.store(flow())
        hours.harness.objects[key] = b"something else"

        with pytest.raises(ConfigurationError, match="not what the export wrote"):
            hours.look(key)

    def test_killed_anywhere_it_is_told_at_least_once(self) -> None:
        """And twice only if it was killed between telling and noting it."""
        effects, left = 1, 0
        while left <= effects:
            hours = Hours()
            hours.pass_by(flow(), flow("Gone"))
            key = hours.store(flow(**FAILED))
            life = Life(left)
            with suppress(Killed):
                hours.harness.notifier(life).look([key])
            effects = max(effects, len(life.effects) + 1)
            hours.harness.clock.turn(HOUR)
            assert hours.look(key) == []
            hours.pass_by(flow())

            told = hours.harness.told()
            twice = "publish" in life.effects and "judged" not in life.effects[:-1]
            assert told[-1] == "[demo] RUNS AGAIN: Stock"
            assert 1 <= len(told[:-1]) <= 1 + twice, f"killed after {left} effects"
            assert told[0] == "[demo] 1 failed to start, 1 stopped: Stock, Gone"
            left += 1
        assert effects > 8
