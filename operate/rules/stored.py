"""Rules in the archive bucket and their number in the table, by the operator's own credentials."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mpl_export.archive.layout import rules_key
from operate.account import asking, code_of
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.rules.file import RulesFile

_TRIES = 100
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_AGAIN = "somebody else is putting rules at this moment: see what they put, and try again"


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that are in force.

    Attributes:
        number: Their number; None if nobody has put any.
        text: Their text; None if the object is not there.
    """

    number: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class StackRules:
    """The rules of a stack's tenant."""

    stack: Deployed

    @property
    def _bucket(self) -> str:
        return self.stack.outputs["ArchiveBucket"]

    @property
    def _table(self) -> str:
        return self.stack.outputs["CheckpointTable"]

    @property
    def _key(self) -> dict[str, Any]:
        return {"tenant": {"S": self.stack.tenant}, "item": {"S": "checkpoint"}}

    def key(self, number: int) -> str:
        """The object of a number."""
        return rules_key(self.stack.tenant, number)

    def in_force(self) -> InForce:
        """What holds now.

        Raises:
            StoppedError: AWS does not say.
        """
        dynamodb = self.stack.account.client("dynamodb")
        with asking("dynamodb:GetItem", f"read which rules are in force in {self._table}"):
            item = dynamodb.get_item(TableName=self._table, Key=self._key, ConsistentRead=True)
        number = item.get("Item", {}).get("rules_number", {}).get("N")
        if number is None:
            return InForce(None, None)
        return InForce(int(number), self._text(int(number)))

    def put(self, file: RulesFile, before: InForce) -> int:
        """Put a file, and let it be in force from the next run on; its number.

        Raises:
            StoppedError: AWS refuses, or somebody else was faster.
        """
        number = self._store(file.text, 0 if before.number is None else before.number + 1)
        values: dict[str, Any] = {
            ":number": {"N": str(number)},
            ":teams": {"SS": list(file.rules.teams)},
        }
        condition = "attribute_not_exists(rules_number)"
        if before.number is not None:
            condition = "rules_number = :before"
            values[":before"] = {"N": str(before.number)}
        dynamodb = self.stack.account.client("dynamodb")
        with asking("dynamodb:UpdateItem", f"note the rules' number in {self._table}"):
            try:
                dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression="SET rules_number = :number, rules_teams = :teams",
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                raise StoppedError(_AGAIN, Ending.UNAVAILABLE) from error
        return number

    def prove_writable(self) -> None:
        """Be allowed to note a number, without noting one: a condition that never holds.

        Raises:
            DeniedError: The caller lacks the right.
        """
        dynamodb = self.stack.account.client("dynamodb")
        with asking("dynamodb:UpdateItem", f"write to {self._table}"):
            try:
                dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression="SET probe = :probe",
                    ConditionExpression="attribute_exists(probe)",
                    ExpressionAttributeValues={":probe": {"S": "probe"}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def _store(self, text: str, number: int) -> int:
        """Put a text under the first number that is free, or holds it already."""
        s3 = self.stack.account.client("s3")
        for candidate in range(number, number + _TRIES):
            with asking("s3:PutObject", f"put {self.key(candidate)} into {self._bucket}"):
                try:
                    s3.put_object(
                        Bucket=self._bucket,
                        Key=self.key(candidate),
                        Body=text.encode(),
                        ContentType="application/toml",
                        ChecksumAlgorithm="SHA256",
                        IfNoneMatch="*",
                    )
                except ClientError as error:
                    if code_of(error) not in _TAKEN:
                        raise
                    # Put by a call that did not get to note it, perhaps one of ours.
                    if self._text(candidate) == text:
                        return candidate
                else:
                    return candidate
        raise StoppedError(_AGAIN, Ending.UNAVAILABLE)

    def _text(self, number: int) -> str | None:
        s3 = self.stack.account.client("s3")
        with asking("s3:GetObject", f"read {self.key(number)} in {self._bucket}"):
            try:
                answer = s3.get_object(Bucket=self._bucket, Key=self.key(number))
                return answer["Body"].read().decode("utf-8", "replace")
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
                return None
