"""What rules ask of a record."""

from mpl_export.rules.matching import AnyOf, Condition, Facts
from mpl_export.rules.patterns import expression, wildcard

RECORD = {
    "Status": "FAILED",
    "Sender": "ERP",
    "Receiver": None,
    "ErrorText": "HTTP 503",
    "IntegrationArtifact": {"Id": "i", "Name": "N", "PackageId": "p", "PackageName": "P"},
    "CustomHeaderProperties": [{"Name": "Country", "Value": "DE"}, {"Name": "x", "Value": None}],
}


def condition(**members: str) -> Condition:
    """A condition by wildcards."""
    return Condition(
        members={name: AnyOf(whole=[wildcard(each)]) for name, each in members.items()}, headers={}
    )


def test_an_artifact_and_a_package_go_by_id_and_by_name() -> None:
    """People know the one or the other."""
    facts = Facts.of(RECORD)

    assert all(condition(artifact=each).holds(facts) for each in ("i", "N"))
    assert all(condition(package=each).holds(facts) for each in ("p", "P"))
    assert not condition(artifact="p").holds(facts)


def test_all_that_is_named_has_to_fit() -> None:
    """Each further line narrows."""
    facts = Facts.of(RECORD)

    assert condition(artifact="N", sender="ERP", status="FAILED").holds(facts)
    assert not condition(artifact="N", sender="CRM").holds(facts)


def test_what_says_nothing_fits_what_asks_for_nothing() -> None:
    """A row without an artifact is a failure, too."""
    for record in (RECORD, {}, {"IntegrationArtifact": None, "CustomHeaderProperties": "odd"}):
        assert condition(receiver="*").holds(Facts.of(record))
    assert condition(artifact="*", package="*").holds(Facts.of({}))
    assert not condition(artifact="?*").holds(Facts.of({}))


def test_a_header_goes_by_its_name_in_any_case() -> None:
    """As HTTP's do."""
    wanted = Condition(members={}, headers={"country": AnyOf(whole=[wildcard("DE")])})

    assert wanted.holds(Facts.of(RECORD))
    assert not wanted.holds(Facts.of({**RECORD, "CustomHeaderProperties": []}))
    assert not wanted.holds(
        Facts.of({**RECORD, "CustomHeaderProperties": [{"Name": "COUNTRY", "Value": "FR"}]})
    )


def test_an_expression_is_searched_for() -> None:
    """Anywhere in the value."""
    wanted = Condition(
        members={"text": AnyOf(within=[expression(r"50[23]")])},
        headers={},
    )

    assert wanted.holds(Facts.of(RECORD))
    assert not wanted.holds(Facts.of({**RECORD, "ErrorText": "HTTP 500"}))


def test_a_row_without_an_artifact_goes_by_its_flow() -> None:
    """As the digests name it."""
    assert Facts.of({"IntegrationFlowName": "Old"}).artifact == ["Old"]
