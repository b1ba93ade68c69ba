"""A log without what is masked, and what becomes of its version."""

from typing import Any

import orjson

from mpl_export.archive.masked import masked_log
from mpl_export.model import Log
from mpl_export.rules.masking import NO_MASKS
from mpl_export.rules.parse import parse_rules
from mpl_export.tenant.logs.rows import log_of
from mpl_export.version import STATE_BYTES
from tests.support.manual_clock import NOON
from tests.unit.samples import row_of

CANARY = "DE89370400440532013000"
MASKS = parse_rules(
    r"""
    [[mask]]
    name = "iban"
    pattern = '\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b'
    """
).masks


def read(**members: Any) -> Log:  # noqa: ANN401 - whatever a tenant may say
    """The log of a row with such members."""
    return log_of(row_of(1, **members), NOON)


def members(log: Log) -> dict[str, Any]:
    """The members of its record."""
    record: dict[str, Any] = orjson.loads(b"{" + log.members + b"}")
    return record


def test_what_is_masked_is_not_in_the_record_and_all_else_is() -> None:
    """Its version stays: a rule that made rows new would store them all again."""
    log = read(NewMember=f"account {CANARY}")

    masked = masked_log(log, MASKS)

    assert members(masked) == members(log) | {"NewMember": "account [masked: iban]"}
    assert masked == log._replace(members=masked.members)


def test_members_of_the_digest_are_stored_as_they_are() -> None:
    """Even where they look like what is masked elsewhere."""
    log = read(Sender=CANARY, ApplicationMessageId=CANARY)

    assert masked_log(log, MASKS) == log


def test_without_masks_the_record_says_the_same() -> None:
    """To the letter, but for its form."""
    log = read(NewMember={"of": [1, None, "Prüfung"]})

    assert masked_log(log, NO_MASKS) == log


class TestUnreadableRows:
    """What could not be read is stored as text, and its text is masked."""

    def test_a_row_whose_state_was_read_keeps_its_version(self) -> None:
        """Only its text changes."""
        log = read(LogStart={"odd": CANARY})
        assert log.version[:STATE_BYTES] != log.version[STATE_BYTES:]

        masked = masked_log(log, MASKS)

        assert CANARY in members(log)["Raw"]
        assert CANARY not in members(masked)["Raw"]
        assert masked.version == log.version

    def test_without_a_state_the_version_is_over_the_masked_text(self) -> None:
        """A digest of the whole text would tell who guesses an account that he is right."""
        one, other = (read(Status={"odd": f"DE8937040044053201300{n}"}) for n in (1, 2))
        assert one.version != other.version

        masked = masked_log(one, MASKS)

        assert CANARY[:-1] not in members(masked)["Raw"]
        assert masked.version == masked_log(other, MASKS).version != one.version
        assert masked.version[:STATE_BYTES] == masked.version[STATE_BYTES:]

    def test_where_nothing_is_masked_the_version_is_as_before(self) -> None:
        """The link to the row does not count then either: it holds a host that may change."""
        log = read(
            Status={"odd": "nichts für Ängstliche"}, AlternateWebLink="https://tenant.example/1"
        )
        assert "AlternateWebLink" in members(log)["Raw"]

        assert masked_log(log, MASKS) == log
