"""The checkpoint of one tenant, in one item of a DynamoDB table."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.checkpoint import (
    MOST_STUCK,
    PART_NOTED_FOR,
    Checkpoint,
    Evidence,
    Lease,
    NotedArtifacts,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.instants import iso_instant, parse_instant
from mpl_export.model import Walked
from mpl_export.rules.rules import Noted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ITEM = "checkpoint"

type _Value = str | int | datetime | Collection[datetime]


class DynamoCheckpoints:
    """``Checkpoints`` in DynamoDB.

    The members of the item are flat, since a condition on a member of a map is easily misread.
    """

    def __init__(self, client: "DynamoDBClient", table: str, tenant: str) -> None:
        self._client = client
        self._table = table
        self._key: Any = {"tenant": {"S": tenant}, "item": {"S": _ITEM}}

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""
        with self._errors("read"):
            answer = self._client.get_item(
                TableName=self._table, Key=self._key, ConsistentRead=True
            )
        return _checkpoint(answer.get("Item", {}))

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
        values: dict[str, _Value] = {":position": position, ":reached": reached, ":at": at}
        update = "SET #position = :position, reached = :reached, progressed = :at"
        if passed:
            values[":passed"] = passed
            update += " DELETE stuck :passed"
        self._update(
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
        self._update(update, None, {":at": at})

    def note_sweep(self, hour: datetime, found: OpenNoted | None = None) -> None:
        """Note the hour in which the open logs were read, and what that found."""
        members: dict[str, _Value | None] = {
            "swept": hour,
            "open_count": None if found is None else found.count,
            "open_since": None if found is None else found.since,
        }
        known = {name: value for name, value in members.items() if value is not None}
        gone = [name for name, value in members.items() if value is None]
        update = "SET " + ", ".join(f"{name} = :{name}" for name in known)
        self._update(
            update + (" REMOVE " + ", ".join(gone) if gone else ""),
            "attribute_not_exists(swept) OR swept < :swept",
            {f":{name}": value for name, value in known.items()},
        )

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run."""
        self._update(
            "ADD stuck :instants",
            "attribute_not_exists(stuck) OR size(stuck) < :most",
            {":instants": [instant], ":most": MOST_STUCK},
        )

    def note_walked(self, walked: Walked | None, *, at: datetime) -> None:
        """Note how far a tie was walked, when; None when it lies behind."""
        if walked is None:
            self._update("REMOVE walked_instant, walked_offset, walked_passed", None, {})
            return
        self._update(
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
        members: dict[str, _Value | None] = {
            "reconcile_since": reconcile.since,
            "reconcile_until": reconcile.until,
            "reconcile_reached": reconcile.reached,
            "reconcile_below": reconcile.below,
            "reconcile_walked_instant": None if walked is None else walked.instant,
            "reconcile_walked_offset": None if walked is None else walked.offset,
            "reconcile_walked_passed": None if walked is None else walked.passed,
            "reconcile_not_before": reconcile.not_before,
        }
        known = {name: value for name, value in members.items() if value is not None}
        gone = [name for name, value in members.items() if value is None]
        update = "SET " + ", ".join(f"{name} = :{name}" for name in known)
        self._update(
            update + (" REMOVE " + ", ".join(gone) if gone else ""),
            "attribute_not_exists(reconcile_until) OR reconcile_until < :reconcile_until"
            " OR (reconcile_until = :reconcile_until AND reconcile_reached <= :reconcile_reached)",
            {f":{name}": value for name, value in known.items()},
        )

    def note_part(self, part: NotedPart) -> None:
        """Note a part that was stored, unless one is noted that is younger than an hour."""
        self._update(
            "SET part_key = :key, part_at = :at",
            "attribute_not_exists(part_at) OR part_at <= :old",
            {":key": part.key, ":at": part.at, ":old": part.at - PART_NOTED_FOR},
        )

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal that was made; ignored if a later one is noted."""
        self._update(
            "SET seal_number = :number, seal_sha256 = :sha256",
            "attribute_not_exists(seal_number) OR seal_number < :number",
            {":number": seal.number, ":sha256": seal.sha256},
        )

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed that arrived before; ignored if more is noted."""
        self._update(
            "SET sealed = :until",
            "attribute_not_exists(sealed) OR sealed < :until",
            {":until": until},
        )

    def note_evidence(self, evidence: Evidence) -> None:
        """Note the evidence of a day; ignored if that of this day or a later one is noted."""
        members: dict[str, _Value | None] = {
            "evidence_day": evidence.day,
            "evidence_before": evidence.before,
            "evidence_after": evidence.after,
            "evidence_read": evidence.read,
            "evidence_stepped_over": evidence.stepped_over,
            "evidence_unreadable": evidence.unreadable,
            "evidence_ties": evidence.ties_unresolved,
        }
        known = {name: value for name, value in members.items() if value is not None}
        gone = [name for name, value in members.items() if value is None]
        update = "SET " + ", ".join(f"{name} = :{name}" for name in known)
        self._update(
            update + (" REMOVE " + ", ".join(gone) if gone else ""),
            "attribute_not_exists(evidence_day) OR evidence_day < :evidence_day",
            {f":{name}": value for name, value in known.items()},
        )

    def note_artifacts(self, hour: datetime, *, refused: datetime | None) -> None:
        """Note the hour of a look at what is deployed, and since when the role is missing."""
        values: dict[str, _Value] = {":hour": hour}
        if refused is not None:
            values[":refused"] = refused
        change = (
            " REMOVE artifacts_refused" if refused is None else ", artifacts_refused = :refused"
        )
        self._update(
            f"SET artifacts_read = :hour{change}",
            "attribute_not_exists(artifacts_read) OR artifacts_read < :hour",
            values,
        )

    def begin_snapshot(self, key: str) -> None:
        """Note that a snapshot is about to be stored; ignored if a later one is noted."""
        self._update(
            "SET artifacts_begun = :key",
            "attribute_not_exists(artifacts_begun) OR artifacts_begun < :key",
            {":key": key},
        )

    def note_snapshot(self, key: str, digest: str) -> None:
        """Note that a snapshot is stored; ignored if a later one is noted."""
        self._update(
            "SET artifacts_key = :key, artifacts_digest = :digest",
            "attribute_not_exists(artifacts_key) OR artifacts_key < :key",
            {":key": key, ":digest": digest},
        )

    def prove_writable(self) -> None:
        """Be allowed to write, without writing: a condition that never holds.

        DynamoDB asks for the right before it looks at the condition.
        """
        self._update("SET probe = :probe", "attribute_exists(probe)", {":probe": "probe"})

    def _acquire(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Lease:
        try:
            with self._errors("take the lease in"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression=(
                        "SET #owner = :owner, held_until = :until,"
                        " start_from = if_not_exists(start_from, :start_from),"
                        " first_run = if_not_exists(first_run, :now)"
                    ),
                    ConditionExpression=(
                        "attribute_not_exists(held_until) OR held_until <= :now OR #owner = :owner"
                    ),
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues={
                        ":owner": {"S": owner},
                        ":now": {"S": iso_instant(now)},
                        ":until": {"S": iso_instant(until)},
                        ":start_from": {"S": iso_instant(start_from)},
                    },
                    ReturnValues="ALL_NEW",
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return Lease(held=False, checkpoint=self.read())
        return Lease(held=True, checkpoint=_checkpoint(answer.get("Attributes", {})))

    def _release(self, owner: str) -> None:
        self._update(
            "REMOVE held_until, #owner",
            "#owner = :owner",
            {":owner": owner},
            names={"#owner": "owner"},
        )

    def _update(
        self,
        update: str,
        condition: str | None,
        values: Mapping[str, _Value],
        *,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Update the item, if the condition holds."""
        optional: dict[str, Any] = {}
        if condition is not None:
            optional["ConditionExpression"] = condition
        if names is not None:
            optional["ExpressionAttributeNames"] = names
        if values:
            optional["ExpressionAttributeValues"] = {
                name: _typed(value) for name, value in values.items()
            }
        try:
            with self._errors("write"):
                self._client.update_item(
                    TableName=self._table, Key=self._key, UpdateExpression=update, **optional
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        with aws_errors(action, f"the table {self._table}"):
            yield


def _typed(value: _Value) -> dict[str, Any]:
    match value:
        case datetime():
            return {"S": iso_instant(value)}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case _:
            return {"SS": [iso_instant(instant) for instant in value]}


def _checkpoint(item: Mapping[str, Any]) -> Checkpoint:
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
