"""Rows are erased on purpose: they are gone, the next seal says so, and nothing comes back."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mpl_export.archive.archive import Archive
from mpl_export.archive.arrivals import S3Arrivals
from mpl_export.clock import Deadline, SystemClock
from mpl_export.sealing import sealer as sealer_module
from mpl_export.sealing.sealer import Pass, Sealer
from operate.command import main
from tests.support.exporter.fakes import MemoryCheckpoints
from tests.support.manual_clock import NOON
from tests.support.rights.noted_calls import stack_gives
from tests.support.sealing.sealed_archive import LONG, TENANT
from tests.unit.samples import guid_of, log

if TYPE_CHECKING:
    from mpl_export.model import Log
    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator

JANE = "jane.dœ@example.com"
HERS = log(2, Sender=JANE)


class Bucket:
    """A versioned bucket with an archive that is sealed at once."""

    def __init__(self, aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealer_module, "SETTLED", -LONG)
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        self.name = f"archive-{uuid4()}"
        self.s3 = aws.client("s3")
        self.s3.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        self.s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        stack_gives(TENANT=TENANT, ARCHIVE_BUCKET=self.name)
        self.store = S3Arrivals(self.s3, self.name)
        self.checkpoints = MemoryCheckpoints()

    def archive(self, *logs: Log) -> list[str]:
        """Store what is new."""
        return [part.key for part in Archive(self.store, TENANT).store(logs, lambda _: {})]

    def seal(self) -> Pass:
        """A pass of the sealer."""
        done, clock = Pass(tenant=TENANT), SystemClock()
        Sealer(
            store=self.store,
            tenant=TENANT,
            notes=self.checkpoints,
            clock=clock,
            deadline=Deadline.after(clock, LONG),
            retention=None,
            head=self.checkpoints.read().seal,
        ).run(done)
        return done

    def records(self, key: str) -> list[dict[str, Any]]:
        """The records of a part."""
        lines = gzip.decompress(self.store.get(key)).splitlines()
        return [json.loads(line) for line in lines]

    def versions(self, key: str) -> int:
        """How many versions of a key there are."""
        answer = self.s3.list_object_versions(Bucket=self.name, Prefix=key)
        return len(answer.get("Versions", [])) + len(answer.get("DeleteMarkers", []))

    def erase(self, *words: str) -> int:
        """The command."""
        given = ("--bucket", self.name, "--tenant", TENANT, "--reason", "request 7", "--yes")
        return main(["erase", *given, *words])

    def verify(self, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        """The report of a verification."""
        capsys.readouterr()
        main(["verify", "--json", "--deep", "--bucket", self.name, "--tenant", TENANT])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report


@pytest.fixture
def bucket(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An archive with her row between two others, sealed."""
    made = Bucket(aws, monkeypatch)
    made.archive(log(1), HERS, log(3))
    made.archive(log(4))
    made.seal()
    return made


PART = f"mpl/v1/tenant={TENANT}/dt=2026-11-22/12Z-0000.jsonl.gz"


@pytest.mark.parametrize(
    "sought", [("--text", JANE), ("--guid", guid_of(2)), ("--text", "jane.d\\u0153@example.com")]
)
def test_what_was_erased_is_gone_and_told_and_does_not_come_back(
    bucket: Bucket, sought: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The other rows stay as they are, the version stays for the export, no older object does."""
    before = bucket.records(PART)

    if "\\u" in sought[1]:  # no record has it escaped but inside Raw
        assert bucket.erase(*sought) == 0
        assert bucket.records(PART) == before
        return
    assert bucket.erase(*sought) == 0

    after = bucket.records(PART)
    assert after[0] == before[0]
    assert after[2] == before[2]
    assert after[1] == {
        "Version": before[1]["Version"],
        "ReadAt": before[1]["ReadAt"],
        "Erased": True,
    }
    assert bucket.versions(PART) == 1
    assert bucket.archive(log(1), HERS, log(3)) == []

    assert bucket.seal().erased == 1
    report = bucket.verify(capsys)
    assert (report["verdict"], report["faults"]) == ("clean", [])
    (told,) = report["erased"]
    assert (told["key"], told["rows"], told["reason"], told["seal"]) == (PART, 1, "request 7", 2)
    assert "1 were erased on purpose" in report["sentence"]
    assert bucket.seal().made == 0


def test_until_the_next_seal_an_erasure_is_not_told_from_tampering(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page says so; a seal is what tells it."""
    bucket.erase("--text", JANE)

    assert bucket.verify(capsys)["verdict"] == "altered"
    bucket.seal()
    assert bucket.verify(capsys)["verdict"] == "clean"


def test_what_was_replaced_without_a_word_stays_a_fault(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """An erased row alone makes no erasure: whoever replaces an object has to name its seal."""
    lines = gzip.decompress(bucket.store.get(PART)).splitlines(keepends=True)
    record = json.loads(lines[1])
    lines[1] = json.dumps({"Version": record["Version"], "Erased": True}).encode() + b"\n"
    bucket.s3.put_object(Bucket=bucket.name, Key=PART, Body=gzip.compress(b"".join(lines)))

    assert bucket.seal().erased == 0

    assert bucket.verify(capsys)["verdict"] == "altered"


def test_an_erasure_cannot_smuggle_in_another_row(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """The versions of all rows have to be those that were sealed before."""
    bucket.erase("--text", JANE)
    notes = bucket.s3.head_object(Bucket=bucket.name, Key=PART)["Metadata"]
    lines = gzip.decompress(bucket.store.get(PART)).replace(
        bucket.records(PART)[0]["Version"].encode(), b"0" * 32
    )
    bucket.s3.put_object(Bucket=bucket.name, Key=PART, Body=gzip.compress(lines), Metadata=notes)

    assert bucket.seal().erased == 1

    report = bucket.verify(capsys)
    assert "erasure" in {fault["kind"] for fault in report["faults"]}


def test_two_erasures_in_one_day_are_told_as_one(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """And another one after the seal, as its own."""
    assert bucket.erase("--text", JANE) == 0
    assert bucket.erase("--guid", guid_of(1)) == 0
    assert bucket.seal().erased == 1
    assert bucket.erase("--guid", guid_of(3)) == 0
    assert bucket.seal().erased == 1

    report = bucket.verify(capsys)

    assert (report["verdict"], len(report["erased"])) == ("clean", 2)
    assert report["erased"][0]["reason"] == "request 7; request 7"
    assert all(record.get("Erased") for record in bucket.records(PART))


def test_what_a_broken_off_call_has_left_the_next_one_deletes(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whenever it ends, each key holds all of its rows; what may be left are older versions."""
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("operate.erase.run._delete_older", killed)
        assert bucket.erase("--text", JANE) == 130
    assert bucket.versions(PART) == 2
    assert len(bucket.records(PART)) == 3

    assert bucket.erase("--text", JANE) == 0

    assert bucket.versions(PART) == 1
    bucket.seal()
    assert bucket.verify(capsys)["verdict"] == "clean"


def test_a_part_that_is_no_part_and_one_that_was_altered(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one is left alone; in the other, nothing is erased before somebody knows why."""
    bucket.s3.put_object(Bucket=bucket.name, Key=f"mpl/v1/tenant={TENANT}/x", Body=JANE.encode())
    lines = gzip.decompress(bucket.store.get(PART)).replace(b"COMPLETED", b"FAILED")
    bucket.s3.put_object(Bucket=bucket.name, Key=PART, Body=gzip.compress(lines))

    assert bucket.erase("--text", JANE) == 4

    assert "make verify" in capsys.readouterr().err
    assert bucket.versions(PART) == 2
    assert bucket.records(PART)[1]["Sender"] == JANE


@pytest.mark.parametrize("reason", ["", "wegen Jörg", "a\nb", "x" * 501])
def test_a_reason_that_cannot_be_written_down_is_refused(
    bucket: Bucket, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It travels as metadata of the object."""
    given = ("--bucket", bucket.name, "--tenant", TENANT, "--text", JANE, "--yes")

    assert main(["erase", *given, "--reason", reason]) == 2

    assert "reason" in capsys.readouterr().err
    assert bucket.records(PART)[1]["Sender"] == JANE


def test_a_row_that_was_never_sealed_can_be_erased(
    aws: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its first seal names it as it is by then."""
    bucket = Bucket(aws, monkeypatch)
    bucket.archive(log(1), log(2, NOON, Sender=JANE))

    assert bucket.erase("--text", JANE) == 0

    done = bucket.seal()
    assert (done.objects, done.erased) == (1, 0)
    assert bucket.verify(capsys)["verdict"] == "clean"
