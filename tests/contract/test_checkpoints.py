"""One suite for the table and for the checkpoint in memory: the fake cannot drift from DynamoDB."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from mpl_export.checkpoint import (
    MOST_STUCK,
    Checkpoint,
    Checkpoints,
    NotedArtifacts,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.errors import AwsRefusedError
from mpl_export.evidence import Evidence
from mpl_export.model import Walked
from operate.emulated.emulator import Emulator
from tests.support.exporter.fakes import MemoryCheckpoints
from tests.support.manual_clock import NOON
from tests.support.rights.noted_calls import stack_gives

MILLISECOND = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

WALKED = Walked(NOON, 11_500, 1)
PART = NotedPart(key="mpl/v1/tenant=demo/dt=2026-11-22/12Z-0000.jsonl.gz", at=NOON)
EVIDENCE = Evidence(
    day=NOON - 36 * HOUR,
    before=7,
    after=6,
    read=4,
    stepped_over=1,
    unreadable=2,
    ties_unresolved=3,
)
RECONCILE = Reconcile(
    since=NOON - 48 * HOUR,
    until=NOON + HOUR,
    reached=NOON,
    below=NOON - MINUTE,
    walked=Walked(NOON, 500, 3),
    not_before=NOON + MINUTE,
)

Make = Callable[[], Checkpoints]


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.emulator)])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes views of one new checkpoint, as two containers would have them."""
    if request.param == "memory":
        store = MemoryCheckpoints()
        return lambda: store
    aws: Emulator = request.getfixturevalue("aws")
    table: str = request.getfixturevalue("table")
    tenant = f"tenant-{uuid4()}"
    return lambda: view(aws, table, tenant)


def view(aws: Emulator, table: str, tenant: str) -> DynamoCheckpoints:
    """The checkpoint of a tenant in a table."""
    stack_gives(TENANT=tenant, CHECKPOINT_TABLE=table)
    return DynamoCheckpoints(aws.client("dynamodb"), table, tenant)


@pytest.fixture
def checkpoints(make: Make) -> Checkpoints:
    """A new checkpoint."""
    return make()


def take(checkpoints: Checkpoints, owner: str, *, at: timedelta = timedelta(0)) -> bool:
    """Try to take the lease for ten minutes; whether it was held within the block."""
    with checkpoints.lease(
        owner, now=NOON + at, until=NOON + at + 10 * MINUTE, start_from=NOON - HOUR
    ) as lease:
        return lease.held


class TestPosition:
    """How far the export got."""

    def test_before_the_first_run_nothing_is_known(self, checkpoints: Checkpoints) -> None:
        """Not an error: somebody has to be first."""
        assert checkpoints.read() == Checkpoint()

    def test_what_is_committed_is_read(self, make: Make) -> None:
        """By the next container too, to the millisecond."""
        make().commit(NOON + MILLISECOND, NOON + MINUTE, at=NOON)

        known = make().read()
        assert (known.position, known.reached) == (NOON + MILLISECOND, NOON + MINUTE)

    def test_a_stale_run_cannot_pull_the_position_back(self, checkpoints: Checkpoints) -> None:
        """What it says is still true, but its successor has already said more."""
        checkpoints.commit(NOON + 2 * HOUR, NOON + 2 * HOUR, at=NOON)

        checkpoints.commit(NOON + HOUR, NOON + 3 * HOUR, at=NOON)
        checkpoints.commit(NOON + 2 * HOUR, NOON + HOUR, at=NOON)
        checkpoints.commit(NOON + 2 * HOUR, NOON + 2 * HOUR, at=NOON + MINUTE)

        known = checkpoints.read()
        assert (known.position, known.reached) == (NOON + 2 * HOUR, NOON + 2 * HOUR)
        assert known.progressed == NOON

    def test_what_is_reached_grows_while_the_position_waits(self, checkpoints: Checkpoints) -> None:
        """Within the overlap the position stands, and the lag is told by what is reached."""
        checkpoints.commit(NOON, NOON, at=NOON)
        checkpoints.commit(NOON, NOON + MINUTE, at=NOON + HOUR)

        known = checkpoints.read()
        assert (known.position, known.reached) == (NOON, NOON + MINUTE)
        assert known.progressed == NOON + HOUR

    def test_a_commit_needs_no_lease(self, make: Make) -> None:
        """A run whose lease is over has stored what it has stored."""
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON):
            make().commit(NOON, NOON, at=NOON)

        assert make().read().position == NOON

    def test_of_many_commits_at_once_the_furthest_stays(self, make: Make) -> None:
        """Whatever the order in which they arrive."""
        committers = [make() for _ in range(8)]
        start = threading.Barrier(len(committers), timeout=30)

        def commit(number: int) -> None:
            start.wait()
            for step in range(6):
                at = NOON + (step * len(committers) + number) * MINUTE
                committers[number].commit(at, at, at=NOON)

        with ThreadPoolExecutor(len(committers)) as pool:
            list(pool.map(commit, range(len(committers))))

        assert committers[0].read().position == NOON + 47 * MINUTE


class TestLease:
    """The right to run until an instant."""

    def test_it_is_held_by_one(self, make: Make) -> None:
        """The other run is told, and gets what is known to report by."""
        make().commit(NOON, NOON, at=NOON)
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON - HOUR) as first:
            assert first.held
            with make().lease("b", now=NOON, until=NOON + HOUR, start_from=NOON) as second:
                assert not second.held
                assert second.checkpoint == make().read() == first.checkpoint

    def test_it_is_given_back_at_the_end(self, make: Make) -> None:
        """The next run does not wait for the time that was left."""
        assert take(make(), "a")
        assert take(make(), "b")

    def test_it_is_given_back_after_an_error(self, make: Make) -> None:
        """The next run is the retry."""
        with (
            pytest.raises(KeyError),
            make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON),
        ):
            raise KeyError

        assert take(make(), "b")

    @pytest.mark.parametrize(
        ("after", "held"),
        [(10 * MINUTE - MILLISECOND, False), (10 * MINUTE, True), (11 * MINUTE, True)],
    )
    def test_it_ends_by_itself(
        self,
        make: Make,
        after: timedelta,
        held: bool,  # noqa: FBT001
    ) -> None:
        """A run that was killed keeps nobody waiting longer than it could have run."""
        killed = make().lease("a", now=NOON, until=NOON + 10 * MINUTE, start_from=NOON)
        killed.__enter__()

        assert take(make(), "b", at=after) is held

    def test_a_run_that_lambda_begins_twice_is_one_owner(self, make: Make) -> None:
        """The SDK's repeated request and Lambda's repeated event bear the same id."""
        first = make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON)
        first.__enter__()

        assert take(make(), "a")

    def test_a_late_end_does_not_take_it_from_the_next(self, make: Make) -> None:
        """A run that outlived its lease gives back what is no longer its own: nothing."""
        slow = make().lease("a", now=NOON, until=NOON + MINUTE, start_from=NOON)
        slow.__enter__()
        with make().lease("b", now=NOON + HOUR, until=NOON + 2 * HOUR, start_from=NOON) as lease:
            assert lease.held
            slow.__exit__(None, None, None)

            assert not take(make(), "c", at=HOUR)

    def test_one_who_did_not_get_it_does_not_give_it_back(self, make: Make) -> None:
        """Its end is not the holder's end."""
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON):
            assert not take(make(), "b")
            assert not take(make(), "c")

    def test_of_many_who_reach_for_it_one_gets_it(self, make: Make) -> None:
        """Schedules fire twice, and people invoke by hand."""
        runs = [make() for _ in range(8)]
        for attempt in range(4):
            start = threading.Barrier(len(runs), timeout=30)
            done = threading.Barrier(len(runs), timeout=30)

            def run(
                number: int,
                attempt: int = attempt,
                start: threading.Barrier = start,
                done: threading.Barrier = done,
            ) -> bool:
                start.wait()
                with runs[number].lease(
                    f"{attempt}-{number}", now=NOON, until=NOON + HOUR, start_from=NOON
                ) as lease:
                    done.wait()  # all have tried before the holder gives it back
                    return lease.held

            with ThreadPoolExecutor(len(runs)) as pool:
                assert list(pool.map(run, range(len(runs)))).count(True) == 1


class TestFirstRun:
    """What is resolved once and for all."""

    def test_the_first_run_settles_where_the_export_begins(self, make: Make) -> None:
        """``P30D`` is thirty days before it, and not before each run anew."""
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON - HOUR) as first:
            assert first.checkpoint.start_from == NOON - HOUR
            assert first.checkpoint.first_run == NOON

        with make().lease("b", now=NOON + HOUR, until=NOON + 2 * HOUR, start_from=NOON) as second:
            assert second.checkpoint.start_from == NOON - HOUR
            assert second.checkpoint.first_run == NOON

    def test_a_run_that_did_not_get_the_lease_settles_nothing(self, make: Make) -> None:
        """It does not run."""
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON - HOUR):
            with make().lease("b", now=NOON + MINUTE, until=NOON + HOUR, start_from=NOON):
                pass
            assert make().read().start_from == NOON - HOUR

    def test_the_end_of_a_run_forgets_nothing(self, make: Make) -> None:
        """Only the lease is given back."""
        with make().lease("a", now=NOON, until=NOON + HOUR, start_from=NOON - HOUR):
            make().commit(NOON, NOON + MINUTE, at=NOON)
            make().note_success(NOON + MINUTE, caught_up=True)
            make().note_sweep(NOON)
            make().note_stuck(NOON)
            make().note_walked(WALKED, at=NOON + 2 * MINUTE)
            make().note_reconcile(RECONCILE)
            make().note_part(PART)
            make().note_evidence(EVIDENCE)

        assert make().read() == Checkpoint(
            position=NOON,
            reached=NOON + MINUTE,
            progressed=NOON + 2 * MINUTE,
            start_from=NOON - HOUR,
            first_run=NOON,
            first_success=NOON + MINUTE,
            caught_up=NOON + MINUTE,
            swept=NOON,
            stuck=frozenset({NOON}),
            walked=WALKED,
            reconcile=RECONCILE,
            part=PART,
            evidence=EVIDENCE,
        )


class TestNotes:
    """What a run leaves for the next one."""

    def test_the_hour_of_a_sweep_never_falls(self, checkpoints: Checkpoints) -> None:
        """A run that began before the hour may end after it."""
        checkpoints.note_sweep(NOON)
        checkpoints.note_sweep(NOON - HOUR)

        assert checkpoints.read().swept == NOON

    def test_what_a_sweep_found_is_that_of_the_last_one(self, checkpoints: Checkpoints) -> None:
        """One that could not be read whole says nothing, and hides what was known before."""
        found = OpenNoted(count=2, since=NOON - HOUR)
        checkpoints.note_sweep(NOON, found)
        assert checkpoints.read().open == found
        checkpoints.note_sweep(NOON - HOUR, OpenNoted(count=9, since=None))
        assert checkpoints.read().open == found

        checkpoints.note_sweep(NOON + HOUR, OpenNoted(count=0, since=None))
        assert checkpoints.read().open == OpenNoted(count=0, since=None)
        checkpoints.note_sweep(NOON + 2 * HOUR)
        assert checkpoints.read().open is None

    def test_places_that_are_stuck_add_up(self, checkpoints: Checkpoints) -> None:
        """To note one must not forget another, or two of them would take turns for ever."""
        for number in (0, 1, 7000, 0):
            checkpoints.note_stuck(NOON + number * MILLISECOND)

        assert checkpoints.read().stuck == {NOON + n * MILLISECOND for n in (0, 1, 7000)}

    def test_places_behind_the_position_are_forgotten(self, checkpoints: Checkpoints) -> None:
        """By the commit that leaves them behind."""
        for number in (0, 1):
            checkpoints.note_stuck(NOON + number * MINUTE)
        checkpoints.commit(NOON + MINUTE, NOON + MINUTE, at=NOON, passed={NOON})

        assert checkpoints.read().stuck == {NOON + MINUTE}
        checkpoints.commit(NOON + HOUR, NOON + HOUR, at=NOON, passed={NOON + MINUTE})
        assert checkpoints.read().stuck == frozenset()

    def test_a_stale_commit_forgets_no_place(self, checkpoints: Checkpoints) -> None:
        """It changes nothing at all."""
        checkpoints.commit(NOON, NOON, at=NOON)
        checkpoints.note_stuck(NOON + MINUTE)
        checkpoints.commit(NOON - HOUR, NOON - HOUR, at=NOON, passed={NOON + MINUTE})

        assert checkpoints.read().stuck == {NOON + MINUTE}

    def test_the_places_are_bounded(self, checkpoints: Checkpoints) -> None:
        """An item of DynamoDB is, too; so many of them are an outage."""
        for number in range(MOST_STUCK + 2):
            checkpoints.note_stuck(NOON + number * MINUTE)

        assert checkpoints.read().stuck == {NOON + n * MINUTE for n in range(MOST_STUCK)}

    def test_the_first_success_stays(self, checkpoints: Checkpoints) -> None:
        """So does the end of the first catch-up, which may come later."""
        checkpoints.note_success(NOON, caught_up=False)
        assert checkpoints.read().caught_up is None
        checkpoints.note_success(NOON + MINUTE, caught_up=True)
        checkpoints.note_success(NOON + HOUR, caught_up=True)

        known = checkpoints.read()
        assert (known.first_success, known.caught_up) == (NOON, NOON + MINUTE)

    def test_a_walk_is_gone_on_with_until_it_lies_behind(self, checkpoints: Checkpoints) -> None:
        """By the next run, which may be in another container."""
        checkpoints.note_walked(WALKED, at=NOON + MINUTE)
        known = checkpoints.read()
        assert (known.walked, known.progressed) == (WALKED, NOON + MINUTE)

        checkpoints.note_walked(None, at=NOON + HOUR)
        known = checkpoints.read()
        assert (known.walked, known.progressed) == (None, NOON + MINUTE)

    def test_a_reconcile_gets_further_and_not_back(self, checkpoints: Checkpoints) -> None:
        """A run that outlived its lease may still say something."""
        checkpoints.note_reconcile(RECONCILE)
        checkpoints.note_reconcile(replace(RECONCILE, reached=NOON - MINUTE, walked=None))
        assert checkpoints.read().reconcile == RECONCILE

        further = replace(
            RECONCILE, reached=NOON + HOUR, walked=None, below=None, not_before=NOON + HOUR
        )
        checkpoints.note_reconcile(further)
        assert checkpoints.read().reconcile == further
        assert not RECONCILE.complete
        assert further.complete

    def test_the_next_reconcile_replaces_the_last(self, checkpoints: Checkpoints) -> None:
        """Though it has got nowhere yet; and a late word about the last one is ignored."""
        done = replace(RECONCILE, reached=RECONCILE.until)
        later = replace(RECONCILE, until=NOON + 25 * HOUR)
        checkpoints.note_reconcile(done)
        checkpoints.note_reconcile(later)
        checkpoints.note_reconcile(done)

        assert checkpoints.read().reconcile == later

    def test_the_evidence_of_a_day_is_noted_once(self, checkpoints: Checkpoints) -> None:
        """The first word on a day stays, whatever a run says that outlived its lease."""
        assert checkpoints.read().evidence is None
        checkpoints.note_evidence(EVIDENCE)
        checkpoints.note_evidence(replace(EVIDENCE, read=1))
        checkpoints.note_evidence(replace(EVIDENCE, day=EVIDENCE.day - 24 * HOUR))
        assert checkpoints.read().evidence == EVIDENCE

    def test_counts_that_are_not_known_replace_those_that_were(
        self, checkpoints: Checkpoints
    ) -> None:
        """Those of another day would look like a gap, or hide one."""
        checkpoints.note_evidence(EVIDENCE)
        later = Evidence(day=EVIDENCE.day + 24 * HOUR, read=5)
        checkpoints.note_evidence(later)

        assert checkpoints.read().evidence == later

    def test_a_noted_part_stays_for_an_hour(self, checkpoints: Checkpoints) -> None:
        """A busy tenant stores one a minute, and none would ever be old enough to be judged."""
        checkpoints.note_part(PART)
        checkpoints.note_part(NotedPart(key="b", at=NOON + HOUR - MILLISECOND))
        assert checkpoints.read().part == PART

        after = NotedPart(key="c", at=NOON + HOUR)
        checkpoints.note_part(after)
        assert checkpoints.read().part == after

    def test_notes_do_not_touch_the_position(self, checkpoints: Checkpoints) -> None:
        """They may be written before it is known."""
        checkpoints.note_stuck(NOON)
        checkpoints.note_sweep(NOON)

        assert checkpoints.read().position is None
        checkpoints.commit(NOON, NOON, at=NOON)
        assert checkpoints.read().stuck == {NOON}


def test_the_last_seal_is_noted_and_never_an_older_one(make: Make) -> None:
    """Two sealers may note in any order; the head is that of the chain."""
    checkpoints = make()
    second = SealHead(number=2, sha256="b" * 64)

    checkpoints.note_seal(second)
    checkpoints.note_seal(SealHead(number=1, sha256="a" * 64))
    checkpoints.note_seal(SealHead(number=2, sha256="c" * 64))

    assert make().read().seal == second
    checkpoints.note_seal(SealHead(number=10, sha256="d" * 64))
    assert make().read().seal == SealHead(number=10, sha256="d" * 64)


def test_what_is_sealed_never_falls(make: Make) -> None:
    """A pass that was slower than another says less, which stays true and is not noted."""
    checkpoints = make()
    checkpoints.note_sealed(NOON)

    checkpoints.note_sealed(NOON - HOUR)

    assert make().read().sealed == NOON
    checkpoints.note_sealed(NOON + HOUR)
    assert make().read() == Checkpoint(sealed=NOON + HOUR)


class TestArtifacts:
    """What is known of the looks at what is deployed."""

    def test_the_last_look_is_noted(self, checkpoints: Checkpoints) -> None:
        """And since when the role does not cover it."""
        assert checkpoints.read().artifacts == NotedArtifacts()
        checkpoints.note_artifacts(NOON, refused=NOON)
        assert checkpoints.read().artifacts == NotedArtifacts(read=NOON, refused=NOON)

        checkpoints.note_artifacts(NOON - HOUR, refused=None)
        assert checkpoints.read().artifacts == NotedArtifacts(read=NOON, refused=NOON)

        checkpoints.note_artifacts(NOON + HOUR, refused=None)
        assert checkpoints.read().artifacts == NotedArtifacts(read=NOON + HOUR)

    def test_a_snapshot_is_pending_until_it_is_noted(self, checkpoints: Checkpoints) -> None:
        """Whoever comes after a run that was killed has to look."""
        checkpoints.begin_snapshot("a")
        assert checkpoints.read().artifacts.pending == "a"

        checkpoints.note_snapshot("a", "d1")
        known = checkpoints.read().artifacts
        assert (known.key, known.digest, known.pending) == ("a", "d1", None)

        checkpoints.begin_snapshot("b")
        assert checkpoints.read().artifacts.pending == "b"
        assert checkpoints.read().artifacts.key == "a"

    def test_what_is_older_is_ignored(self, checkpoints: Checkpoints) -> None:
        """Of a run that lived on after its lease."""
        checkpoints.begin_snapshot("b")
        checkpoints.note_snapshot("b", "d2")
        checkpoints.begin_snapshot("a")
        checkpoints.note_snapshot("a", "d1")

        known = checkpoints.read().artifacts
        assert (known.begun, known.key, known.digest) == ("b", "b", "d2")


@pytest.mark.emulator
class TestOnlyDynamoDB:
    """What the memory has no need of."""

    def test_tenants_of_one_table_do_not_meet(self, aws: Emulator, table: str) -> None:
        """The tenant is the partition."""
        one, other = (f"tenant-{uuid4()}" for _ in range(2))
        view(aws, table, one).commit(NOON, NOON, at=NOON)

        assert view(aws, table, other).read() == Checkpoint()
        assert take(view(aws, table, one), "a")

    def test_a_table_that_is_missing_is_an_operators_matter(self, aws: Emulator) -> None:
        """Each call says so in our words."""
        missing = view(aws, f"no-such-{uuid4()}", "demo")

        with pytest.raises(AwsRefusedError, match="does not exist"):
            missing.read()
        with pytest.raises(AwsRefusedError, match="does not exist"):
            missing.commit(NOON, NOON, at=NOON)
        with pytest.raises(AwsRefusedError, match="does not exist"):
            take(missing, "a")

    def test_what_stands_beside_it_is_left_alone(self, aws: Emulator, table: str) -> None:
        """The notifier keeps its items in the same table, and a later version may add members."""
        client, tenant = aws.client("dynamodb"), f"tenant-{uuid4()}"
        checkpoints = view(aws, table, tenant)
        take(checkpoints, "a")
        key = {"tenant": {"S": tenant}, "item": {"S": "checkpoint"}}
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET of_next_year = :value",
            ExpressionAttributeValues={":value": {"S": "kept"}},
        )

        take(checkpoints, "b")
        checkpoints.commit(NOON, NOON, at=NOON)

        item = client.get_item(TableName=table, Key=key)["Item"]
        assert item["of_next_year"] == {"S": "kept"}
        assert item["position"] == {"S": "2026-11-22T12:00:00.000Z"}
        assert "owner" not in item
        assert "held_until" not in item
