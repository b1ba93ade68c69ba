"""How much there was: counted once, kept small, put together by day."""

from datetime import timedelta

from mpl_export.instants import iso_instant
from mpl_export.notifier.volume import MOST_ARTIFACTS, Times, Volume, sum_of
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import Harness

TOLD = ("FAILED",)


def volume(*records: dict[str, object]) -> Volume:
    """The volume of records."""
    found = Volume()
    for record in records:
        found.add(record, TOLD)
    return found


def took(seconds: float, **members: object) -> dict[str, object]:
    """A record of a message that took so long."""
    start = iso_instant(NOON - timedelta(seconds=seconds))
    return {**Harness().record(), "LogStart": start, "Status": "COMPLETED", **members}


def test_what_ended_is_counted_by_status_and_artifact() -> None:
    """Open messages have not ended, and what was amended had ended before."""
    found = volume(
        took(1),
        took(3, Status="FAILED"),
        took(9, Status="PROCESSING"),
        took(9, Status="FAILED", Amended=True),
        took(9, Status=None),
    )

    assert found.statuses == {"COMPLETED": 1, "FAILED": 1}
    assert found.failed == {"Order_to_Cash": 1}
    assert found.times == {"Order_to_Cash": Times(2, 4.0, 3.0)}
    assert found.times["Order_to_Cash"].mean == 2.0


def test_what_tells_no_times_is_counted_all_the_same() -> None:
    """And a clock that ran backwards took no time."""
    found = volume(took(1, LogStart=None), took(1, LogEnd=None), took(-5))

    assert found.total == 3
    assert found.times == {"Order_to_Cash": Times(1, 0.0, 0.0)}
    assert Times().mean == 0.0


def test_parts_make_a_day() -> None:
    """In any order."""
    one = volume(took(1), took(2, IntegrationArtifact={"Id": "a"}))
    two = volume(took(3, Status="FAILED"), took(4, IntegrationArtifact={"Id": "b"}))

    assert sum_of([one, two]) == sum_of([two, one]) == one.plus(two)
    assert sum_of([one, two]).times["Order_to_Cash"] == Times(2, 4.0, 3.0)
    assert sum_of([]).total == 0


def test_it_survives_being_kept_within_bounds() -> None:
    """An item of DynamoDB has 400 kB; totals stay right."""
    found = volume(took(1, Status="FAILED"), took(2.5))
    assert Volume.from_json(found.as_json()) == found

    many = volume(*(took(1, IntegrationArtifact={"Id": f"{n:0150}"}) for n in range(500)))
    kept = Volume.from_json(many.as_json())
    assert kept.total == 500
    assert len(kept.times) == MOST_ARTIFACTS
    assert len(many.as_json()) < 100_000
