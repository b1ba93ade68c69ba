"""What the demo prints of a stack: each thing once, and no more than a screen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from operate.demo.narrator import Narrator
from operate.demo.showing import _show_digest, show_archive, show_report

if TYPE_CHECKING:
    import pytest

    from operate.emulated.stack import Stack


@dataclass
class Shown:
    """A stack with these records, as far as the demo looks at it."""

    found: list[dict[str, Any]]
    bucket: str = "archive"
    keys: Any = field(default=list)
    parts: Any = field(default=list)

    def records(self) -> list[dict[str, Any]]:
        """The records."""
        return self.found

    def reports(self) -> list[dict[str, Any]]:
        """One run has stored all of them."""
        return [{"versions_stored": len(self.found)}]


def record(number: int, status: str) -> dict[str, Any]:
    """A record."""
    return {"Version": f"v{number}", "MessageGuid": f"guid-{number}", "Status": status}


def test_no_record_is_shown_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Who sees a version twice does not believe that none is stored twice."""
    stack = Shown([record(1, "COMPLETED"), record(2, "COMPLETED"), record(3, "FAILED")])
    narrator = Narrator()

    show_archive(narrator, cast("Stack", stack))

    told = capsys.readouterr().out
    assert [told.count(f"guid-{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert narrator.missing == []


def test_a_failed_one_is_shown_first(capsys: pytest.CaptureFixture[str]) -> None:
    """It is what the project is for."""
    found = [record(1, "FAILED"), *(record(number, "COMPLETED") for number in range(2, 9))]

    show_archive(Narrator(), cast("Stack", Shown(found)))

    told = capsys.readouterr().out
    assert told.index("guid-1") < told.index("guid-8") < told.index("guid-7")
    assert "guid-6" not in told


def test_a_long_digest_is_shown_by_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    """That of a first run has hundreds of lines, and hides what comes after it."""
    _show_digest(Narrator(), "\n".join(f"line {number}" for number in range(100)))
    _show_digest(Narrator(), "short")

    told = capsys.readouterr().out.splitlines()
    assert len(told) == 18 + 1 + 1
    assert told[18].strip() == "(and 82 lines more)"


def test_what_a_report_has_nothing_to_say_about_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """None and empty lists are for programs."""
    show_report(Narrator(), {"walked": None, "failed": [], "rows_read": 0, "versions_stored": 0})

    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "rows_read",
        "versions_stored",
    ]
