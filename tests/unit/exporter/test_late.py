"""What a reconcile found late: by artifact, and by how late it was at most."""

import pytest

from mpl_export.archive.archive import Stored
from mpl_export.exporter.late import Late
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, log


def artifact(name: str) -> dict[str, object]:
    """The member of a row that names its flow."""
    return {"Id": name, "Name": f"{name} by name", "Type": "INTEGRATION_FLOW"}


def found(*ages: int) -> Stored:
    """A part of logs that ended so many minutes before they were read."""
    logs = [log(n, NOON - age * MINUTE)._replace(read_at=NOON) for n, age in enumerate(ages)]
    return Stored(key="k", new=logs, amended=[])


def test_only_new_states_below_the_position_are_late() -> None:
    """What the runs have yet to read is not, nor what the tenant corrected, nor what has no end."""
    late = Late()
    late.take(found(1, 30), None)
    late.take(found(1, 29), NOON - 30 * MINUTE)
    late.take(Stored(key="k", new=[log(4, None)], amended=[log(5, NOON - DAY)]), NOON)

    assert (late.count, late.as_json()) == (0, {})


def test_a_log_counts_up_to_the_bound_that_it_does_not_pass() -> None:
    """The bounds are those by which one chooses an overlap."""
    late = Late()

    assert late.take(found(1, 15, 16, 60, 61, 360, 361, 1440, 1441, 9999), NOON) == 10

    assert late.as_json()["late_by"] == {
        "up_to_15m": 2,
        "up_to_1h": 2,
        "up_to_6h": 2,
        "up_to_1d": 2,
        "more": 2,
    }


def test_only_what_there_is_is_told() -> None:
    """A line of the log is short where there is little to say."""
    late = Late()
    late.take(found(30), NOON)
    late.take(found(40), NOON)

    assert late.as_json()["late_by"] == {"up_to_1h": 2}


def test_the_ten_artifacts_with_the_most_are_named() -> None:
    """The line stays short where a whole tenant was late; the rest is counted."""
    late = Late()
    for number in range(12):
        logs = [
            log(n, NOON - HOUR, IntegrationArtifact=artifact(f"flow-{number:02}"))
            for n in range(12 - number)
        ]
        late.take(Stored(key="k", new=logs, amended=[]), NOON)

    by_artifact = late.as_json()["late_by_artifact"]

    assert by_artifact == {f"flow-{n:02}": 12 - n for n in range(10)} | {"others": 3}
    assert next(iter(by_artifact)) == "flow-00"
    assert late.count == sum(range(1, 13))


@pytest.mark.parametrize("value", [None, artifact("flow") | {"Id": None}, "no record"])
def test_a_log_without_an_artifact_is_unknown(value: object) -> None:
    """As its status would be."""
    late = Late()
    late.take(
        Stored(key="k", new=[log(1, NOON - HOUR, IntegrationArtifact=value)], amended=[]), NOON
    )

    assert late.as_json()["late_by_artifact"] == {"unknown": 1}
