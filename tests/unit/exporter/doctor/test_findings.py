"""Steps, and what one that fails hides."""

from mpl_export.errors import ServiceKeyError
from mpl_export.exporter.doctor.findings import Examination, FaultError, Found, need


def test_a_step_that_fails_hides_only_what_rests_on_it() -> None:
    """Otherwise people mend one thing a day."""
    steps = Examination()

    def fails() -> Found[int]:
        raise ServiceKeyError("is empty")

    first = steps.step("first", fails)
    second = steps.step("second", lambda: Found(need(first, "first"), "seen"))
    third = steps.step("third", lambda: Found(3, "seen", "a hint"))

    assert (first, second, third) == (None, None, 3)
    assert [each.verdict for each in steps.steps] == ["failed", "not checked", "ok"]
    assert "comes after 'first'" in steps.steps[1].seen
    assert steps.steps[2].do == "a hint"
    assert not steps.healthy


def test_a_step_that_was_not_looked_at_is_not_well() -> None:
    """Nobody may take silence for health."""
    steps = Examination()
    steps.step("only", lambda: Found(need(None, "before"), "seen"))

    assert not steps.healthy


def test_a_fault_says_itself_what_to_do() -> None:
    """For what no run would raise an error for."""
    steps = Examination()

    def odd() -> Found[None]:
        raise FaultError("clocks differ", "tell SAP")

    steps.step("clocks", odd)

    assert steps.as_json() == [
        {"name": "clocks", "verdict": "failed", "seen": "clocks differ", "do": "tell SAP"}
    ]
