"""The archive: every version once, whoever else is writing and whatever gets lost on the way."""

import gzip
import threading
from collections.abc import Callable, Mapping, Sequence
from copy import replace
from datetime import timedelta

import orjson
import pytest

from mpl_export.archive.archive import PART_BYTES, PART_LOGS, Archive, Stored
from mpl_export.archive.known import KNOWN_FOR
from mpl_export.archive.layout import part_key
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.archive.records import compressed, versions_in
from mpl_export.errors import AwsUnavailableError, ConfigurationError, TenantMismatchError
from mpl_export.model import UNDATED, WINDOW, Log
from tests.support.exporter.fakes import ListedObjects, MemoryObjects
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import log


def no_texts(_logs: Sequence[Log]) -> dict[bytes, str]:
    """No log has an error text."""
    return {}


def stored(archive: Archive, *logs: Log) -> list[Stored]:
    """Store these logs, without error texts."""
    return list(archive.store(logs, no_texts))


def key(number: int) -> str:
    """The key of a part of the window of noon."""
    return part_key("demo", NOON, number)


def held(objects: MemoryObjects) -> dict[str, list[bytes]]:
    """The versions of every part."""
    return {name: list(versions_in(body)) for name, body in sorted(objects.held.items())}


def once(action: Callable[[], object]) -> Callable[[str], None]:
    """A hook that acts at the first put only."""
    pending = [action]

    def hook(_key: str) -> None:
        if pending:
            pending.pop()()

    return hook


class Expiring(MemoryObjects):
    """A bucket of which one object is gone whenever it is read."""

    def __init__(self, objects: MemoryObjects, gone: str) -> None:
        super().__init__()
        self.held, self.before_put, self._gone = objects.held, objects.before_put, gone

    def get(self, key: str) -> bytes:
        """Read an object."""
        if key == self._gone:
            raise NoSuchObjectError(key)
        return super().get(key)


class Meeting(MemoryObjects):
    """A bucket whose readers wait for one another, so many at a time."""

    def __init__(self, together: int) -> None:
        super().__init__()
        self.meets = False
        self._barrier = threading.Barrier(together, timeout=20)

    def get(self, key: str) -> bytes:
        """Read an object."""
        if self.meets:
            self._barrier.wait()
        return super().get(key)


class TestStoring:
    """What is new is written, and nothing else."""

    def test_what_is_new_becomes_the_next_part(self) -> None:
        """Parts are numbered densely from 0; those that are there never change."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")

        [first] = stored(archive, log(1), log(2))
        body = objects.held[key(0)]
        [second] = stored(archive, log(2), log(3))

        assert (first.key, second.key) == (key(0), key(1))
        assert second.new == [log(3)]
        assert objects.held[key(0)] is body
        assert held(objects) == {
            key(0): [log(1).version, log(2).version],
            key(1): [log(3).version],
        }

    def test_nothing_new_writes_nothing(self) -> None:
        """To export a span again is free, also for a container that remembers nothing."""
        objects = MemoryObjects()
        stored(Archive(objects, "demo"), log(1), log(2))

        assert stored(Archive(objects, "demo"), log(2), log(1)) == []
        assert list(objects.held) == [key(0)]

    def test_a_row_is_filed_by_its_own_window(self) -> None:
        """The first moment of a window belongs to it."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")

        stored(archive, log(1, NOON + WINDOW))
        stored(archive, log(2, NOON + WINDOW - timedelta(milliseconds=1)))

        assert list(objects.held) == [part_key("demo", NOON + WINDOW, 0), key(0)]

    def test_a_silent_correction_is_stored_as_amended(self) -> None:
        """It is kept, and told apart, so that it counts neither as late nor as a failure."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")
        stored(archive, log(1, Status="FAILED"))
        amended = log(1, Status="FAILED", CustomStatus="Kunde prüft")

        [part] = stored(archive, amended, log(2))

        assert part.amended == [amended]
        assert part.new == [log(2)]
        records = [
            orjson.loads(line) for line in gzip.decompress(objects.held[key(1)]).splitlines()
        ]
        assert [record.get("Amended") for record in records] == [True, None]

    def test_a_part_is_acknowledged_before_it_is_told(self) -> None:
        """Whoever commits upon a part relies on its being there."""
        objects = MemoryObjects()

        for part in Archive(objects, "demo").store([log(1)], no_texts):
            assert part.key in objects.held

    def test_what_could_not_be_written_is_missing_the_next_time(self) -> None:
        """A failed put has taught the archive nothing."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")

        def fail() -> None:
            raise AwsUnavailableError("AWS could not write")

        objects.before_put = once(fail)
        with pytest.raises(AwsUnavailableError):
            stored(archive, log(1))

        assert [part.new for part in stored(archive, log(1))] == [[log(1)]]

    def test_parts_are_bounded_by_rows(self) -> None:
        """A part and its lines are in memory together."""
        objects = MemoryObjects()
        logs = [replace(log(), version=n.to_bytes(8) * 2) for n in range(PART_LOGS + 1)]

        parts = stored(Archive(objects, "demo"), *logs)

        assert [len(part.new) + len(part.amended) for part in parts] == [PART_LOGS, 1]
        assert [part.key for part in parts] == [key(0), key(1)]

    def test_parts_are_bounded_by_bytes(self) -> None:
        """Rows with long custom headers are fewer to a part."""
        objects = MemoryObjects()
        quarter = b'"X":"' + bytes(PART_BYTES // 4) + b'"'
        logs = [replace(log(n), members=quarter) for n in range(4)]

        assert [len(part.new) for part in stored(Archive(objects, "demo"), *logs)] == [3, 1]


class TestErrorTexts:
    """Texts are asked for what is about to be written, and once."""

    def test_a_text_stands_in_its_record(self) -> None:
        """The failure and its reason are read together."""
        objects = MemoryObjects()

        def texts(logs: Sequence[Log]) -> Mapping[bytes, str]:
            return {one.version: f"text of {one.guid}" for one in logs if one.status == "FAILED"}

        list(Archive(objects, "demo").store([log(1), log(2, Status="FAILED")], texts))

        records = [
            orjson.loads(line) for line in gzip.decompress(objects.held[key(0)]).splitlines()
        ]
        assert "ErrorText" not in records[0]
        assert records[1]["ErrorText"] == f"text of {log(2).guid}"

    def test_only_new_states_are_asked_for(self) -> None:
        """What is held already, or merely amended, costs the tenant no request."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")
        stored(archive, log(1), log(2))
        asked: list[Log] = []

        def texts(logs: Sequence[Log]) -> Mapping[bytes, str]:
            asked.extend(logs)
            return {}

        list(archive.store([log(1), log(2, CustomStatus="other"), log(3)], texts))

        assert asked == [log(3)]

    def test_a_lost_race_does_not_ask_again(self) -> None:
        """The budget of texts is small; what was fetched is kept for the next attempt."""
        objects = MemoryObjects()
        objects.before_put = once(lambda: stored(Archive(objects, "demo"), log(9)))
        asked: list[Log] = []

        def texts(logs: Sequence[Log]) -> Mapping[bytes, str]:
            asked.extend(logs)
            return {one.version: "why" for one in logs}

        list(Archive(objects, "demo").store([log(1, Status="FAILED")], texts))

        assert asked == [log(1, Status="FAILED")]
        assert b'"ErrorText":"why"' in gzip.decompress(objects.held[key(1)])


class TestOthersWriteToo:
    """No lock: a conditional put that fails is all that two writers need."""

    def test_a_lost_race_takes_the_difference_again(self) -> None:
        """The other's part is read, and only what is in neither is written."""
        objects = MemoryObjects()
        objects.before_put = once(lambda: stored(Archive(objects, "demo"), log(1), log(2)))

        [part] = stored(Archive(objects, "demo"), log(1), log(3))

        assert part.key == key(1)
        assert part.new == [log(3)]
        assert held(objects) == {
            key(0): [log(1).version, log(2).version],
            key(1): [log(3).version],
        }

    def test_a_race_for_the_same_rows_is_lost_in_silence(self) -> None:
        """Everything is there already: nothing is written, and nothing is told as ours."""
        objects = MemoryObjects()
        later = NOON + timedelta(minutes=1)
        objects.before_put = once(lambda: stored(Archive(objects, "demo"), log(1)))

        assert stored(Archive(objects, "demo"), log(1, read_at=later)) == []
        assert list(objects.held) == [key(0)]

    def test_what_a_race_made_known_may_amend_ours(self) -> None:
        """The state that was new a moment ago is held now, with another rest."""
        objects = MemoryObjects()
        objects.before_put = once(lambda: stored(Archive(objects, "demo"), log(1)))
        ours = log(1, CustomStatus="other")

        [part] = stored(Archive(objects, "demo"), ours)

        assert (part.new, part.amended) == ([], [ours])

    def test_the_number_never_comes_from_a_fresher_list(self) -> None:
        """A warm container that took the next free number would store the other's rows again."""
        objects = MemoryObjects()
        warm = Archive(objects, "demo")
        stored(warm, log(1))
        stored(Archive(objects, "demo"), log(2))

        [part] = stored(warm, log(2), log(3))

        assert part.key == key(2)
        assert held(objects)[key(2)] == [log(3).version]

    def test_the_same_records_may_have_been_packed_otherwise(self) -> None:
        """By another processor, or another release of the packer: nothing is stored twice."""
        objects = MemoryObjects()
        stored(Archive(objects, "demo"), log(1), log(2))
        plain = gzip.decompress(objects.held[key(0)])
        other = gzip.compress(plain, compresslevel=1, mtime=0)
        assert other != objects.held[key(0)]
        late = MemoryObjects()
        late.before_put = once(lambda: late.put_if_absent(key(0), other, content_type="x"))

        assert stored(Archive(late, "demo"), log(1), log(2)) == []

        assert late.held == {key(0): other}

    def test_a_lost_acknowledgement_counts_as_ours(self) -> None:
        """The SDK repeated a put that had arrived and was told 412: the bytes say it was us."""
        objects = MemoryObjects()
        archive = Archive(objects, "demo")
        objects.puts_until_lost = 1

        [part] = stored(archive, log(1), log(2))

        assert part.new == [log(1), log(2)]
        assert list(objects.held) == [key(0)]
        assert stored(archive, log(1)) == []

    def test_a_gap_in_the_numbers_is_left(self) -> None:
        """Somebody deleted a part; its number may still stand in somebody's table."""
        objects = MemoryObjects()
        for number in range(3):
            stored(Archive(objects, "demo"), log(number))
        del objects.held[key(1)]

        [part] = stored(Archive(objects, "demo"), log(7))

        assert part.key == key(3)

    def test_more_than_ten_thousand_parts_are_read_in_their_order(self) -> None:
        """Five digits sort before four as text: the highest number counts, not the last key."""
        objects = MemoryObjects()
        for number in (9_999, 10_000):
            objects.held[key(number)] = compressed([])

        [part] = stored(Archive(objects, "demo"), log(1))

        assert part.key == key(10_001)

    @pytest.mark.parametrize("name", ["12Z-copy.jsonl.gz", "12Z-0000.jsonl.gz.bak"])
    def test_a_strange_object_among_the_parts_is_told(self, name: str) -> None:
        """It may hold versions: to overlook it could store them twice."""
        objects = MemoryObjects()
        strange = f"mpl/v1/tenant=demo/dt={NOON.date()}/{name}"
        objects.held[strange] = compressed([])

        with pytest.raises(ConfigurationError, match=name):
            stored(Archive(objects, "demo"), log(1))

    def test_a_damaged_part_is_told_by_its_key(self) -> None:
        """Somebody has to move it away; guessing what it held could store everything twice."""
        objects = MemoryObjects()
        objects.held[key(0)] = b"not a part"

        with pytest.raises(ConfigurationError, match=key(0)):
            stored(Archive(objects, "demo"), log(1))
        assert list(objects.held) == [key(0)]


class TestMemory:
    """What a warm container keeps, and when it forgets."""

    def test_a_window_is_read_once(self) -> None:
        """Parts never change, so what they hold need not be read again."""
        objects = MemoryObjects()
        stored(Archive(objects, "demo"), log(1))
        warm = Archive(objects, "demo")

        for number in range(5):
            stored(warm, log(number))

        assert objects.gets == 1

    def test_a_window_that_could_not_be_read_whole_is_read_again(self) -> None:
        """Half of what it holds, taken for all of it, would store the other half twice."""
        objects = MemoryObjects()
        for number in range(2):
            stored(Archive(objects, "demo"), log(number))
        good = objects.held[key(1)]
        archive = Archive(objects, "demo")
        objects.held[key(1)] = b"damaged"
        with pytest.raises(ConfigurationError):
            stored(archive, log(1))

        objects.held[key(1)] = good

        assert stored(archive, log(0), log(1)) == []

    def test_three_busy_hours_stay_known(self) -> None:
        """A warm run of a busy tenant reads none of its parts again: that would be thirty."""
        objects = MemoryObjects()
        windows = [NOON + n * WINDOW for n in range(3)]
        for place, window in enumerate(windows):
            objects.held[part_key("demo", window, 0)] = compressed(
                b'{"Version":"%016x%016x"}\n' % (place << 32 | n, 0) for n in range(100_000)
            )
        archive = Archive(objects, "demo")

        for number in range(3):
            for window in windows:
                stored(archive, log(number, window))

        assert objects.gets == 3

    @pytest.mark.parametrize(
        ("rows", "gets"),
        [
            pytest.param((1, 7, 4), 5, id="a small one that goes first makes no room"),
            pytest.param((0, 8, 4), 5, id="two may be too many"),
            pytest.param((0, 0, 12), 3, id="the one in use stays, whatever its size"),
            pytest.param((1, 2, 3), 3, id="all may stay"),
        ],
    )
    def test_windows_are_forgotten_until_the_rest_is_small_enough(
        self, rows: tuple[int, int, int], gets: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one that was used for longest goes first; what is forgotten is read again."""
        monkeypatch.setattr("mpl_export.archive.known._CACHED_VERSIONS", 10)
        monkeypatch.setattr("mpl_export.archive.known._WINDOW_WEIGHT", 0)
        objects = MemoryObjects()
        windows = [NOON + n * WINDOW for n in range(3)]
        for window, number in zip(windows, rows, strict=True):
            objects.held[part_key("demo", window, 0)] = compressed(
                b'{"Version":"%016x%016x"}\n' % (1 << 32 | n, 0) for n in range(number)
            )
        archive = Archive(objects, "demo")
        for window in windows:
            stored(archive, log(1, window))
        assert objects.gets == 3

        in_use = windows[1] if rows[1] else windows[2]
        stored(archive, log(2, in_use))

        assert objects.gets == gets

    def test_what_is_known_ends(self) -> None:
        """Parts may expire: what a warm container knows of them must not outlive them for long."""
        objects, clock = MemoryObjects(), ManualClock()
        warm = Archive(objects, "demo", clock)
        stored(warm, log(1))
        objects.held.clear()

        clock.turn(KNOWN_FOR - timedelta(seconds=1))
        assert stored(warm, log(1)) == []
        clock.turn(timedelta(seconds=1))

        [part] = stored(warm, log(1))
        assert part.key == key(0)

    def test_to_use_what_is_known_does_not_make_it_younger(self) -> None:
        """A window that is met by every run would be known for ever."""
        objects, clock = MemoryObjects(), ManualClock()
        warm = Archive(objects, "demo", clock)
        for _ in range(7):
            stored(warm, log(1))
            clock.turn(KNOWN_FOR / 6)

        stored(warm, log(1))

        assert objects.gets == 1


class TestExpiry:
    """Parts that are gone: their versions are, but their numbers stay used."""

    def test_a_part_that_expires_before_it_is_read_holds_nothing(self) -> None:
        """It was listed a moment ago; the run goes on, under a number that nobody has used."""
        objects = MemoryObjects()
        for number in range(2):
            stored(Archive(objects, "demo"), log(number))
        cold = Archive(Expiring(objects, key(1)), "demo")

        [part] = stored(cold, log(1), log(0))

        assert (part.key, part.new) == (key(2), [log(1)])

    def test_a_part_that_wins_a_race_and_is_gone_at_once_is_passed(self) -> None:
        """Whoever deletes parts by hand must not stop the export."""
        objects = MemoryObjects()
        objects.before_put = once(lambda: stored(Archive(objects, "demo"), log(1)))

        [part] = stored(Archive(Expiring(objects, key(0)), "demo"), log(2))

        assert part.key == key(1)


class TestListing:
    """The windows of a day are found by one listing."""

    def test_a_day_is_listed_once(self) -> None:
        """A call for each of its windows would be most of what a month's export waits for."""
        objects = ListedObjects()
        archive = Archive(objects, "demo")

        for hour in range(12):
            stored(archive, log(hour, NOON + hour * WINDOW))

        assert objects.listed == ["mpl/v1/tenant=demo/dt=2026-11-22/"]

    def test_an_old_listing_stores_nothing_twice(self) -> None:
        """What was written since is met by the put, and read."""
        objects = MemoryObjects()
        warm = Archive(objects, "demo")
        stored(warm, log(1))
        for number in (2, 3):
            stored(Archive(objects, "demo"), log(number, NOON + WINDOW))

        [part] = stored(warm, log(2, NOON + WINDOW), log(4, NOON + WINDOW))

        assert part.new == [log(4, NOON + WINDOW)]
        assert part.key == part_key("demo", NOON + WINDOW, 2)

    def test_a_listing_ends(self) -> None:
        """It stays right, but each part since would cost a put that fails."""
        objects, clock = ListedObjects(), ManualClock()
        archive = Archive(objects, "demo", clock)
        stored(archive, log(1))
        clock.turn(timedelta(minutes=15))

        stored(archive, log(2, NOON + WINDOW))

        assert len(objects.listed) == 2

    def test_a_window_that_was_forgotten_finds_its_own_parts(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are not in the listing; to meet each by a put would be as many calls again."""
        monkeypatch.setattr("mpl_export.archive.known._CACHED_VERSIONS", 1)
        objects = MemoryObjects()
        archive = Archive(objects, "demo")
        for number in range(3):
            stored(archive, log(number))
            stored(archive, log(number, NOON + WINDOW))
        puts: list[str] = []
        objects.before_put = puts.append

        stored(archive, log(7))

        assert puts == [key(3)]

    def test_what_lies_in_the_folder_of_a_day_is_nobodys_business(self) -> None:
        """The console makes an object for each folder; other tools put their marks there."""
        objects = MemoryObjects()
        for name in ("", "_SUCCESS", "13Z-odd"):
            objects.held[f"mpl/v1/tenant=demo/dt={NOON.date()}/{name}"] = b""
            objects.held[f"mpl/v1/tenant=demo/dt=undated/{name if name == '' else ''}"] = b""

        assert stored(Archive(objects, "demo"), log(1))
        assert stored(Archive(objects, "demo"), replace(log(1), filed_at=UNDATED))

    def test_parts_are_read_back_beside_each_other(self) -> None:
        """A cold start waits for them: a dozen of the open hour, one after the other, is long."""
        objects = Meeting(4)
        for number in range(8):
            stored(Archive(objects, "demo"), log(number))
        objects.meets = True

        assert stored(Archive(objects, "demo"), *(log(number) for number in range(8))) == []


class TestClaim:
    """A tenant's name belongs to one API host for ever."""

    def test_the_first_run_ties_the_name_to_the_host(self) -> None:
        """The marker is what people and later runs read."""
        objects = MemoryObjects()

        Archive(objects, "demo").claim("tenant.example")

        assert orjson.loads(objects.held["sources/tenant=demo.json"]) == {
            "tenant": "demo",
            "api_host": "tenant.example",
        }

    def test_the_same_host_is_let_in(self) -> None:
        """A new service key of the same tenant is nothing special."""
        objects = MemoryObjects()
        for _ in range(3):
            Archive(objects, "demo").claim("tenant.example")

        assert len(objects.held) == 1

    def test_another_host_is_refused(self) -> None:
        """Two tenants in one archive could never be told apart again."""
        objects = MemoryObjects()
        Archive(objects, "demo").claim("tenant.example")

        with pytest.raises(
            TenantMismatchError, match=r"other\.example.*tenant\.example.*sources/tenant="
        ):
            Archive(objects, "demo").claim("other.example")

    @pytest.mark.parametrize("marker", [b"", b"[]", b"null", b"{}", b'{"api_host": 7}'])
    def test_a_marker_that_cannot_be_read_lets_nobody_in(self, marker: bytes) -> None:
        """Whoever edited it has to look at it again."""
        objects = MemoryObjects()
        objects.held["sources/tenant=demo.json"] = marker

        with pytest.raises(TenantMismatchError, match="unreadable marker"):
            Archive(objects, "demo").claim("tenant.example")

    def test_tenants_of_one_bucket_do_not_meet(self) -> None:
        """Several stacks may share a bucket; the name is a partition."""
        objects = MemoryObjects()
        for tenant in ("a", "b"):
            archive = Archive(objects, tenant)
            archive.claim(f"{tenant}.example")
            stored(archive, log(1))

        assert len(objects.held) == 4
