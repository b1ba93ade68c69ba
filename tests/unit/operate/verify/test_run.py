"""A verification as a whole: which days are asked for, what it costs, and what is shown."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from mpl_export.evidence import Evidence
from operate.endings import StoppedError
from operate.verify.findings import Findings
from operate.verify.run import Days, Request, cannot_tell, files_of, head_of, show, verify
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import MemorySource
from tests.support.sealing.sealed_archive import DAY, TENANT, three_nights

if TYPE_CHECKING:
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
