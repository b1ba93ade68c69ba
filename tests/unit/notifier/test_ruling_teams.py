"""Who is told of what: a digest for each team, and the team in each event."""

from collections import Counter
from datetime import timedelta

import pytest

from mpl_export.archive.layout import rules_key
from mpl_export.errors import AwsUnavailableError
from mpl_export.notifier.telling import MOST_DIGESTS
from tests.support.notifier.notifier_harness import LETTERS, TENANT, Harness

MINUTE = timedelta(minutes=1)
RULES = """
default = "platform"
[owners]
"Sales" = "sales"
"Finance" = ["finance", "audit"]
"""


def artifact(package: str, name: str = "Flow") -> dict[str, str]:
    """An artifact of a package."""
    return {"Id": f"{package}_{name}", "Name": name, "PackageName": package}


def teams(harness: Harness) -> list[object]:
    """The teams of all digests."""
    return [digest.attributes["team"] for _, digest in harness.digests]


def harness_with(rules: str = RULES) -> Harness:
    """A harness for whose tenant rules are in force."""
    harness = Harness()
    harness.put_rules(rules)
    return harness


def tell(harness: Harness, *packages: str, number: int = 0) -> None:
    """Tell a failure of each package."""
    harness.notifier().take(
        [
            harness.part(
                [
                    harness.record(100 * number + n, IntegrationArtifact=artifact(package))
                    for n, package in enumerate(packages)
                ],
                number=number,
            )
        ]
    )


def test_each_team_gets_a_digest_of_its_own() -> None:
    """Of its failures and no others; what has two teams, both get."""
    harness = harness_with()

    tell(harness, "Sales", "Finance", "Stock")

    assert sorted(map(str, teams(harness))) == ["audit", "finance", "platform", "sales"]
    for _, digest in harness.digests:
        package = {"sales": "Sales", "platform": "Stock"}.get(
            str(digest.attributes["team"]), "Finance"
        )
        assert digest.attributes["artifact"] == [f"{package}_Flow"]
        assert f"Team: {digest.attributes['team']}.\n" in digest.body
    assert {event["artifact"]["id"]: event["team"] for event in harness.events} == {
        "Sales_Flow": ["sales"],
        "Finance_Flow": ["finance", "audit"],
        "Stock_Flow": ["platform"],
    }


def test_without_rules_nobody_is_named() -> None:
    """And a filter can still ask for that."""
    harness = Harness()

    tell(harness, "Sales", "Finance")

    assert teams(harness) == ["unassigned"]
    assert [event["team"] for event in harness.events] == [["unassigned"]] * 2
    assert "Team" not in harness.digests[0][1].body


def test_a_kind_is_known_by_team() -> None:
    """Told to one, it is new to the other that gets it for the first time."""
    route = '[[route]]\nteam = ["a", "b"]\nsender = "ERP2"\n[[route]]\nteam = "a"\nsender = "ERP"\n'
    harness = harness_with(route)
    harness.notifier().take([harness.part([harness.record(1, Sender="ERP")])])
    harness.clock.turn(MINUTE)
    harness.notifier().take([harness.part([harness.record(2, Sender="ERP2")], number=1)])

    assert teams(harness) == ["a", "b"]
    assert len({event["signature"] for event in harness.events}) == 1


def test_a_team_that_is_flooded_takes_nothing_from_the_others() -> None:
    """Twelve an hour are for each team; what is held back is told an hour later."""
    harness = harness_with()
    for number in range(MOST_DIGESTS + 8):
        record = harness.record(
            number,
            IntegrationArtifact=artifact("Sales", f"Flow {number}"),
            ErrorText=f"cause {number}".translate(LETTERS),
        )
        harness.notifier().take([harness.part([record], number=number)])
        harness.clock.turn(timedelta(seconds=1))
    tell(harness, "Stock", number=99)

    assert Counter(map(str, teams(harness))) == {"sales": MOST_DIGESTS, "platform": 1}

    harness.clock.turn(60 * MINUTE)
    harness.notifier().flush()

    assert Counter(map(str, teams(harness)))["sales"] == MOST_DIGESTS + 1
    assert "8 messages" in harness.digests[-1][1].body


def test_rules_that_are_put_hold_for_the_next_part() -> None:
    """Each invocation asks which are in force."""
    harness = harness_with()
    tell(harness, "Sales")
    harness.put_rules('default = "new"')
    harness.clock.turn(MINUTE)

    tell(harness, "Stock", number=1)

    assert teams(harness) == ["sales", "new"]


@pytest.mark.parametrize("broken", [None, b"[[route]]\nteam = 1\n", b"\xff"])
def test_rules_that_cannot_be_read_keep_nothing_from_anybody(broken: bytes | None) -> None:
    """All teams get it, and without texts, as nobody knows what is masked in them."""
    harness = harness_with()
    assert harness.checkpoint.rules is not None
    key = rules_key(TENANT, harness.checkpoint.rules.number)
    del harness.objects[key]
    if broken is not None:
        harness.objects[key] = broken

    tell(harness, "Sales", "Stock")

    everybody = ["audit", "finance", "platform", "sales", "unassigned"]
    assert teams(harness) == [everybody]
    assert [event["team"] for event in harness.events] == [everybody] * 2
    assert [event["errorText"] for event in harness.events] == [None] * 2
    assert "answered 500" not in harness.digests[0][1].body
    assert "rules" in harness.digests[0][1].body


def test_a_row_that_could_not_be_read_is_told_without_rules_too() -> None:
    """It shows no end, and is told all the same."""
    harness = harness_with()
    harness.objects.clear()
    record = harness.record(1, LogEnd=None, Raw='{"Sender":"secret"}')

    harness.notifier().take([harness.part([record])])

    assert len(harness.digests) == 1


def test_a_store_that_fails_for_the_moment_is_asked_again() -> None:
    """The queue delivers again; nobody is told twice, or of what is not theirs."""
    harness = harness_with()
    part = harness.part([harness.record(1, IntegrationArtifact=artifact("Sales"))])
    harness.rules_down = AwsUnavailableError("S3 is down")
    with pytest.raises(AwsUnavailableError):
        harness.notifier().take([part])
    assert harness.digests == []
    harness.rules_down = None
    harness.clock.turn(3 * MINUTE)

    harness.notifier().take([part])

    assert teams(harness) == ["sales"]


def test_rules_are_read_once_and_only_when_something_failed() -> None:
    """A part without failures costs no call more."""
    harness = harness_with()
    done = harness.record(1, Status="COMPLETED")
    harness.checkpoint_reads = 0

    harness.notifier().take([harness.part([done])])
    assert harness.checkpoint_reads == 0

    tell(harness, "Sales", "Finance", number=1)
    assert harness.checkpoint_reads == 1


def test_silent_flows_are_told_to_all_teams() -> None:
    """Nothing but a record tells whose a flow is."""
    harness = harness_with()
    harness.environment["EXPECTED_FLOWS"] = "Stock=PT1H"
    for _ in range(20):
        harness.position(harness.clock.now())
        harness.notifier().flush()
        harness.clock.turn(15 * MINUTE)

    assert teams(harness) == [["audit", "finance", "platform", "sales", "unassigned"]]
