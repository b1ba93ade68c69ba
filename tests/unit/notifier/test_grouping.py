"""Failures of one signature are one thing to tell."""

from datetime import datetime, timedelta

import pytest

from mpl_export.instants import iso_instant
from mpl_export.notifier.failures import Failure, failure_of
from mpl_export.notifier.grouping import MOST_KINDS, Group, bounded, groups_of, merged
from mpl_export.rules.teams import UNASSIGNED
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import LETTERS, Harness
from tests.unit.samples import DAY, HOUR, MINUTE

HARNESS = Harness()


def failure(number: int = 0, ended: datetime = NOON, **members: object) -> Failure:
    """A failure."""
    record = HARNESS.record(number, LogEnd=iso_instant(ended), **members)
    found = failure_of(record, statuses={"FAILED", "ESCALATED"}, max_age=30 * DAY, with_text=True)
    assert found is not None
    return found


def grouped(*failures: Failure, team: str = UNASSIGNED) -> list[Group]:
    """The groups of failures that one team is told of."""
    return list(groups_of((each, team) for each in failures).values())


def group(number: int, count: int = 1, artifact: str = "a", team: str = UNASSIGNED) -> Group:
    """A group of a kind of its own."""
    [made] = grouped(
        failure(
            number,
            IntegrationArtifact={"Id": artifact, "Name": artifact},
            ErrorText=f"cause {number:03}".translate(LETTERS),
        ),
        team=team,
    )
    return made.plus(made) if count == 2 else made


def test_failures_of_one_kind_are_counted_by_status() -> None:
    """With when the first and the last of them ended, in whatever order they came."""
    [one] = grouped(
        failure(1, NOON),
        failure(2, NOON + HOUR),
        failure(3, NOON - HOUR),
        failure(4, NOON + MINUTE),
    )

    assert (one.count, one.statuses) == (4, {"FAILED": 4})
    assert (one.first, one.last) == (NOON - HOUR, NOON + HOUR)


def test_the_last_one_is_the_example() -> None:
    """It says best what is wrong now; of two at once, either will do."""
    [one] = grouped(
        failure(1, NOON + HOUR, ErrorText="took 7 s"), failure(2, NOON, ErrorText="took 5 s")
    )

    assert one.error == "took 7 s"
    assert one.link == "https://tenant.example/monitoring/1"


def test_another_text_or_artifact_is_another_group() -> None:
    """Numbers make no difference; words do."""
    groups = grouped(
        failure(1, ErrorText="order 1 locked"),
        failure(2, ErrorText="order 2 locked"),
        failure(3, ErrorText="order 3 missing"),
        failure(4, ErrorText="order 4 locked", IntegrationArtifact={"Id": "other"}),
    )

    assert sorted(each.count for each in groups) == [1, 1, 2]


def test_each_team_has_groups_of_its_own() -> None:
    """What is held back for one may be new to another."""
    one = failure()

    groups = groups_of([(one, "sales"), (one, "finance"), (one, UNASSIGNED)])

    assert list(groups) == [f"{one.signature}@sales", f"{one.signature}@finance", one.signature]
    assert [each.team for each in groups.values()] == ["sales", "finance", UNASSIGNED]


def test_names_are_bounded_and_on_one_line() -> None:
    """They come from foreign systems, and are kept for every kind."""
    [one] = grouped(
        failure(
            Sender="a\nb",
            Receiver="x" * 1_000,
            ErrorText="y" * 1_000,
            IntegrationArtifact={"Id": "i" * 1_000, "Name": 7, "PackageId": "p"},
            AlternateWebLink=None,
        )
    )

    assert (one.sender, one.package, one.link) == ("a b", "p", "")
    assert (len(one.receiver), len(one.error), len(one.artifact)) == (150, 300, 150)
    assert one.name == one.artifact


def test_groups_are_put_together() -> None:
    """Statuses in the order of their names, so that two notifiers write the same."""
    early, late = (
        grouped(failure(n, NOON + n * HOUR, Status=status))[0]
        for n, status in enumerate(("FAILED", "ESCALATED"))
    )

    both = late.plus(early)

    assert both == early.plus(late)
    assert list(both.statuses.items()) == [("ESCALATED", 1), ("FAILED", 1)]
    assert (both.first, both.last, both.link) == (early.first, late.last, late.link)


def test_groups_of_one_signature_are_one() -> None:
    """Each part has its own; people are told of all of them together."""
    one, other = group(1), group(2)

    assert merged([one, other, one]) == {
        one.signature: one.plus(one),
        other.signature: other,
    }


def test_a_group_survives_being_kept() -> None:
    """Whatever stands in its texts."""
    [one] = grouped(failure(ErrorText='ä € "quoted" \\'), team="sales")

    assert Group.from_json(one.as_json()) == one


class TestBounds:
    """Texts that never repeat would make a group of every failure."""

    def test_the_rarest_kinds_of_an_artifact_are_one(self) -> None:
        """No failure is left out; the frequent kinds stay for themselves."""
        frequent = group(999, count=2)
        groups = [*(group(number) for number in range(MOST_KINDS + 9)), frequent]

        found = bounded(groups)

        assert len(found) == MOST_KINDS + 1
        assert found[0] == frequent
        assert found[-1].count == 10
        assert found[-1].error.startswith("Texts that hardly repeat, such as: cause ")
        assert sum(each.count for each in found) == MOST_KINDS + 9 + 2

    def test_as_many_as_are_allowed_stay_as_they_are(self) -> None:
        """In a row that does not depend on where they came from."""
        groups = [group(number) for number in range(MOST_KINDS)]

        assert bounded(groups) == bounded(reversed(groups))
        assert sorted(bounded(groups), key=repr) == sorted(groups, key=repr)

    def test_what_hardly_repeats_is_one_kind_from_part_to_part(self) -> None:
        """Else it would be told as new with each of them."""
        signatures = {
            bounded(group(number + part) for number in range(MOST_KINDS + 1))[-1].signature
            for part in (0, 100)
        }

        assert len(signatures) == 1

    @pytest.mark.parametrize("other", [{"artifact": "b"}, {"team": "sales"}])
    def test_artifacts_and_teams_do_not_share_the_bound(self, other: dict[str, str]) -> None:
        """A flow in trouble takes nothing from the others."""
        groups = [group(number) for number in range(MOST_KINDS)]
        groups += [group(number, **other) for number in range(MOST_KINDS)]  # type: ignore[arg-type]  # names

        assert len(bounded(groups)) == 2 * MOST_KINDS

    def test_the_error_stays_within_its_bound(self) -> None:
        """The words before it come on top."""
        [long] = grouped(failure(ErrorText="y" * 300))
        found = bounded([*(group(n, artifact="Order_to_Cash") for n in range(MOST_KINDS)), long])

        assert len(found) == MOST_KINDS + 1
        assert all(len(each.error) <= 300 for each in found)


def test_an_hour_apart_is_still_one_kind() -> None:
    """Only its text makes a kind."""
    ends = [NOON, NOON + timedelta(days=20)]

    assert len(grouped(*(failure(n, end) for n, end in enumerate(ends)))) == 1
