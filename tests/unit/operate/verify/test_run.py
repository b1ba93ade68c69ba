"""A verification as a whole: which days are asked for, what it costs, and what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import SealHead
from mpl_export.evidence import Evidence
from operate.endings import Ending, StoppedError
from operate.verify import objects, run
from operate.verify.findings import Findings
from operate.verify.objects import Plan
from operate.verify.run import Days, Request, cannot_tell, files_of, head_of, show, verify
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import MemorySource
from tests.support.sealing.sealed_archive import (
    DAY,
    TENANT,
    SealedArchive,
    SigningKey,
    three_nights,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

SINCE, UNTIL = date(2026, 11, 21), date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "since", "until", "asked"),
    [
        ("2026-11-21", SINCE, UNTIL, True),
        ("2026-11-21", SINCE, None, True),
        ("2026-11-21", None, UNTIL, True),
        ("2026-11-20", SINCE, UNTIL, False),
        ("2026-11-22", SINCE, UNTIL, False),
        ("undated", SINCE, None, False),
        ("undated", None, None, True),
        ("2026-13-41", None, UNTIL, False),
    ],
)
def test_days_are_half_open(
    day: str, since: date | None, until: date | None, *, asked: bool
) -> None:
    """What has no day is asked for only where no bound is."""
    key = f"mpl/v1/tenant={TENANT}/dt={day}/12Z-0000.jsonl.gz"

    assert Days(since=since, until=until).asks_for(key) is asked
    assert not Days(since=since, until=UNTIL).asks_for("notes.txt")


@pytest.mark.parametrize(
    "text", ["0:" + "a" * 64, "7", "7:" + "a" * 63, "x:" + "a" * 64, "123456789:" + "a" * 64]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    """Taken for none, it would demand nothing."""
    with pytest.raises(StoppedError, match=r"^a head is the number of a seal, a colon and 64 hex"):
        head_of(text)


def test_files_may_be_given_in_any_way() -> None:
    """Twice, or once with commas; blanks do not count."""
    assert [str(each) for each in files_of(("a.pem, b.pem", "c.pem", " "))] == [
        "a.pem",
        "b.pem",
        "c.pem",
    ]


def test_bytes_and_dollars_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read that costs: within AWS, and over the internet."""
    world = three_nights()
    request = Request(source=MemorySource(world.objects), tenant=TENANT, days=Days(), keys={})

    verify(request, Voice(as_json=False), world.clock.now())

    told = " ".join(capsys.readouterr().err.split())
    assert "3 seals name 11 objects; 11 are to be read: 0.0 MB, about $0.0000 from within" in told


def found_with(**members: object) -> Findings:
    """Findings of a bucket."""
    return Findings(tenant=TENANT, place="s3://archive", **members)  # type: ignore[arg-type]


def test_what_was_found_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults in a table, of many the first; what was erased; what the tenant did not show."""
    found = found_with(
        erased=[{"key": "a", "rows": 2, "reason": "request 7", "seal": 3}],
        evidence=[
            Evidence(day=NOON, before=9, after=9, read=7),
            Evidence(day=NOON - DAY, before=None, after=None, read=7),
            Evidence(day=NOON - 2 * DAY, before=7, after=7, read=7),
        ],
    )
    for number in range(21):
        found.fault("missing", f"key {number}", "is not there")

    assert show(found, Voice(as_json=False)) == 1

    told = capsys.readouterr()
    shown = " ".join((told.out + told.err).split())
    assert "key 19" in shown
    assert "key 20" not in shown
    assert "... and 1 more (--json lists all)" in shown
    assert "erased: a, 2 rows (request 7), told by seal 3" in shown
    assert "2026-11-22: the tenant counted 2 logs that it did not show" in shown
    assert "for 1 days the tenant could not count what it has" in shown
    assert "2026-11-20" not in shown
    assert "head:" not in shown


def test_a_file_of_keys_that_is_not_there_stops_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It must not pass for a verification without keys."""
    assert cannot_tell(StoppedError(f"no {tmp_path}"), Voice(as_json=True)) == 2

    told = capsys.readouterr().out
    assert f'"sentence": "Cannot tell: no {tmp_path}."' in told
    assert '"verdict": "cannot tell"' in told
    assert '"ending": 2' in told


def test_a_head_is_read_with_number_and_hash() -> None:
    """However it was copied."""
    assert head_of(f" 12:{'AB' * 32}\n") == SealHead(number=12, sha256="ab" * 32)
    with pytest.raises(StoppedError) as stopped:
        head_of("7")
    assert stopped.value.ending is Ending.USAGE


@dataclass
class Heard(Voice):
    """Keeps what is said, and how."""

    told: list[tuple[object, ...]] = field(default_factory=list)

    def say(self, text: str = "", *, style: str | None = None) -> None:
        """Keep a sentence."""
        self.told.append((text, style))

    def table(self, title: str, rows: Sequence[Sequence[str]], *, header: Sequence[str]) -> None:
        """Keep a table."""
        self.told.append((title, tuple(header), len(rows)))

    def progress(self, text: str) -> None:
        """Keep how far it is."""
        self.told.append(("progress", text))

    def document(self, value: object) -> None:
        """Keep the report."""
        self.told.append(("document", value))


def test_a_clean_verdict_is_shown_with_the_head_to_note() -> None:
    """And is the report of a program."""
    found = found_with(head=SealHead(number=7, sha256="ab"), until=NOON)
    voice = Heard()

    assert show(found, voice) == 0

    assert voice.told == [
        (found.sentence, "bold"),
        ("head: 7:ab", None),
        ("document", found.as_json()),
    ]


def test_as_many_faults_as_a_table_holds_are_all_shown() -> None:
    """There are no more of them, and the verdict stands out."""
    found = found_with()
    for number in range(20):
        found.fault("missing", f"key {number}", "is not there")
    voice = Heard()

    assert show(found, voice) == 1

    assert voice.told == [
        ("Not as it was sealed", ("kind", "where", "what"), 20),
        (found.sentence, "bold red"),
        ("document", found.as_json()),
    ]


def test_that_nothing_can_be_said_stands_out() -> None:
    """As a verdict does."""
    voice = Heard()

    assert cannot_tell(StoppedError("no such bucket"), voice) == 2

    assert voice.told[0] == ("Cannot tell: no such bucket.", "bold red")


def looked_at(request: Request, now: datetime) -> tuple[Findings, Heard]:
    """What is found, and what is told meanwhile."""
    voice = Heard()
    return verify(request, voice, now), voice


def test_what_was_asked_for_is_what_is_looked_at() -> None:
    """The head, the keys and each record; the verdict says what it rests on."""
    key = SigningKey()
    world = three_nights(lambda _: key.sign)
    whole = Request(
        source=MemorySource(world.objects),
        tenant=TENANT,
        days=Days(),
        head=world.head,
        keys={key.keyid: key.private.public_key()},
        deep=True,
    )

    found, _ = looked_at(whole, world.clock.now())
    assert (found.place, found.is_bucket, found.deep) == ("memory", True, True)
    assert (found.head_demanded, found.keys_given) == (True, True)
    assert [(each.first, each.last) for each in found.signed] == [(1, 3)]
    assert found.ending == 0

    found, _ = looked_at(replace(whole, head=None, keys={}, deep=False), world.clock.now())
    assert (found.head_demanded, found.keys_given, found.deep) == (False, False, False)
    other = SealHead(number=3, sha256="00" * 32)
    found, _ = looked_at(replace(whole, head=other), world.clock.now())
    assert [fault.kind for fault in found.faults] == ["head"]


def test_a_folder_is_no_bucket() -> None:
    """The times of its files are anybody's, and reading it costs nothing."""
    world = three_nights()

    class OnDisk(MemorySource):
        """A copy at hand."""

        @property
        def remote(self) -> bool:
            """It is none."""
            return False

    request = Request(source=OnDisk(world.objects), tenant=TENANT, days=Days(), keys={})

    assert looked_at(request, world.clock.now())[0].is_bucket is False


def test_what_is_due_to_go_is_judged_by_the_time_that_is_given() -> None:
    """Before it is listed, and while it is read."""
    world = SealedArchive(retention=2 * DAY)
    gone, going = world.hours(0, 2)
    world.night()
    world.objects.expire(gone)

    class Going(MemorySource):
        """One goes while it is read."""

        def chunks(self, key: str) -> Iterator[bytes]:
            """Give all but that one."""
            if key == going:
                raise NoSuchObjectError(key)
            yield self.objects.get(key)

    request = Request(source=Going(world.objects), tenant=TENANT, days=Days(), keys={})

    assert looked_at(request, NOON + 2 * DAY)[0].expired == 2
    assert len(looked_at(request, NOON + DAY)[0].faults) == 2


def test_how_far_it_is_goes_where_progress_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the costs."""
    monkeypatch.setattr(objects, "_TELL_SECONDS", 0.0)
    world = three_nights()
    request = Request(source=MemorySource(world.objects), tenant=TENANT, days=Days(), keys={})

    _, voice = looked_at(request, world.clock.now())

    kinds = {kind for kind, *_ in voice.told}
    assert (kinds, len(voice.told)) == ({"progress"}, 12)


def test_costs_are_those_of_the_price_list() -> None:
    """Gets of objects and seals, listings of a thousand keys, and bytes out of AWS."""
    plan = Plan(jobs=[], count=2_000_000, size=3 * 10**12)
    found = found_with(seals=500_000, named=2_500_000)

    assert run._costs(plan, found, 4_000_000) == (
        "500,000 seals name 2,500,000 objects; 2,000,000 are to be read: 3,000,000.0 MB, "
        "about $1.0200 from within AWS, $271.0200 over the internet"
    )
    found.is_bucket = False
    assert run._costs(plan, found, 4_000_000).endswith("3,000,000.0 MB")


@pytest.mark.parametrize(("listed", "dollars"), [(8_500, "0.0000"), (10_500, "0.0001")])
def test_a_listing_is_one_request_more_than_it_fills(listed: int, dollars: str) -> None:
    """The last one is not full."""
    costs = run._costs(Plan(jobs=[], count=0, size=0), found_with(), listed)

    assert f"about ${dollars} from within AWS" in costs
