"""Which archive is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import pytest

from mpl_export.model import UNDATED
from operate.archive.parts import Listed, Part
from operate.archive.where import ArchiveWhere, instant_option
from operate.command import main
from operate.endings import Ending, StoppedError
from tests.unit.samples import guid_of

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_folder_needs_no_account(tmp_path: Path) -> None:
    """Neither region nor credentials are set here."""
    (tmp_path / "mpl/v1/tenant=acme").mkdir(parents=True)

    archive = ArchiveWhere(folder=tmp_path).open()

    assert (archive.tenant, archive.deployed) == ("acme", None)


def test_two_places_at_once_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of them would be ignored without a word."""
    words = ["trace", guid_of(1), "--dir", str(tmp_path), "--bucket", "acme"]

    assert main(words) == Ending.USAGE
    assert "exclude each other" in capsys.readouterr().err


def test_much_is_read_only_if_it_is_allowed() -> None:
    """The bill is the caller's; what is on this machine costs nothing."""
    part = [Part("key", 6_000_000_000, UNDATED)]
    where = ArchiveWhere(most_gb=5)

    with pytest.raises(StoppedError, match=r"up to \$0.54: allow it by --most-gb 6"):
        where.refuse_if_too_much(Listed(parts=part, days=[], requests=1, remote=True))
    where.refuse_if_too_much(Listed(parts=part, days=[], requests=1, remote=False))


def test_an_instant_is_one_or_a_duration_before_now() -> None:
    """As everywhere in this project."""
    assert instant_option("--since", None, NOW) is None
    assert instant_option("--since", "P1DT12H", NOW) == datetime(2026, 11, 21, tzinfo=UTC)
    assert instant_option("--since", "2026-11-21", NOW) == datetime(2026, 11, 21, tzinfo=UTC)
    with pytest.raises(click.UsageError, match="--since 'soon' is neither"):
        instant_option("--since", "soon", NOW)
