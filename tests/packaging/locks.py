"""The lock files, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

LAYER: Final = PROJECT / "layers" / "dependencies" / "requirements.txt"
LOCKS: Final = (LAYER, *sorted((PROJECT / "requirements").glob("*.txt")))

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked package.

    Attributes:
        version: The only version that may be installed.
        hashes: The files of that version that may be.
    """

    version: str
    hashes: frozenset[str]


def pins(lock: Path) -> dict[str, Pin]:
    """Read a lock: what it pins, by normalised name."""
    text = lock.read_text()
    starts = [*_PIN.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {
        normalised(match[1]): Pin(match[2], frozenset(_HASH.findall(text, match.start(), end)))
        for match, end in zip(starts, ends, strict=True)
    }


def normalised(name: str) -> str:
    """Write a package's name the one way (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
