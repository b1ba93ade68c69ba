"""The checkpoint of one tenant, in one item of a DynamoDB table: what is noted, and when."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from mpl_export.checkpoint import (
    MOST_STUCK,
    PART_NOTED_FOR,
    Checkpoint,
    Lease,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.checkpoint_item import checkpoint_of
from mpl_export.dynamo_item import Item, Value
from mpl_export.evidence import Evidence
from mpl_export.model import Walked

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ITEM = "checkpoint"


class DynamoCheckpoints:
    """``Checkpoints`` in DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table: str, tenant: str) -> None:
        self._item = Item(client, table, {"tenant": {"S": tenant}, "item": {"S": _ITEM}})

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""
        return checkpoint_of(self._item.read())

    @contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Hold the lease for the length of the ``with``, unless another run holds it."""
        lease = self._acquire(owner, now=now, until=until, start_from=start_from)
        try:
            yield lease
        finally:
            if lease.held:
                self._release(owner)

    def commit(
        self,
        position: datetime,
        reached: datetime,
        *,
        at: datetime,
        passed: Collection[datetime] = (),
    ) -> None:
        """Note how far the export got; ignored if it got further already."""
        values: dict[str, Value] = {":position": position, ":reached": reached, ":at": at}
        update = "SET #position = :position, reached = :reached, progressed = :at"
        if passed:
            values[":passed"] = passed
            update += " DELETE stuck :passed"
        self._item.update(
            update,
            "attribute_not_exists(#position) OR #position < :position"
            " OR (#position = :position AND reached < :reached)",
            values,
            names={"#position": "position"},
        )

    def note_success(self, at: datetime, *, caught_up: bool) -> None:
        """Note that a run ended well, and whether it got to its present; the first ones stay."""
        update = "SET first_success = if_not_exists(first_success, :at)"
        if caught_up:
            update += ", caught_up = if_not_exists(caught_up, :at)"
        self._item.update(update, None, {":at": at})

    def note_sweep(self, hour: datetime, found: OpenNoted | None = None) -> None:
        """Note the hour in which the open logs were read, and what that found."""
        members: dict[str, Value | None] = {
            "swept": hour,
            "open_count": None if found is None else found.count,
            "open_since": None if found is None else found.since,
        }
        self._item.set_members(
            members,
            "attribute_not_exists(swept) OR swept < :swept",
        )

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run."""
        self._item.update(
            "ADD stuck :instants",
            "attribute_not_exists(stuck) OR size(stuck) < :most",
            {":instants": [instant], ":most": MOST_STUCK},
        )

    def note_walked(self, walked: Walked | None, *, at: datetime) -> None:
        """Note how far a tie was walked, when; None when it lies behind."""
        if walked is None:
            self._item.update("REMOVE walked_instant, walked_offset, walked_passed", None, {})
            return
        self._item.update(
            "SET walked_instant = :instant, walked_offset = :offset, walked_passed = :passed,"
            " progressed = :at",
            None,
            {
                ":instant": walked.instant,
                ":offset": walked.offset,
                ":passed": walked.passed,
                ":at": at,
            },
        )

    def note_reconcile(self, reconcile: Reconcile) -> None:
        """Note how far the reconcile got; ignored if it, or a later one, got further already."""
        walked = reconcile.walked
        members: dict[str, Value | None] = {
            "reconcile_since": reconcile.since,
            "reconcile_until": reconcile.until,
            "reconcile_reached": reconcile.reached,
            "reconcile_below": reconcile.below,
            "reconcile_walked_instant": None if walked is None else walked.instant,
            "reconcile_walked_offset": None if walked is None else walked.offset,
            "reconcile_walked_passed": None if walked is None else walked.passed,
            "reconcile_not_before": reconcile.not_before,
        }
        self._item.set_members(
            members,
            "attribute_not_exists(reconcile_until) OR reconcile_until < :reconcile_until"
            " OR (reconcile_until = :reconcile_until AND reconcile_reached <= :reconcile_reached)",
        )

    def note_part(self, part: NotedPart) -> None:
        """Note a part that was stored, unless one is noted that is younger than an hour."""
        self._item.update(
            "SET part_key = :key, part_at = :at",
            "attribute_not_exists(part_at) OR part_at <= :old",
            {":key": part.key, ":at": part.at, ":old": part.at - PART_NOTED_FOR},
        )

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal that was made; ignored if a later one is noted."""
        self._item.update(
            "SET seal_number = :number, seal_sha256 = :sha256",
            "attribute_not_exists(seal_number) OR seal_number < :number",
            {":number": seal.number, ":sha256": seal.sha256},
        )

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed that arrived before; ignored if more is noted."""
        self._item.update(
            "SET sealed = :until",
            "attribute_not_exists(sealed) OR sealed < :until",
            {":until": until},
        )

    def note_evidence(self, evidence: Evidence) -> None:
        """Note the evidence of a day; ignored if that of this day or a later one is noted."""
        members: dict[str, Value | None] = {
            "evidence_day": evidence.day,
            "evidence_before": evidence.before,
            "evidence_after": evidence.after,
            "evidence_read": evidence.read,
            "evidence_stepped_over": evidence.stepped_over,
            "evidence_unreadable": evidence.unreadable,
            "evidence_ties": evidence.ties_unresolved,
        }
        self._item.set_members(
            members,
            "attribute_not_exists(evidence_day) OR evidence_day < :evidence_day",
        )

    def note_artifacts(self, hour: datetime, *, refused: datetime | None) -> None:
        """Note the hour of a look at what is deployed, and since when the role is missing."""
        values: dict[str, Value] = {":hour": hour}
        if refused is not None:
            values[":refused"] = refused
        change = (
            " REMOVE artifacts_refused" if refused is None else ", artifacts_refused = :refused"
        )
        self._item.update(
            f"SET artifacts_read = :hour{change}",
            "attribute_not_exists(artifacts_read) OR artifacts_read < :hour",
            values,
        )

    def begin_snapshot(self, key: str) -> None:
        """Note that a snapshot is about to be stored; ignored if a later one is noted."""
        self._item.update(
            "SET artifacts_begun = :key",
            "attribute_not_exists(artifacts_begun) OR artifacts_begun < :key",
            {":key": key},
        )

    def note_snapshot(self, key: str, digest: str) -> None:
        """Note that a snapshot is stored; ignored if a later one is noted."""
        self._item.update(
            "SET artifacts_key = :key, artifacts_digest = :digest",
            "attribute_not_exists(artifacts_key) OR artifacts_key < :key",
            {":key": key, ":digest": digest},
        )

    def prove_writable(self) -> None:
        """Be allowed to write, without writing: a condition that never holds.

        DynamoDB asks for the right before it looks at the condition.
        """
        self._item.update("SET probe = :probe", "attribute_exists(probe)", {":probe": "probe"})

    def _acquire(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Lease:
        members = self._item.claimed(
            "SET #owner = :owner, held_until = :until,"
            " start_from = if_not_exists(start_from, :start_from),"
            " first_run = if_not_exists(first_run, :now)",
            "attribute_not_exists(held_until) OR held_until <= :now OR #owner = :owner",
            {":owner": owner, ":now": now, ":until": until, ":start_from": start_from},
            names={"#owner": "owner"},
            action="take the lease in",
        )
        if members is None:
            return Lease(held=False, checkpoint=self.read())
        return Lease(held=True, checkpoint=checkpoint_of(members))

    def _release(self, owner: str) -> None:
        self._item.update(
            "REMOVE held_until, #owner",
            "#owner = :owner",
            {":owner": owner},
            names={"#owner": "owner"},
        )
