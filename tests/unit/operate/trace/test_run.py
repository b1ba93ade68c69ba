"""Which source is asked: parts for a little, Athena for much, as far as there is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from operate.archive.places import Stored
from operate.archive.where import Archive, ArchiveWhere
from operate.endings import StoppedError
from operate.trace.athena import AthenaLines
from operate.trace.local import LocalParts
from operate.trace.run import Asked, _source
from operate.trace.wanted import Wanted
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.operators.scripted_account import ScriptedAccount, scripted_stack
from tests.unit.samples import guid_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.archive.places import Place

DAY = f"{NOON:%Y-%m-%d}"


class OneDay:
    """A bucket with one part of a size."""

    name, remote = "s3://acme", True

    def __init__(self, size: int) -> None:
        self.size = size

    def folders(self, _prefix: str) -> list[str]:
        """The one day."""
        return [f"dt={DAY}"]

    def objects(self, prefix: str) -> Iterator[Stored]:
        """The one part."""
        yield Stored(f"{prefix}12Z-0000.jsonl.gz", self.size)

    read = local = None


def chosen(folder: Path, engine: str, size: int, *, queries: bool) -> object:
    """The source for a message of that day."""
    stack = scripted_stack(ScriptedAccount())
    if queries:
        outputs = {**stack.outputs, "Database": "archive", "Workgroup": "readers"}
        stack = replace(stack, outputs=outputs)
    archive = Archive(place=cast("Place", OneDay(size)), tenant="acme", deployed=stack)
    wanted = Wanted.of(guid_of(1, NOON))
    voice = Voice(as_json=True)
    local = LocalParts(archive, ArchiveWhere(), wanted, folder, voice)
    asked = Asked(wanted=wanted, since=None, until=None, engine=engine)
    return _source(local, archive, asked, NOON + timedelta(days=3), voice)


def test_a_little_is_read_here_and_much_by_athena(tmp_path: Path) -> None:
    """Unless the caller knows better."""
    assert isinstance(chosen(tmp_path, "auto", 999_999_999, queries=True), LocalParts)
    assert isinstance(chosen(tmp_path, "auto", 1_000_000_000, queries=True), AthenaLines)
    assert isinstance(chosen(tmp_path, "here", 1_000_000_000, queries=True), LocalParts)
    assert isinstance(chosen(tmp_path, "athena", 1, queries=True), AthenaLines)


def test_a_stack_without_a_database_is_read_here(tmp_path: Path) -> None:
    """It is an older one; to insist on Athena is answered."""
    assert isinstance(chosen(tmp_path, "auto", 10**10, queries=False), LocalParts)
    with pytest.raises(StoppedError, match="outputs Database and Workgroup"):
        chosen(tmp_path, "athena", 10**10, queries=False)
