"""The page on erasure, followed to the letter: what was emptied is known, and does not return."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson

from mpl_export.archive.archive import Archive
from mpl_export.archive.records import versions_in
from tests.packaging.template import PROJECT
from tests.support.exporter.fakes import MemoryObjects
from tests.unit.samples import log

if TYPE_CHECKING:
    from pathlib import Path

JANE = "jane.doe@example.com"


def erase(part: bytes, home: Path) -> bytes:
    """What the script of the page makes of a part."""
    page = (PROJECT / "docs" / "erasure.md").read_text()
    block = re.search(r"( *)```python\n(.*?)\n *```", page, re.DOTALL)
    assert block is not None
    script = "\n".join(line.removeprefix(block[1]) for line in block[2].splitlines())
    (home / "erase.py").write_text(script)
    (home / "part.jsonl.gz").write_bytes(part)
    names = ("erase.py", "part.jsonl.gz", "erased.jsonl.gz", JANE)
    subprocess.run([sys.executable, *names], cwd=home, check=True, timeout=30)
    return (home / "erased.jsonl.gz").read_bytes()


def test_what_was_emptied_holds_nothing_and_is_not_exported_again(tmp_path: Path) -> None:
    """The line keeps its version: that is all that the export reads of it."""
    objects = MemoryObjects()
    mine, hers = log(1), log(2, Sender=JANE)
    (stored,) = Archive(objects, "demo").store([mine, hers], lambda _: {})
    before = objects.held[stored.key]

    objects.held[stored.key] = erase(before, tmp_path)

    after = objects.held[stored.key]
    lines = [orjson.loads(line) for line in gzip.decompress(after).splitlines()]
    assert JANE.encode() in gzip.decompress(before)
    assert JANE.encode() not in gzip.decompress(after)
    assert lines[1] == {"Version": hers.version.hex(), "Erased": True}
    assert gzip.decompress(after).splitlines()[0] == gzip.decompress(before).splitlines()[0]
    assert list(versions_in(after)) == list(versions_in(before))
    assert list(Archive(objects, "demo").store([hers, mine], lambda _: {})) == []
