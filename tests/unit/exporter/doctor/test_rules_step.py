"""The rules in force, as the doctor finds them."""

from datetime import UTC, datetime

import pytest

from mpl_export.archive.layout import rules_key
from mpl_export.errors import AwsRefusedError
from mpl_export.exporter.doctor.findings import FaultError
from mpl_export.exporter.doctor.rules_step import look_at_rules
from mpl_export.rules.rules import Noted
from tests.support.exporter.fakes import MemoryObjects

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOTED = Noted(number=7, teams=("sales",))


def test_no_rules_are_well() -> None:
    """Most tenants begin without, and nothing is read for them."""
    bucket = MemoryObjects()

    assert look_at_rules(None, bucket, "acme", NOW).seen == "none in force: nobody has put any"
    assert bucket.gets == 0


def test_what_is_missing_is_put_again_by_whoever_may() -> None:
    """A role that may list is told so plainly: there is no talk of rights."""
    with pytest.raises(FaultError, match=r"00000007\.toml are in force and do not exist") as found:
        look_at_rules(NOTED, MemoryObjects(), "acme", NOW)

    assert found.value.do.startswith("whoever may put rules: `make rules` shows")
    assert "if the object is there" not in found.value.do


@pytest.mark.parametrize(
    ("until", "seen"),
    [("2026-11-22T00:00:00Z", "1 mute (1 ended)"), ("2026-11-22T00:00:01Z", "1 mute, ")],
)
def test_mutes_that_ended_are_counted(until: str, seen: str) -> None:
    """They mute nothing any more, and may leave the file."""
    bucket = MemoryObjects()
    bucket.held[rules_key("acme", 7)] = (
        f"[[mute]]\nname = 'n'\nreason = 'r'\nartifact = '*'\nuntil = {until}\n"
    ).encode()

    assert seen in look_at_rules(NOTED, bucket, "acme", NOW).seen


def test_what_aws_refuses_is_for_the_general_advice() -> None:
    """A role or a key is mended by others than those who write rules."""
    refused = AwsRefusedError("read", "s3://b/k", "AccessDenied", "the KMS key does not serve it")

    class _Denied(MemoryObjects):
        def get(self, key: str) -> bytes:
            raise refused from KeyError(key)

    with pytest.raises(AwsRefusedError):
        look_at_rules(NOTED, _Denied(), "acme", NOW)
