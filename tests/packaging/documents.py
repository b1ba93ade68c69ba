"""The documents of the repository, and what stands in them: links, anchors and commands."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS: Final = sorted(
    [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")], key=lambda path: path.name
)

# What a line of a command says if no test can run it.
MARKS: Final = ("needs an account", "takes half an hour", "needs the network")


# Programs whose behaviour is nobody's promise here.
_PLAIN: Final = frozenset({"git", "rm", "cd", "unzip"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command line of a document.

    Attributes:
        document: The name of the document.
        text: The line with its comment; one that goes on over several lines, whole.
        introduction: The sentences that lead to the block in which it stands.
    """

    document: str
    text: str
    introduction: str

    @property
    def marked(self) -> bool:
        """Whether it, or what leads to it, says why no test runs it."""
        return any(mark in self.text or mark in self.introduction for mark in MARKS)


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub makes of the headings.

    Source: https://docs.github.com/en/get-started/writing-on-github, "Section links".
    """
    return {anchor(line.lstrip("#").strip()) for line in prose(document) if line.startswith("#")}


def anchor(heading: str) -> str:
    """The anchor of a heading: lower case, hyphens for blanks, no other punctuation."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def links(document: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a document, each as path (may be empty) and anchor (may be empty)."""
    for line in prose(document):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if "://" not in target:
                path, _, part = target.partition("#")
                yield path, part


def commands(document: Path) -> Iterator[Command]:
    """The command lines of a document's shell blocks; lines that are set in go on."""
    for introduction, block in re.findall(
        r"(?ms)([^\n]*\n(?:[^\n]+\n)*)\n? *```sh\n(.*?)^ *```$", document.read_text()
    ):
        inner = textwrap.dedent(block)
        for text in re.split(r"\n(?! )", re.sub(r"\\\n\s*", "", inner).strip()):
            if text and not text.startswith("#") and text.split()[0] not in _PLAIN:
                yield Command(document.name, text, introduction.rsplit("\n\n", 1)[-1])


def prose(document: Path) -> list[str]:
    """The lines of a document outside of its blocks."""
    return re.sub(r"(?ms)^ *```.*?^ *```$", "", document.read_text()).splitlines()
