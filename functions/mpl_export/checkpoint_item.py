"""The checkpoint as the members of an item of DynamoDB tell it.

They are flat, since a condition on a member of a map is easily misread.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mpl_export.checkpoint import (
    Checkpoint,
    NotedArtifacts,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.evidence import Evidence
from mpl_export.instants import parse_instant
from mpl_export.model import Walked
from mpl_export.rules.rules import Noted


def checkpoint_of(item: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint that an item holds; half a note, as of an item edited by hand, is none."""

    def instant(name: str) -> datetime | None:
        text = item.get(name, {}).get("S")
        return None if text is None else parse_instant(text)

    def walked(prefix: str) -> Walked | None:
        where, offset = instant(f"{prefix}_instant"), item.get(f"{prefix}_offset", {}).get("N")
        passed = item.get(f"{prefix}_passed", {}).get("N", "0")
        return None if where is None or offset is None else Walked(where, int(offset), int(passed))

    def reconcile() -> Reconcile | None:
        since, until = instant("reconcile_since"), instant("reconcile_until")
        reached = instant("reconcile_reached")
        if since is None or until is None or reached is None:
            return None
        return Reconcile(
            since=since,
            until=until,
            reached=reached,
            below=instant("reconcile_below"),
            walked=walked("reconcile_walked"),
            not_before=instant("reconcile_not_before"),
        )

    def seal() -> SealHead | None:
        number, sha256 = item.get("seal_number", {}).get("N"), item.get("seal_sha256", {}).get("S")
        known = number is not None and sha256 is not None
        return SealHead(number=int(number), sha256=sha256) if known else None

    def count(name: str) -> int | None:
        text = item.get(name, {}).get("N")
        return None if text is None else int(text)

    def evidence() -> Evidence | None:
        day = instant("evidence_day")
        if day is None:
            return None
        return Evidence(
            day=day,
            before=count("evidence_before"),
            after=count("evidence_after"),
            read=count("evidence_read") or 0,
            stepped_over=count("evidence_stepped_over") or 0,
            unreadable=count("evidence_unreadable") or 0,
            ties_unresolved=count("evidence_ties") or 0,
        )

    number = item.get("rules_number", {}).get("N")
    open_count = count("open_count")
    key, at = item.get("part_key", {}).get("S"), instant("part_at")
    return Checkpoint(
        position=instant("position"),
        reached=instant("reached"),
        progressed=instant("progressed"),
        start_from=instant("start_from"),
        first_run=instant("first_run"),
        first_success=instant("first_success"),
        caught_up=instant("caught_up"),
        swept=instant("swept"),
        open=None
        if open_count is None
        else OpenNoted(count=open_count, since=instant("open_since")),
        stuck=frozenset(map(parse_instant, item.get("stuck", {}).get("SS", ()))),
        walked=walked("walked"),
        reconcile=reconcile(),
        part=None if key is None or at is None else NotedPart(key=key, at=at),
        seal=seal(),
        sealed=instant("sealed"),
        rules=None
        if number is None
        else Noted(
            number=int(number), teams=tuple(sorted(item.get("rules_teams", {}).get("SS", ())))
        ),
        evidence=evidence(),
        artifacts=NotedArtifacts(
            read=instant("artifacts_read"),
            refused=instant("artifacts_refused"),
            begun=item.get("artifacts_begun", {}).get("S"),
            key=item.get("artifacts_key", {}).get("S"),
            digest=item.get("artifacts_digest", {}).get("S"),
        ),
    )
