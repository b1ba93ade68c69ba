"""The checkpoint: how far the export got, and who may run, in one item of a DynamoDB table.

What the lease saves is double work, never the archive, which needs no lock.  And a commit needs no
lease: it is conditional on the position growing, because what a stale run says is still true.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors, error_code
from mpl_export.instants import MILLISECOND, iso_instant, parse_instant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ITEM = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was known at the end of the last commit.

    Attributes:
        position: The instant before which all has been exported, the overlap included; None before
            the first commit.
        reached: The instant before which the last run had read and stored everything.
        start_from: Where the first run began, resolved once and for all.
        first_run: When the first run began.
        swept: The hour in which the open logs were read last.
        stuck: Milliseconds for which the tenant failed throughout a run, half-open.
    """

    position: datetime | None = None
    reached: datetime | None = None
    start_from: datetime | None = None
    first_run: datetime | None = None
    swept: datetime | None = None
    stuck: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run until an instant, or the news that another run has it."""

    held: bool
    checkpoint: Checkpoint


class Checkpoints(Protocol):
    """Where the checkpoint of one tenant is kept."""

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""

    @contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Hold the lease for the length of the ``with``, unless another run holds it.

        Args:
            owner: The id of this run; a run that Lambda invoked twice is one owner.
            until: When Lambda will end this run.  The lease ends then by itself, so a run that is
                killed does not keep the next one waiting, and nothing has to be renewed.
            start_from: Where to begin if this is the first run of all; otherwise ignored.
        """

    def commit(self, position: datetime, reached: datetime) -> None:
        """Note how far the export got; ignored if it got further already."""

    def note_sweep(self, hour: datetime) -> None:
        """Note the hour in which the open logs were read."""

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run.

        One that follows upon what is noted already is added to it; another replaces it.
        """


class DynamoCheckpoints:
    """The checkpoint of one tenant in DynamoDB."""

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

    def commit(self, position: datetime, reached: datetime) -> None:
        """Note how far the export got; ignored if it got further already."""
        self._update(
            "SET #position = :position, reached = :reached",
            "attribute_not_exists(#position) OR #position < :position",
            {":position": iso_instant(position), ":reached": iso_instant(reached)},
            names={"#position": "position"},
        )

    def note_sweep(self, hour: datetime) -> None:
        """Note the hour in which the open logs were read."""
        self._update(
            "SET swept = :hour",
            "attribute_not_exists(swept) OR swept < :hour",
            {":hour": iso_instant(hour)},
        )

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run."""
        since, until = iso_instant(instant), iso_instant(instant + MILLISECOND)
        added = self._update(
            "SET stuck_until = :until",
            "attribute_exists(stuck_since) AND stuck_until = :since",
            {":since": since, ":until": until},
        )
        if not added:
            self._update(
                "SET stuck_since = :since, stuck_until = :until",
                None,
                {":since": since, ":until": until},
            )

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
        values: Mapping[str, str],
        *,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Update the item; say whether the condition held."""
        optional: dict[str, Any] = {}
        if condition is not None:
            optional["ConditionExpression"] = condition
        if names is not None:
            optional["ExpressionAttributeNames"] = names
        try:
            with self._errors("write"):
                self._client.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression=update,
                    ExpressionAttributeValues={
                        name: {"S": value} for name, value in values.items()
                    },
                    **optional,
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        with aws_errors(action, f"the table {self._table}"):
            yield


def _checkpoint(item: Mapping[str, Any]) -> Checkpoint:
    def instant(name: str) -> datetime | None:
        text = item.get(name, {}).get("S")
        return None if text is None else parse_instant(text)

    since, until = instant("stuck_since"), instant("stuck_until")
    return Checkpoint(
        position=instant("position"),
        reached=instant("reached"),
        start_from=instant("start_from"),
        first_run=instant("first_run"),
        swept=instant("swept"),
        stuck=None if since is None or until is None else (since, until),
    )
