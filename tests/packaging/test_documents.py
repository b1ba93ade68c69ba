"""What the documents say of the code is so, and what they link is there."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from mpl_export import __version__
from operate.command import cli
from operate.endings import Ending
from tests.packaging.documents import DOCUMENTS, anchors, links
from tests.packaging.template import PROJECT
from tests.support.operators.broken_stacks import RIGHTS, healthy

if TYPE_CHECKING:
    from pathlib import Path

SECURITY = PROJECT / "SECURITY.md"
OPERATING = PROJECT / "docs" / "operating.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    """To a file that is there and, where it names a heading, to a heading that is there."""
    broken = []
    for path, part in links(document):
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (part and part not in anchors(target)):
            broken.append(f"{path}#{part}")

    assert broken == []


def test_the_headings_that_digests_link_are_in_the_runbook() -> None:
    """The page behind `RunbookUrl` is a copy of docs/alarms.md."""
    notifier = PROJECT / "functions" / "mpl_export" / "notifier"
    linked = {
        heading
        for module in notifier.glob("*.py")
        for heading in re.findall(r"\.links\(\"([\w-]+)\"\)", module.read_text())
    }

    assert len(linked) >= 2
    assert linked <= anchors(PROJECT / "docs" / "alarms.md")


def test_the_readme_is_read_to_its_end() -> None:
    """What goes on and on is read by nobody: a page per question is in docs/."""
    assert len((PROJECT / "README.md").read_text().splitlines()) <= 250


def test_every_page_is_linked_from_the_readme() -> None:
    """A page that nothing leads to does not exist."""
    linked = {path for path, _ in links(PROJECT / "README.md")}

    assert {f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")} <= linked


def test_no_page_is_listed_twice_in_the_readme() -> None:
    """Two questions with one answer send people to the same page twice."""
    rows = [line for line in (PROJECT / "README.md").read_text().splitlines() if line[:1] == "|"]
    listed = re.findall(r"\]\((docs/[\w-]+\.md)\) \|$", "\n".join(rows), re.MULTILINE)

    assert len(listed) > 20
    assert sorted(listed) == sorted(set(listed))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_picture_is_there_for_light_and_dark(document: Path) -> None:
    """A bright page in a dark one hurts at night, which is when some of these are read."""
    text = document.read_text()
    pictures = re.findall(
        r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*'
        r'<img alt="[^"]{20,}" src="([^"]+)">\s*</picture>',
        text,
    )

    assert len(pictures) == text.count("<picture>")
    assert len(pictures) == len(re.findall(r"<img |!\[", text))
    for name in {name for pair in pictures for name in pair}:
        assert (document.parent / name).is_file(), name
    assert all(dark != light for dark, light in pictures)


def test_every_cannot_of_the_threat_model_has_its_test() -> None:
    """What nobody tries is a hope."""
    rows = [
        row
        for row in SECURITY.read_text().partition("## Who can do what")[2].splitlines()
        if row.startswith("| ") and "cannot | held by" not in row
    ]
    named = [re.findall(r"\[`(test_\w+)`\]\((tests/[\w/.]+)\)", row) for row in rows]

    assert len(rows) >= 20
    assert [row for row, tests in zip(rows, named, strict=True) if not tests] == []
    missing = [
        f"{path}::{name}"
        for tests in named
        for name, path in tests
        if f"def {name}(" not in (PROJECT / path).read_text()
    ]
    assert missing == []


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    """Scripts branch on them."""
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", OPERATING.read_text(), re.MULTILINE)

    assert {int(code) for code, _ in listed} == set(Ending)
    assert all(f"{code:>3}  {meaning}" in str(cli.epilog) for code, meaning in listed)


def test_every_right_of_the_doctor_is_listed_beside_its_step() -> None:
    """Whoever writes a role for operators copies this list."""
    rows = [row for row in OPERATING.read_text().splitlines() if row.startswith("| `")]

    assert {step for step, _ in RIGHTS.values()}
    for step, action in RIGHTS.values():
        assert any(f"`{step}`" in row and f"`{action}`" in row for row in rows), (step, action)


def test_the_licence_is_the_one_that_is_named() -> None:
    """Whole, as the licence itself demands."""
    text = (PROJECT / "LICENSE").read_text()

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_release_is_told_in_one_place() -> None:
    """A second place would be wrong after the next release."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    changelog = (PROJECT / "CHANGELOG.md").read_text()

    assert "version" not in project
    assert project["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0] in {"Unreleased", __version__}


def test_the_steps_of_the_doctor_are_all_listed() -> None:
    """In the order of no one's memory: the page is compared with what the doctor does."""
    from operate.doctor.show import examined  # noqa: PLC0415
    from operate.voice import Voice  # noqa: PLC0415
    from tests.integration.test_doctor import STEPS  # noqa: PLC0415
    from tests.support.operators.scripted_account import scripted_stack  # noqa: PLC0415

    listed = set(
        re.findall(
            r"`([^`]+)`", "".join(re.findall(r"^\| (`.*?) \|", OPERATING.read_text(), re.MULTILINE))
        )
    )
    outside = [each.name for each in examined(scripted_stack(healthy()), Voice(as_json=True)).steps]

    assert {*STEPS, *outside} <= listed
