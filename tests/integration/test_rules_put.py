"""Rules are put by an operator, and in force for both functions from the next run on."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from mpl_export.archive.objects import S3Objects
from mpl_export.archive.rules import StoredRules
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.rules.file import RulesFile, read_rules
from operate.rules.run import put_rules
from operate.rules.stored import InForce, StackRules
from operate.voice import Voice
from tests.support.exporter.exporter_resources import make_bucket, make_table
from tests.support.manual_clock import ManualClock
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from pathlib import Path

    from operate.account import Account
    from operate.emulated.emulator import Emulator
    from operate.options import Where

pytestmark = pytest.mark.emulator

TENANT = "acme"


@dataclass(frozen=True)
class _Account:
    aws: Emulator

    def client(self, service: str) -> Any:  # noqa: ANN401 - any client
        """A client of the emulator."""
        return self.aws.client(service)  # type: ignore[call-overload]  # any service


@dataclass(frozen=True)
class _Where:
    stack: Deployed

    def deployed(self) -> Deployed:
        """The stack."""
        return self.stack


@dataclass(frozen=True)
class World:
    """A stack's bucket and table, and an operator with a file."""

    aws: Emulator
    name: str
    path: Path

    @property
    def stack(self) -> Deployed:
        """The stack."""
        return Deployed(
            account=cast("Account", _Account(self.aws)),
            name="stack",
            status="CREATE_COMPLETE",
            outputs={"ArchiveBucket": self.name, "CheckpointTable": self.name},
            parameters={"TenantName": TENANT},
        )

    def put(self, text: str | None) -> int:
        """Put a text; None shows what is in force."""
        if text is not None:
            self.path.write_text(text)
        where = cast("Where", _Where(self.stack))
        path = None if text is None else self.path
        return put_rules(where, path, Voice(as_json=True), clock=ManualClock())

    def teams(self) -> tuple[str, ...]:
        """The teams by the rules that the functions find."""
        checkpoints = DynamoCheckpoints(self.aws.client("dynamodb"), self.name, TENANT)
        noted = checkpoints.read().rules
        assert noted is not None
        rules = StoredRules(S3Objects(self.aws.client("s3"), self.name), TENANT).get(noted)
        assert noted.teams == rules.teams
        return rules.teams

    def keys(self) -> list[str]:
        """The objects of the bucket."""
        answer = self.aws.client("s3").list_objects_v2(Bucket=self.name)
        return [each["Key"] for each in answer.get("Contents", [])]


@pytest.fixture
def world(aws: Emulator, tmp_path: Path) -> World:
    """Nobody has put rules yet, and no run has been."""
    name = f"r{uuid.uuid4().hex}"
    make_bucket(aws, name)
    make_table(aws, name)
    stack_gives(TENANT=TENANT, ARCHIVE_BUCKET=name, CHECKPOINT_TABLE=name)
    return World(aws, name, tmp_path / "alerts.toml")


def test_what_is_put_is_in_force(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each change is a new object; the diff shows it; what did not change is not put again."""
    assert world.put('default = "one"\n') == Ending.WELL
    assert world.teams() == ("one", "unassigned")
    capsys.readouterr()

    assert world.put('default = "two"\n') == Ending.WELL
    said = capsys.readouterr()
    assert world.teams() == ("two", "unassigned")
    assert '-default = "one"' in said.err
    assert '+default = "two"' in said.err
    assert json.loads(said.out)["number"] == 1

    assert world.put('default = "two"\n') == Ending.WELL
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert world.keys() == [f"rules/v1/tenant={TENANT}/0000000{n}.toml" for n in (0, 1)]


def test_what_is_in_force_is_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is put, after, and when somebody has deleted it."""
    assert world.put(None) == Ending.WELL
    assert json.loads(capsys.readouterr().out)["number"] is None

    world.put('default = "one"\n')
    capsys.readouterr()
    assert world.put(None) == Ending.WELL
    assert json.loads(capsys.readouterr().out)["text"] == 'default = "one"\n'

    world.aws.client("s3").delete_object(Bucket=world.name, Key=world.keys()[0])
    assert world.put(None) == Ending.FAULT
    assert "does not exist: nothing is exported" in capsys.readouterr().err


def test_a_refused_file_leaves_everything_as_it_was(world: World) -> None:
    """Not even an object."""
    world.put('default = "one"\n')

    with pytest.raises(StoppedError, match="line 1"):
        world.put("default = 1\n")

    assert world.teams() == ("one", "unassigned")
    assert len(world.keys()) == 1


def test_a_put_that_was_broken_off_is_gone_on_with(world: World) -> None:
    """The object lies there already: it is noted, and not put twice."""
    world.aws.client("s3").put_object(
        Bucket=world.name, Key=f"rules/v1/tenant={TENANT}/00000000.toml", Body=b'default = "x"\n'
    )

    world.put('default = "x"\n')

    assert world.teams() == ("unassigned", "x")
    assert len(world.keys()) == 1


def test_an_object_of_somebody_else_is_not_taken_for_ours(world: World) -> None:
    """Theirs stays, and ours has the next number."""
    world.aws.client("s3").put_object(
        Bucket=world.name, Key=f"rules/v1/tenant={TENANT}/00000000.toml", Body=b"# other\n"
    )

    world.put('default = "x"\n')

    assert world.teams() == ("unassigned", "x")
    assert len(world.keys()) == 2


def test_two_operators_at_once_do_not_overwrite_each_other(world: World) -> None:
    """Who saw an older diff is told to look again."""
    world.put('default = "one"\n')
    rules = StackRules(world.stack)
    seen = rules.in_force()
    world.put('default = "two"\n')
    world.path.write_text('default = "three"\n')

    with pytest.raises(StoppedError, match="somebody else is putting rules"):
        rules.put(_file(world), seen)

    assert world.teams() == ("two", "unassigned")
    with pytest.raises(StoppedError, match="somebody else"):
        rules.put(_file(world), InForce(None, None))


def _file(world: World) -> RulesFile:
    return read_rules(world.path, ManualClock().now(), Voice())
