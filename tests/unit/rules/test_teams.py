"""Who is told: routes, else the owner of the package, else the default, else nobody's team."""

import pytest

from mpl_export.rules.matching import Facts
from mpl_export.rules.parse import parse_rules

RULES = parse_rules(
    """
    default = "platform"
    [owners]
    "Sales" = "sales"
    "Sales*" = "sales-archive"
    "Finance" = ["finance", "audit"]
    [[route]]
    team = "security"
    text = "certificate"
    [[route]]
    team = ["network", "security"]
    text = "tls"
    """
)


@pytest.mark.parametrize(
    ("package", "text", "teams"),
    [
        ("Sales", "", ["sales"]),
        ("Sales 2", "", ["sales-archive"]),
        ("Finance", "", ["finance", "audit"]),
        ("Sales", "the certificate ended", ["security"]),
        ("Sales", "TLS: bad certificate", ["security", "network"]),
        ("Stock", "", ["platform"]),
    ],
)
def test_a_failure_goes_to_its_teams(package: str, text: str, teams: list[str]) -> None:
    """All routes that fit; the first owner's line if none does; else the default."""
    assert list(RULES.teams_of(Facts(package=[package], text=text))) == teams


def test_what_nobody_is_named_for_has_a_team_of_its_own() -> None:
    """So that somebody can subscribe to it."""
    assert parse_rules("").teams_of(Facts()) == ("unassigned",)


def test_all_teams_are_known() -> None:
    """They are noted beside the number, for the time when the rules cannot be read."""
    assert RULES.teams == (
        "audit",
        "finance",
        "network",
        "platform",
        "sales",
        "sales-archive",
        "security",
        "unassigned",
    )
