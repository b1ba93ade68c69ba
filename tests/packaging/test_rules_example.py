"""The example of rules that the documents show is one that is taken."""

from mpl_export.rules.matching import Facts
from mpl_export.rules.parse import parse_rules
from tests.packaging.template import PROJECT

EXAMPLE = PROJECT / "docs" / "alerts.example.toml"


def test_the_example_is_taken_and_does_what_it_says() -> None:
    """People begin by copying it."""
    rules = parse_rules(EXAMPLE.read_text())

    assert rules.teams_of(Facts(package=["Finance EU"])) == ("finance", "audit")
    assert rules.teams_of(Facts(text="javax.net.ssl: certificate expired")) == ("security",)
    assert rules.teams_of(Facts(artifact=["Order_1"], receiver="CRM", status="FAILED")) == (
        "network",
        "sales",
    )
    assert rules.teams_of(Facts()) == ("platform",)
