"""The page about flows that are not there says what is sent."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.artifact_event import DETAIL_TYPES
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = sorted((PROJECT / "events").glob("flow-*.json"))
PAGE = (PROJECT / "docs" / "flows.md").read_text(encoding="utf-8")


def test_every_type_is_on_the_page() -> None:
    """And has an example."""
    examples = {json.loads(path.read_text())["detail-type"] for path in EXAMPLES}

    assert examples == set(DETAIL_TYPES.values())
    assert {kind for kind in examples if f"`{kind}`" in PAGE} == examples


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "events").glob("flow-*.json")), ids=lambda path: path.name
)
def test_every_member_is_on_the_page(path: Path) -> None:
    """In the table of members, and nothing else is."""
    detail = json.loads(path.read_text())["detail"]
    table = PAGE[PAGE.index("| member of `detail` |") :].split("\n\n")[0]
    named = {
        name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }

    assert named - {"detail"} == set(detail)
