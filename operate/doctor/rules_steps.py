"""The rules for telling and masking: whether you can read those in force, and may put others."""

from mpl_export.rules.parse import parse_rules
from mpl_export.rules.problems import RulesError
from operate.account import DeniedError
from operate.deployed import Deployed
from operate.doctor.findings import Examination, FaultError
from operate.rules.stored import StackRules

_PUT = "put rules that hold: make rules FILE=..."


def look_at_rules(stack: Deployed, steps: Examination) -> None:
    """Look at the rules as both functions do, with the caller's rights."""
    steps.step("rules: yours", lambda: _rules(StackRules(stack)))


def _rules(rules: StackRules) -> str:
    held = rules.in_force()
    if held.number is None:
        return f"none are in force: nothing is routed, muted or masked; {_right(rules)}"
    key = rules.key(held.number)
    if held.text is None:
        raise FaultError(f"{key} is in force and does not exist: nothing is exported", _PUT)
    try:
        found = parse_rules(held.text)
    except RulesError as error:
        raise FaultError(
            f"{key} cannot be understood, nothing is exported: {error}", _PUT
        ) from error
    return f"{key} is in force, for the teams {', '.join(found.teams)}; {_right(rules)}"


def _right(rules: StackRules) -> str:
    """Whether the caller may put others; most people need not."""
    try:
        rules.prove_writable()
    except DeniedError as error:
        return f"you may not put others (that takes {error.action})"
    return "you may put others"
