"""What an item of DynamoDB says of the checkpoint, whatever it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.checkpoint import Checkpoint, NotedPart, OpenNoted
from mpl_export.checkpoint_item import checkpoint_of
from mpl_export.evidence import Evidence
from mpl_export.model import Walked
from mpl_export.rules.rules import Noted
from tests.support.manual_clock import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_NOON = {"S": "2026-11-22T12:00:00.000Z"}


def test_no_item_is_the_checkpoint_of_a_tenant_that_begins() -> None:
    """Before the first run there is none."""
    assert checkpoint_of({}) == Checkpoint()


def test_members_are_read_by_their_types() -> None:
    """Instants, counts, sets; a member that this release does not know is left alone."""
    found = checkpoint_of(
        {
            "position": AT_NOON,
            "open_count": {"N": "2"},
            "open_since": AT_NOON,
            "stuck": {"SS": [AT_NOON["S"]]},
            "walked_instant": AT_NOON,
            "walked_offset": {"N": "7"},
            "part_key": {"S": "a key"},
            "part_at": AT_NOON,
            "rules_number": {"N": "3"},
            "rules_teams": {"SS": ["sales", "finance"]},
            "of_a_later_release": {"BOOL": True},
        }
    )

    assert found == Checkpoint(
        position=NOON,
        open=OpenNoted(count=2, since=NOON),
        stuck=frozenset({NOON}),
        walked=Walked(NOON, 7, 0),
        part=NotedPart(key="a key", at=NOON),
        rules=Noted(number=3, teams=("finance", "sales")),
    )


def test_a_note_without_its_lists_and_counts_is_one_of_none() -> None:
    """DynamoDB holds no empty set, and a day of which nothing was read counts nothing."""
    found = checkpoint_of({"rules_number": {"N": "0"}, "evidence_day": AT_NOON})

    assert found.rules == Noted(number=0, teams=())
    assert found.evidence == Evidence(
        day=NOON, before=None, after=None, read=0, stepped_over=0, unreadable=0, ties_unresolved=0
    )


HALVES: Mapping[str, Mapping[str, Any]] = {
    "walked": {"walked_instant": AT_NOON, "walked_offset": {"N": "7"}},
    "part": {"part_key": {"S": "a key"}, "part_at": AT_NOON},
    "seal": {"seal_number": {"N": "1"}, "seal_sha256": {"S": "00"}},
    "reconcile": {
        "reconcile_since": {"S": "2026-11-20T00:00:00.000Z"},
        "reconcile_until": {"S": "2026-11-22T00:00:00.000Z"},
        "reconcile_reached": {"S": "2026-11-21T00:00:00.000Z"},
    },
}


@pytest.mark.parametrize(
    ("member", "missing"), [(name, part) for name, parts in HALVES.items() for part in parts]
)
def test_half_a_note_is_none(member: str, missing: str) -> None:
    """An item that somebody edited by hand must not stop the export."""
    whole = dict(HALVES[member])

    assert getattr(checkpoint_of(whole), member) is not None
    del whole[missing]
    assert getattr(checkpoint_of(whole), member) is None
