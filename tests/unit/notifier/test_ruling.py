"""What the rules say of one failure, and what is known while they cannot be read."""

from datetime import timedelta

from mpl_export.checkpoint import Checkpoint
from mpl_export.notifier.failures import Failure, failure_of
from mpl_export.notifier.ruling import Ruling, Verdict
from tests.support.notifier.notifier_harness import Harness


def ruling(harness: Harness) -> Ruling:
    """The rules as an invocation knows them."""
    return Ruling(lambda: harness.checkpoint, harness.kept_rules)


def failure(harness: Harness) -> Failure:
    """A failure."""
    found = failure_of(
        harness.record(1), statuses=["FAILED"], max_age=timedelta(days=1), with_text=True
    )
    assert found is not None
    return found


def test_the_verdict_is_the_rules() -> None:
    """Teams by route."""
    harness = Harness()
    harness.put_rules('[[route]]\nteam = "sales"\npackage = "Sales"\n')

    assert ruling(harness).of(failure(harness)) == Verdict(("sales",))


def test_everybody_is_known_without_the_rules() -> None:
    """By what was noted beside the number."""
    harness = Harness()
    harness.put_rules('default = "ops"\n')
    harness.objects.clear()
    found = ruling(harness)

    assert found.of(failure(harness)) == Verdict(("*",))
    assert found.names("*") == ("ops", "unassigned")
    assert found.names("ops") == ("ops",)


def test_masks_hold_for_what_was_stored_before_them() -> None:
    """A mail goes out minutes after a part was stored."""
    harness = Harness()
    harness.put_rules("[[mask]]\nname = 'n'\npattern = '\\d{3}'\n")

    assert ruling(harness).masked(harness.record(1))["ErrorText"] == (
        "The receiver answered [masked: n]"
    )


def test_what_no_mask_is_about_is_kept_while_the_rules_cannot_be_read() -> None:
    """Nothing else leaves."""
    harness = Harness()
    harness.put_rules("")
    harness.objects.clear()
    record = harness.record(1, New="secret", CustomHeaderProperties=[], Raw="secret")

    masked = ruling(harness).masked(record)

    assert record.keys() - masked.keys() == {"ErrorText", "New", "CustomHeaderProperties"}
    assert masked["Raw"] == ""


def test_before_anything_is_noted_there_is_one_team() -> None:
    """That of what nobody has."""
    assert Ruling(Checkpoint, Harness().kept_rules).everybody == ("unassigned",)
