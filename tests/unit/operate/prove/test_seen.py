"""What a proof says in the end: each claim, what was seen, and the worst as its exit code."""

from __future__ import annotations

import json

import pytest

from operate.endings import Ending
from operate.prove.seen import Record
from operate.voice import Voice


@pytest.mark.parametrize(
    ("held", "ending"),
    [
        ([True, True], Ending.WELL),
        ([True, None], Ending.UNCHECKED),
        ([None, False, True], Ending.FAULT),
    ],
)
def test_a_proof_is_as_good_as_its_worst_claim(held: list[bool | None], ending: Ending) -> None:
    """What could not be looked at never counts as seen."""
    record = Record()
    for each in held:
        record.note("a claim", held=each, what="this")

    assert record.ending is ending


def test_what_is_left_in_the_account_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever stops half way has to know what goes on costing money."""
    record = Record()
    record.note("S3 refuses", held=False, what="it took it")

    record.show(Voice(as_json=True), ["bucket mpl-archive"])

    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["left"] == ["bucket mpl-archive"]
    assert document["ending"] == "fault"
    assert document["claims"] == [{"claim": "S3 refuses", "held": False, "what": "it took it"}]
    assert "still there: bucket mpl-archive" in told.err
    assert "NOT SO" in told.err
