"""The example of rules that the documents show is one that is taken."""

from datetime import UTC, datetime

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
    during = datetime(2026, 11, 28, 23, tzinfo=UTC)
    muted = rules.mute_of(Facts(receiver="WMS"), during)
    assert muted is not None
    assert muted.name == "wms-upgrade"
    assert rules.masks.record(
        {
            "ErrorText": "DE89370400440532013000 of jane@acme.example",
            "CustomHeaderProperties": [
                {"Name": "X-Api-Token", "Value": "s"},
                {"Name": "CustomerName", "Value": "Jane"},
            ],
        }
    ) == {
        "ErrorText": "[masked: iban] of [masked: mail-address]",
        "CustomHeaderProperties": [{"Name": "X-Api-Token", "Value": "[masked: credentials]"}],
    }
