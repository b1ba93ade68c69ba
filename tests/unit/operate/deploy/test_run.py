"""Whether a deployment waits for a first run, by what the doctor in the function has found."""

from __future__ import annotations

import pytest

from operate.deploy.run import can_export
from operate.doctor.findings import Examination, Step
from operate.endings import Ending


@pytest.mark.parametrize(
    ("verdicts", "waits", "ending"),
    [
        (["ok", "off"], True, Ending.WELL),
        (["ok", "not checked"], True, Ending.UNCHECKED),
        (["ok", "not checked", "failed"], False, Ending.FAULT),
    ],
)
def test_a_run_is_waited_for_unless_something_has_failed(
    verdicts: list[str],
    waits: bool,  # noqa: FBT001 - a parameter of the test
    ending: Ending,
) -> None:
    """A role that covers the logs only exports them; the exit code still says what is missing."""
    steps = Examination(
        [Step(name=f"step {n}", verdict=it, seen="") for n, it in enumerate(verdicts)]  # type: ignore[arg-type]
    )

    assert steps.ending is ending
    assert can_export(steps.ending) is waits
