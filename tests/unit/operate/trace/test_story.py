"""Stories out of an archive on disk, told by the command as people call it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.instants import iso_instant
from mpl_export.model import created_at
from operate.command import main
from operate.endings import Ending
from tests.support import manual_clock
from tests.support.operators.written_archive import WrittenArchive, shown_row
from tests.unit.samples import guid_of

if TYPE_CHECKING:
    from pathlib import Path

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = manual_clock.NOON - 60 * DAY  # the command looks at the real clock: all this is past
ERROR = "java.net.SocketTimeoutException: Read timed out after 60000 ms"


@pytest.fixture
def archive(tmp_path: Path) -> WrittenArchive:
    """An archive with other people's messages in it."""
    written = WrittenArchive(tmp_path / "archive")
    for number in range(900, 960):
        written.hold(shown_row(number, NOON + number * HOUR / 20))
    written.write()
    return written


def told(archive: WrittenArchive, capsys: pytest.CaptureFixture[str], *words: str) -> Any:  # noqa: ANN401 - JSON
    """The document of a trace that found something."""
    assert main(["trace", *words, "--dir", str(archive.root), "--json"]) == Ending.WELL
    return json.loads(capsys.readouterr().out)


def retried(archive: WrittenArchive) -> str:
    """A message that failed, was retried and succeeded, each version in another part."""
    for hours, status in ((0, "RETRY"), (2, "RETRY"), (30, "COMPLETED")):
        ended = NOON + hours * HOUR
        archive.hold(
            shown_row(1, ended, status=status, started=NOON, headers=[("po_number", "4711")]),
            error_text=ERROR if status == "RETRY" else None,
        )
        archive.write()
    return guid_of(1, NOON)


def test_a_message_that_was_retried_is_told_from_its_first_failure_to_its_end(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """In order, each version with its part, whatever else lies in the parts."""
    guid = retried(archive)

    story = told(archive, capsys, guid)

    (message,) = story["messages"]
    assert message["statuses"] == ["RETRY", "RETRY", "COMPLETED"]
    assert message["seconds"] == 30 * 3600
    assert message["link"].startswith("https://acme.")
    assert [each["part"].rpartition("dt=")[2] for each in message["versions"]] == [
        f"{NOON:%Y-%m-%d}/12Z-0000.jsonl.gz",
        f"{NOON + 2 * HOUR:%Y-%m-%d}/14Z-0000.jsonl.gz",
        f"{NOON + 30 * HOUR:%Y-%m-%d}/18Z-0000.jsonl.gz",
    ]
    assert message["versions"][0]["record"]["ErrorText"] == ERROR
    assert story["remarks"] == []


def test_people_read_the_same_story(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the gist of the error, and how long it took."""
    guid = retried(archive)

    assert main(["trace", guid, "--dir", str(archive.root)]) == Ending.WELL

    shown = capsys.readouterr().out
    assert "Order to Cash: RETRY > RETRY > COMPLETED" in shown
    assert "Read timed out" in shown
    assert "30 h" in shown
    assert "po_number = 4711" in shown
    assert f"{NOON:%Y-%m-%d}/12Z-0000" in shown


def test_a_planted_header_is_found_and_demands_a_beginning(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """A business key tells no time, so nobody knows where to look."""
    guid = retried(archive)
    since = iso_instant(NOON - DAY)

    story = told(archive, capsys, "HEADER=po_number=4711", "--since", since)
    assert [each["MessageGuid"] for each in story["messages"]] == [guid]

    assert main(["trace", "HEADER=po_number=4711", "--dir", str(archive.root)]) == Ending.USAGE
    assert "--since P7D" in capsys.readouterr().err


def test_a_header_is_the_whole_value_of_that_name(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a piece of it nor the value of another header."""
    retried(archive)
    words = ["--since", iso_instant(NOON - DAY), "--dir", str(archive.root)]

    assert main(["trace", "HEADER=po_number=471", *words]) == Ending.FAULT
    assert main(["trace", "HEADER=order=4711", *words]) == Ending.FAULT
    assert "parameter Expand" in capsys.readouterr().err


def test_an_application_id_with_a_quotation_mark_is_found(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Free text of a sender; nothing of it may be taken for SQL."""
    text = "PO'4711\" OR 1=1 --"
    archive.hold(shown_row(5, NOON, ApplicationMessageId=text))
    archive.write()

    story = told(archive, capsys, text, "--since", iso_instant(NOON - DAY))

    (message,) = story["messages"]
    assert message["versions"][0]["record"]["ApplicationMessageId"] == text


def test_a_chain_is_followed_by_correlation_and_predecessor(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """From any of its messages, over days; by when each began."""
    first = archive.hold(shown_row(1, NOON))
    second = archive.hold(shown_row(2, NOON + 9 * DAY, PredecessorMessageGuid=first["MessageGuid"]))
    third = archive.hold(
        shown_row(3, NOON + 10 * DAY, CorrelationId=second["CorrelationId"], status="FAILED")
    )
    archive.write()
    chain = [each["MessageGuid"] for each in (first, second, third)]

    for wanted in (*chain, second["CorrelationId"]):
        story = told(archive, capsys, wanted)
        assert [each["MessageGuid"] for each in story["messages"]] == chain
        assert story["broken"] == {}


def test_a_predecessor_that_is_older_than_the_first_days_is_looked_for_where_its_id_says(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its id holds the second of its creation, so it is found however old it is."""
    old = archive.hold(shown_row(1, NOON - 90 * DAY))
    young = archive.hold(shown_row(2, NOON, PredecessorMessageGuid=old["MessageGuid"]))
    archive.write()

    story = told(archive, capsys, young["MessageGuid"])

    assert [each["MessageGuid"] for each in story["messages"]] == [
        old["MessageGuid"],
        young["MessageGuid"],
    ]


def test_a_broken_chain_is_said(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """A predecessor that nobody archived is a fact about the story."""
    lost = guid_of(77, NOON - DAY)
    row = archive.hold(shown_row(2, NOON, PredecessorMessageGuid=lost))
    archive.write()

    story = told(archive, capsys, row["MessageGuid"])

    assert story["broken"] == {lost: row["MessageGuid"]}
    assert lost in story["remarks"][0]


def test_bounds_bind_and_what_they_leave_out_is_said(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever says from when on is told that there was something before."""
    guid = retried(archive)

    story = told(archive, capsys, guid, "--since", iso_instant(NOON + DAY))

    (message,) = story["messages"]
    assert message["statuses"] == ["COMPLETED"]
    assert "earlier versions of it may be missing" in story["remarks"][0]


def test_an_amended_version_is_told_in_its_place(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state is the same, so it is no step of the message's way."""
    archive.hold(shown_row(1, NOON, started=NOON))
    archive.hold(
        shown_row(1, NOON, started=NOON, Receiver="late"), read_at=NOON + DAY, amended=True
    )
    archive.write()

    assert main(["trace", guid_of(1, NOON), "--dir", str(archive.root)]) == Ending.WELL

    shown = capsys.readouterr().out
    assert "Order to Cash: COMPLETED\n" in shown
    assert "amended" in shown


def test_a_row_without_dates_is_part_of_the_story(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is filed by its id, and older than any dated version."""
    born = NOON - HOUR
    archive.hold(shown_row(1, None, status="PROCESSING", created=born))
    archive.hold(shown_row(1, NOON, status="COMPLETED", created=born, started=born))
    archive.write()

    story = told(archive, capsys, guid_of(1, born))

    assert story["messages"][0]["statuses"] == ["PROCESSING", "COMPLETED"]


def test_texts_of_the_tenant_do_nothing_to_a_terminal(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither escape sequences nor the markup of the library that prints."""
    row = archive.hold(
        shown_row(1, NOON, status="FAILED", Sender="\x1b[2Jgone [bold]x[/bold] \u202eevil"),
        error_text="\x1b]0;title\x07[red]boom[/red]",
    )
    archive.write()

    assert main(["trace", row["MessageGuid"], "--dir", str(archive.root)]) == Ending.WELL

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]x[/bold]" in shown
    assert "[red]boom[/red]" in shown


def test_what_is_nowhere_is_a_fault_that_names_where_it_was_looked_for(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not an empty story that looks like an answer."""
    wanted = guid_of(4_000, NOON)

    assert main(["trace", wanted, "--dir", str(archive.root)]) == Ending.FAULT

    said = capsys.readouterr().err
    assert wanted in said
    assert f"{NOON:%Y-%m-%d}" in said


def test_a_damaged_part_is_named_instead_of_left_out(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """A story without the versions of a part that cannot be read would be a lie."""
    guid = retried(archive)
    path = next(archive.root.rglob("18Z-0000.jsonl.gz"))
    path.write_bytes(path.read_bytes()[:-20])

    assert main(["trace", guid, "--dir", str(archive.root)]) == Ending.SETUP
    assert "18Z-0000.jsonl.gz" in capsys.readouterr().err


def test_nothing_to_look_for_is_said_in_one_sentence(
    archive: WrittenArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    """``make trace`` without ID, a header without a value, a bound that is none."""
    folder = ["--dir", str(archive.root)]

    for words in (
        [""],
        ["HEADER=po_number"],
        [guid_of(1, NOON), "--since", "yesterday"],
        [guid_of(1, NOON), "--since", "P1D", "--until", "P2D"],
    ):
        assert main(["trace", *words, *folder]) == Ending.USAGE, words
        assert capsys.readouterr().err.strip(), words


def test_a_folder_that_holds_no_archive_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As is how to make a copy of one."""
    assert main(["trace", guid_of(1), "--dir", str(tmp_path)]) == Ending.SETUP
    assert "aws s3 sync" in capsys.readouterr().err


def test_the_samples_tell_their_creation() -> None:
    """Else nothing above would test what it says."""
    assert created_at(guid_of(1, NOON)) == NOON
