"""Rows that cannot be read, to the byte: their ids are made of it, and frozen for ``v1``."""

import orjson
import pytest

from mpl_export.tenant.rows import log_of
from tests.support.turning_clock import NOON
from tests.unit.samples import HOUR, guid_of, json_date


def test_the_text_of_a_row_is_frozen() -> None:
    """Compact and in ASCII: with a blank more, each such row would be stored once again."""
    guid = guid_of(1, NOON - HOUR)

    kept = log_of({"MessageGuid": guid, "Status": 7, "Sender": "Zürich \ud800"}, NOON)

    raw = orjson.loads(b"{" + kept.members + b"}")["Raw"]
    assert raw == f'{{"MessageGuid":"{guid}","Status":7,"Sender":"Z\\u00fcrich \\ud800"}}'
    assert kept.version.hex() == "bad5bdef21dae76dbad5bdef21dae76d"


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_a_row_began_when_its_id_was_made(*, dated: bool) -> None:
    """Else when it ended, as far as that can be read: the lag of open messages goes by it."""
    row = {"Status": 7, "LogEnd": json_date(NOON) if dated else None}

    with_id = log_of({**row, "MessageGuid": guid_of(1, NOON - HOUR)}, NOON)
    without = log_of(row, NOON)

    assert with_id.started == NOON - HOUR
    assert without.started == (NOON if dated else None)
