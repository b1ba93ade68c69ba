"""What the demo makes of an archive, from a bucket of the emulated AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from operate.demo.narrator import Narrator
from operate.demo.reading import REPORT, show_page, show_story
from operate.emulated.stack import Stack
from tests.support.operators.written_archive import TENANT, WrittenArchive, shown_row

if TYPE_CHECKING:
    from pathlib import Path

    from operate.emulated.emulator import Emulator

HOUR = timedelta(hours=1)


@pytest.fixture
def stack(aws: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack whose bucket holds a message that was retried, and some others."""
    now = datetime.now(UTC).replace(microsecond=0)
    archive = WrittenArchive(tmp_path)
    for hours, status in ((5, "RETRY"), (3, "COMPLETED")):
        ended = now - hours * HOUR
        archive.hold(shown_row(1, ended, status=status, started=now - 6 * HOUR))
    for number in range(10, 30):
        archive.hold(shown_row(number, now - number * HOUR))
    bucket = f"archive-{uuid4()}"
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    for key in archive.write():
        s3.put_object(Bucket=bucket, Key=key, Body=(tmp_path / key).read_bytes())
    monkeypatch.chdir(tmp_path)
    return Stack(aws=aws, outputs={"ArchiveBucket": bucket}, tenant=TENANT)


@pytest.mark.emulator
def test_the_demo_tells_a_story_and_writes_a_report(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says where it lies."""
    narrator = Narrator()

    show_story(narrator, stack)
    show_page(narrator, stack)

    told = capsys.readouterr().out
    assert "Order to Cash: RETRY > COMPLETED" in told
    assert narrator.missing == []
    assert str(REPORT) in told
    assert REPORT.read_text().startswith("<!DOCTYPE html>")
