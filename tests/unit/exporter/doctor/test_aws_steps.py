"""Table, bucket and what lies there, tried without leaving a trace but one object."""

from datetime import timedelta

import orjson
import pytest

from mpl_export.archive.layout import part_key, probe_key, source_key
from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import AwsRefusedError
from mpl_export.exporter.doctor.aws_steps import ask_aws
from mpl_export.exporter.doctor.findings import Examination, Step
from mpl_export.exporter.doctor.key_steps import Keyed, understood
from mpl_export.rules.rules import Noted
from mpl_export.tenant.credentials.service_key import ServiceKey
from tests.support.exporter import keys
from tests.support.exporter.environment import ENVIRONMENT
from tests.support.exporter.fakes import MemoryObjects
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR

KEY = ServiceKey.parse(keys.service_key_text(keys.certificate_members()))
HOST = keys.API_URL.removeprefix("https://")


class Table:
    """A table that may be read and written, unless it is said otherwise."""

    def __init__(self) -> None:
        self.checkpoint = Checkpoint()
        self.read_error: Exception | None = None
        self.write_error: Exception | None = None

    def read(self) -> Checkpoint:
        """The checkpoint."""
        if self.read_error is not None:
            raise self.read_error
        return self.checkpoint

    def prove_writable(self) -> None:
        """Be allowed to write."""
        if self.write_error is not None:
            raise self.write_error


class Closed(MemoryObjects):
    """A bucket that refuses to read one object."""

    def __init__(self, key: str, error: Exception) -> None:
        super().__init__()
        self._key, self._error = key, error

    def get(self, key: str) -> bytes:
        """Read."""
        if key == self._key:
            raise self._error
        return super().get(key)


def refused(code: str) -> AwsRefusedError:
    """What AWS refuses."""
    return AwsRefusedError("use", "it", code, "look at the role")


def look(
    table: Table | None = None,
    bucket: MemoryObjects | None = None,
    key: ServiceKey | None = KEY,
    **environment: str,
) -> dict[str, Step]:
    """The steps by their names."""
    known = understood(ENVIRONMENT | environment, NOON, Examination())
    found = Keyed(key=key, certificate=None, sound=True)
    steps = ask_aws(table or Table(), bucket or MemoryObjects(), known, found, ManualClock()).steps
    return {step.name: step for step in steps}


def test_a_stack_that_is_new_is_well() -> None:
    """Nothing has run yet, and that is said."""
    bucket = MemoryObjects()

    steps = look(bucket=bucket)

    assert list(steps) == ["table", "bucket", "archive", "rules"]
    assert {step.verdict for step in steps.values()} == {"ok"}
    assert "no run has succeeded yet" in steps["table"].seen
    assert "holds no part of this tenant yet" in steps["bucket"].seen
    assert "not begun yet" in steps["archive"].seen
    assert list(bucket.held) == [probe_key("acme")]


def test_a_stack_that_runs_says_how_far_it_is() -> None:
    """In minutes behind now, by what was read rather than by what is committed."""
    table, bucket = Table(), MemoryObjects()
    table.checkpoint = Checkpoint(position=NOON - HOUR, reached=NOON - timedelta(minutes=5))
    bucket.held[part_key("acme", NOON - 40 * 24 * HOUR, 0)] = b""
    bucket.held[source_key("acme")] = orjson.dumps({"api_host": HOST})

    steps = look(table, bucket)

    assert "up to 2026-11-22T11:00:00.000Z, 5 minutes behind" in steps["table"].seen
    assert "holds parts of this tenant" in steps["bucket"].seen
    assert steps["archive"].seen == f"begun with {HOST}"


@pytest.mark.parametrize("which", ["read_error", "write_error"])
def test_a_table_that_cannot_be_used_hides_only_the_rules(which: str) -> None:
    """Which are noted there."""
    table = Table()
    setattr(table, which, refused("AccessDeniedException"))

    verdicts = {name: step.verdict for name, step in look(table).items()}

    assert verdicts == {
        "table": "failed",
        "bucket": "ok",
        "archive": "ok",
        "rules": "not checked",
    }


def test_a_probe_that_reads_back_otherwise_is_somebody_elses() -> None:
    """Who writes there could write parts."""
    bucket = MemoryObjects()
    bucket.held[probe_key("acme")] = b"mine"

    step = look(bucket=bucket)["bucket"]

    assert step.verdict == "failed"
    assert probe_key("acme") in step.seen
    assert "s3:PutObject" in step.do


@pytest.mark.parametrize("code", ["403", "404", "AccessDenied"])
def test_a_marker_that_a_role_may_not_list_counts_as_absent(code: str) -> None:
    """S3 answers 403 for what is not there to a role that may not list."""
    step = look(bucket=Closed(source_key("acme"), refused(code)))["archive"]

    assert (step.verdict, "not begun yet" in step.seen) == ("ok", True)


def test_any_other_refusal_is_told() -> None:
    """A key of KMS that is disabled would hide what the archive is."""
    step = look(bucket=Closed(source_key("acme"), refused("KMS.DisabledException")))["archive"]

    assert step.verdict == "failed"


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (orjson.dumps({"api_host": "other.example"}), "other.example"),
        (b"{}", "an unreadable marker"),
        (b"[]", "an unreadable marker"),
        (b"no JSON", "an unreadable marker"),
    ],
)
def test_an_archive_of_another_tenant_is_told(marker: bytes, words: str) -> None:
    """Two tenants in one archive could never be told apart again."""
    bucket = MemoryObjects()
    bucket.held[source_key("acme")] = marker

    step = look(bucket=bucket)["archive"]

    assert step.verdict == "failed"
    assert HOST in step.seen
    assert words in step.seen
    assert look(bucket=bucket, key=None)["archive"].verdict == "ok"


def test_rules_that_are_noted_and_gone_are_told() -> None:
    """Nothing would be muted, and everybody told."""
    table = Table()
    table.checkpoint = Checkpoint(rules=Noted(number=7, teams=("sales",)))

    assert look(table)["rules"].verdict == "failed"


def test_nothing_is_touched_under_a_name_that_is_wrong() -> None:
    """It would be put under a stand-in for it."""
    bucket = MemoryObjects()

    steps = look(bucket=bucket, TENANT="")

    assert {step.verdict for step in steps.values()} == {"not checked"}
    assert bucket.held == {}
