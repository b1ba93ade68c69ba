"""Rules in the archive are read once, and a missing or broken object says who acts."""

import pytest

from mpl_export.archive.layout import rules_key
from mpl_export.archive.rules import StoredRules
from mpl_export.errors import ConfigurationError
from mpl_export.rules.rules import NO_RULES, Noted
from tests.support.notifier.notifier_harness import TENANT, Harness

RULES = 'default = "ops"\n'


@pytest.fixture
def harness() -> Harness:
    """A harness with rules."""
    harness = Harness()
    harness.put_rules(RULES)
    return harness


def noted(number: int) -> Noted:
    """The note of rules."""
    return Noted(number=number, teams=())


def test_no_note_means_no_rules(harness: Harness) -> None:
    """And no call."""
    harness.rules_down = ConfigurationError("not to be asked")

    assert StoredRules(harness.as_objects, TENANT).get(None) is NO_RULES


def test_a_container_reads_a_number_once(harness: Harness) -> None:
    """What is under a number never changes."""
    stored = StoredRules(harness.as_objects, TENANT)
    first = stored.get(noted(0))
    harness.rules_down = ConfigurationError("not to be asked")

    assert stored.get(noted(0)) is first
    with pytest.raises(ConfigurationError, match="not to be asked"):
        stored.get(noted(1))


@pytest.mark.parametrize(
    ("body", "reason"),
    [(None, "do not exist"), (b"\xff", "not UTF-8"), (b"[[route]]\nteam = 1\n", "line 2: team")],
)
def test_what_cannot_be_used_names_the_object_and_what_to_do(
    harness: Harness, body: bytes | None, reason: str
) -> None:
    """Somebody has to put rules that hold."""
    if body is not None:
        harness.objects[rules_key(TENANT, 7)] = body

    with pytest.raises(ConfigurationError, match=reason) as refusal:
        StoredRules(harness.as_objects, TENANT).get(noted(7))

    assert "rules/v1/tenant=demo/00000007.toml" in str(refusal.value)
    assert "make rules" in str(refusal.value)
