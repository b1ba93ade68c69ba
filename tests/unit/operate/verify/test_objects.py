"""The objects that the seals name: what is read, beside each other, and what is told of it."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest

from mpl_export.archive.objects import NoSuchObjectError
from operate.endings import StoppedError
from operate.verify import objects
from operate.verify.findings import Findings
from operate.verify.history import History, read_history
from operate.verify.objects import Asked, Plan, check_objects, plan_objects
from operate.verify.signatures import Signed
from operate.verify.sources import READ_AT_ONCE
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import MemorySource
from tests.support.sealing.sealed_archive import DAY, TENANT, SealedArchive, three_nights
from tests.unit.samples import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARTS = f"mpl/v1/tenant={TENANT}/"


@dataclass(frozen=True, slots=True)
class Watched(MemorySource):
    """A bucket that does something before an object is read; or refuses it."""

    before: Callable[[str], None] = field(default=lambda _: None)

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds, in pieces."""
        if not key.startswith("seals/"):
            self.before(key)
        body = self.objects.get(key)
        yield body[:10]
        yield body[10:]


def everything(_key: str) -> bool:
    """All days are asked for."""
    return True


def planned(
    world: SealedArchive, *, deep: bool = False, asked: Asked = everything, head: bool = False
) -> tuple[Plan, History, Findings]:
    """What has to be read, and what was found by listing alone."""
    findings = Findings(tenant=TENANT, place="memory", deep=deep)
    source = MemorySource(world.objects)
    named = world.head if head else None
    history = read_history(source, TENANT, named, Signed({}, findings), findings)
    return plan_objects(source, history, asked, world.clock.now(), findings), history, findings


def checked(
    world: SealedArchive,
    *,
    deep: bool = False,
    before: Callable[[str], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Findings:
    """What is found by reading."""
    plan, history, findings = planned(world, deep=deep)
    source = Watched(world.objects, before)
    check_objects(source, history, plan, findings, now=world.clock.now(), tell=tell)
    return findings


def sealed(*bodies: bytes) -> SealedArchive:
    """An archive of such objects, which are no parts."""
    world = SealedArchive()
    for number, body in enumerate(bodies):
        world.objects.put_if_absent(f"{PARTS}{number}", body, content_type="x")
    world.night()
    return world


class TestPlan:
    """What has to be read."""

    def test_each_object_is_a_job_of_its_own(self) -> None:
        """With their number and bytes, as the seals have them."""
        world = three_nights()
        keys = list(world.objects.keys(PARTS))

        plan, _, findings = planned(world)

        assert sorted(plan.jobs) == [[key] for key in keys]
        assert plan.count == findings.named == len(keys) == 11
        assert plan.size == sum(len(world.objects.held[key]) for key in keys)

    def test_record_by_record_a_window_is_one_job(self) -> None:
        """A version may be in one of its parts only; what is no part has no window."""
        world = SealedArchive()
        one, other = world.store(log(1)), world.store(log(2))
        (elsewhere,) = world.store(log(3, NOON - DAY))
        strange = [f"{PARTS}a", f"{PARTS}b"]
        for key in strange:
            world.objects.put_if_absent(key, b"x", content_type="x")
        world.night()

        plan, _, _ = planned(world, deep=True)

        assert sorted(plan.jobs) == sorted([[*one, *other], [elsewhere], strange])
        assert plan.count == 5

    def test_what_is_not_asked_for_is_not_held_against_anything(self) -> None:
        """It is neither missing nor added, nor younger than the last seal."""
        world = sealed(b"a", b"bc", b"d")
        world.objects.expire(f"{PARTS}2")
        for name, arrived in (("old", NOON - DAY), ("young", world.clock.now())):
            world.objects.held[f"{PARTS}{name}"] = b""
            world.objects.arrived[f"{PARTS}{name}"] = arrived

        plan, _, findings = planned(world, asked=lambda key: key.endswith("1"))

        assert (plan.jobs, plan.count, plan.size) == ([[f"{PARTS}1"]], 1, 2)
        assert (findings.named, findings.faults, findings.waiting) == (1, [], [])

        _, _, whole = planned(world)
        assert whole.faults == [
            ("added", f"{PARTS}old", "is older than the last seal, and none names it"),
            ("missing", f"{PARTS}2", "is named by seal 1 and is not there"),
        ]
        assert whole.waiting == [f"{PARTS}young"]

    def test_before_the_first_seal_everything_waits(self) -> None:
        """There is no end that it could be older than."""
        world = SealedArchive()
        keys = world.hours(0, 2)

        plan, _, findings = planned(world)

        assert (plan, findings.faults, findings.waiting) == (Plan([], 0, 0), [], keys)

    def test_what_has_expired_is_counted_or_its_excuse_named(self) -> None:
        """Each object by itself."""
        world = SealedArchive(retention=DAY)
        keys = world.hours(0, 3)
        world.night()
        for key in keys[:2]:
            world.objects.expire(key)
        world.clock.turn(DAY)
        _, _, findings = planned(world, head=True)
        assert (findings.expired, findings.unread, findings.faults) == (2, [], [])

        said = orjson.loads(world.seal_body(1))
        follows = {"number": 2, "previous": world.head.sha256, "objects": []}
        world.objects.held[world.seals()[0]] = orjson.dumps(said | {"retention_days": None})
        forged = world.seals()[0].replace("00000001", "00000002")
        world.objects.held[forged] = orjson.dumps(said | follows | {"retention_days": 1})
        _, _, findings = planned(world, head=True)
        assert findings.expired == 0
        assert findings.unread == [
            f"{key} is gone, by a retention that only seals behind your head note (whoever may "
            "write seals could have added them; a newer head would tell, or PUBLIC_KEY)"
            for key in keys[:2]
        ]


class TestReading:
    """What is found by reading."""

    @pytest.mark.parametrize("deep", [False, True])
    def test_what_was_read_adds_up(self, *, deep: bool) -> None:
        """Objects, rows and bytes; what is no part has no rows."""
        world = SealedArchive()
        world.hours(0, 3)
        world.objects.put_if_absent(f"{PARTS}notes.txt", b"hello", content_type="x")
        world.night()

        found = checked(world, deep=deep)

        assert (found.checked, found.rows, found.faults, found.unread) == (4, 6, [], [])
        assert found.size == sum(len(world.objects.held[key]) for key in world.objects.keys("mpl/"))

    def test_rows_of_all_parts_of_a_window_add_up(self) -> None:
        """They are one job, record by record."""
        world = SealedArchive()
        world.store(log(1), log(2))
        world.store(log(3))
        world.night()

        found = checked(world, deep=True)

        assert (found.checked, found.rows, found.faults) == (2, 3, [])

    @pytest.mark.parametrize("deep", [False, True])
    def test_an_object_that_goes_while_it_is_read_is_missing(self, *, deep: bool) -> None:
        """Or has expired, if it was due to go; the others are looked at all the same."""
        world = SealedArchive(retention=2 * DAY)
        first = world.store(log(1))
        second = world.store(log(2))
        world.night()

        def gone(key: str) -> None:
            if [key] == first:
                raise NoSuchObjectError(key)

        found = checked(world, deep=deep, before=gone)
        assert found.faults == [("missing", *first, "is named by seal 1 and is not there")]
        assert (found.expired, found.unread) == (0, [])
        assert found.size == len(world.objects.held[second[0]])

        world.clock.turn(DAY)
        found = checked(world, deep=deep, before=gone)
        assert (found.faults, found.expired) == ([], 1)

    @pytest.mark.parametrize("deep", [False, True])
    def test_an_object_that_cannot_be_read_is_told_with_why(self, *, deep: bool) -> None:
        """And is no fault."""
        world = SealedArchive()
        first, second = world.store(log(1)), world.store(log(2))
        world.night()

        def refuse(key: str) -> None:
            if [key] == first:
                raise StoppedError("it has to be restored first")

        found = checked(world, deep=deep, before=refuse)

        assert (found.faults, found.unread) == ([], ["it has to be restored first"])
        assert found.size == len(world.objects.held[second[0]])

    @pytest.mark.parametrize("deep", [False, True])
    def test_an_object_that_is_not_as_it_was_is_told_with_its_size(self, *, deep: bool) -> None:
        """Of the same size, nothing is said of that."""
        world = sealed(b"a" * 1000, b"b" * 20, b"c" * 20)
        world.objects.held[f"{PARTS}0"] = b"a" * 2000
        world.objects.held[f"{PARTS}1"] = b"x" * 20

        found = checked(world, deep=deep)

        assert sorted(found.faults) == [
            ("altered", f"{PARTS}0", "has other bytes (2,000 instead of 1,000) than seal 1 says"),
            ("altered", f"{PARTS}1", "has other bytes than seal 1 says"),
        ]
        assert (found.checked, found.size) == (3, 2040)

    @pytest.mark.parametrize("key", [f"{PARTS}dt=2026-11-22/12Z-0000.jsonl.gz", f"{PARTS}odd.gz"])
    @pytest.mark.parametrize("right", [False, True])
    def test_what_was_erased_is_always_looked_into(self, key: str, *, right: bool) -> None:
        """Also where it lies in no window: its rows are counted against its seal."""
        world = SealedArchive()
        (part,) = world.store(log(1), log(2))
        was = world.objects.held.pop(part)
        world.objects.put_if_absent(key, was, content_type="x")
        world.night()
        lines = gzip.decompress(was).splitlines()
        record = orjson.loads(lines[0])
        kept = {name: record[name] for name in ("Version", "ReadAt")}
        lines[0] = orjson.dumps({**kept, "Erased": True})
        now = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
        world.objects.replace(key, now, erased_was=sha256(was).hexdigest(), erased_seal="1")
        assert world.night().erased == 1
        if not right:
            said = orjson.loads(world.seal_body(2))
            said["erased"][0]["versions"] = "00"
            world.objects.held[world.seals()[1]] = orjson.dumps(said)
            said = orjson.loads(world.seal_body(1))
            said["objects"][0]["versions"] = "00"
            world.objects.held[world.seals()[0]] = orjson.dumps(said)

        faults = [fault for fault in checked(world).faults if fault.kind != "chain"]

        problem = "has other rows than seal 2 says, although its bytes fit"
        assert faults == ([] if right else [("seal", key, problem)])


class TestBesideEachOther:
    """Threads, and how far they have come."""

    def test_so_many_are_read_at_once(self) -> None:
        """By threads that a stack dump shows by name."""
        world = sealed(*(b"%d" % number for number in range(READ_AT_ONCE)))
        together = threading.Barrier(READ_AT_ONCE)
        names: list[str] = []

        def meet(_key: str) -> None:
            names.append(threading.current_thread().name)
            together.wait(20)

        assert checked(world, before=meet).faults == []
        assert all(name.startswith("verify_") for name in names)

    @pytest.mark.parametrize(
        ("times", "told"),
        [
            (
                [100, 102, 102, 103.9, 104, 104],
                [
                    "1 of 3 objects, 1 MB/s, 4 s left",
                    "3 of 3 objects, 2 MB/s, 0 s left",
                ],
            ),
            (
                [100, 101.9, 102, 102, 104, 104],
                [
                    "2 of 3 objects, 2 MB/s, 1 s left",
                    "3 of 3 objects, 2 MB/s, 0 s left",
                ],
            ),
        ],
    )
    def test_every_two_seconds_it_is_told_how_far_it_is(
        self, times: list[float], told: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Objects, speed since the beginning, and what is left at that speed."""
        monkeypatch.setattr(objects, "time", SimpleNamespace(monotonic=iter(times).__next__))
        world = sealed(*(bytes([number]) * 2_000_000 for number in range(3)))
        said: list[str] = []

        checked(world, tell=said.append)

        assert said == told

    def test_faults_are_told_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody has to wait for the end of a long run; and nothing is divided by no speed."""
        times = iter([100, 102, 102])
        monkeypatch.setattr(objects, "time", SimpleNamespace(monotonic=times.__next__))
        world = sealed(b"a")
        world.objects.held[f"{PARTS}0"] = b""
        said: list[str] = []

        checked(world, tell=said.append)

        assert said == ["1 of 1 objects, 0 MB/s, 0 s left, 1 faults"]

    def test_few_jobs_wait_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """There may be millions; all come, however many that is."""
        monkeypatch.setattr(objects, "_IN_FLIGHT", 3)
        begun: list[int] = []

        def jobs() -> Iterator[int]:
            for number in range(10):
                begun.append(number)
                yield number

        with ThreadPoolExecutor(1) as threads:
            results = objects._in_any_order(threads, lambda job: job * 2, jobs())
            some = [next(results)]
            assert begun == [0, 1, 2]
            some += results

        assert sorted(some) == [2 * number for number in range(10)]

    def test_what_is_done_is_told_while_another_still_runs(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A large object holds up no small one."""
        monkeypatch.setattr(objects, "_IN_FLIGHT", 2)
        gate = threading.Event()
        ended: list[int] = []

        def work(job: int) -> int:
            if job == 0:
                gate.wait(5)
            ended.append(job)
            return job

        with ThreadPoolExecutor(2) as threads:
            results = objects._in_any_order(threads, work, range(2))
            assert next(results) == 1
            assert ended == [1]
            gate.set()
            assert list(results) == [0]

    def test_what_waits_is_dropped_when_it_is_broken_off(self) -> None:
        """Ctrl-C ends it with what is read at the moment, not with what was to come."""
        begun, gate = threading.Event(), threading.Event()
        ran: list[int] = []

        def work(job: int) -> None:
            ran.append(job)
            begun.set()
            gate.wait(20)

        def jobs() -> Iterator[int]:
            yield from range(5)
            begun.wait(20)
            raise KeyboardInterrupt

        with ThreadPoolExecutor(1) as threads:
            with pytest.raises(KeyboardInterrupt):
                list(objects._in_any_order(threads, work, jobs()))
            gate.set()

        assert ran == [0]
