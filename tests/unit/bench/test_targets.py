"""What the bench concludes from what it measured."""

from dataclasses import replace

from tests.bench.races import Result
from tests.bench.tables import markdown_of, medians_of, table_of
from tests.bench.targets import TARGETS, judged

_ONCE = Result(
    scenario="day",
    contender="exporter",
    round=0,
    cpu=3.0,
    wall=4.0,
    peak_mb=100.0,
    requests={"page": 100, "token": 1},
    calls={"s3:PutObject": 24, "dynamodb:UpdateItem": 3},
    objects=24,
    bytes=12_000_000,
    lines=100_000,
    tenant_cpu=0.3,
    most_requests=4,
    most_calls=2,
)


def test_medians_are_compared_not_single_runs() -> None:
    """One slow round of three changes no verdict."""
    floor = replace(_ONCE, contender="floor", cpu=2.0)
    runs = [replace(_ONCE, cpu=cpu) for cpu in (2.5, 2.4, 9.0)]

    [ratio] = [
        it for it in judged(medians_of([*runs, floor])) if it.target.text == "day: CPU / floor"
    ]

    assert ratio.value == 1.25
    assert ratio.met


def test_what_was_not_measured_is_not_judged() -> None:
    """Neither as reached nor as missed."""
    texts = {it.target.text for it in judged(medians_of([_ONCE]))}

    assert texts == {"day: requests"}


def test_parts_that_were_written_do_not_count_as_calls_beside_them() -> None:
    """An export has to write its parts."""
    month = replace(_ONCE, scenario="month")
    again = replace(month, scenario="again", calls={"s3:GetObject": 24, "s3:ListObjectsV2": 30})
    values = {it.target.text: it.value for it in judged(medians_of([month, again]))}

    assert values["month: AWS calls beside parts"] == 3
    assert values["month again: AWS calls beside parts read"] == 30


def test_every_target_can_be_judged_and_told() -> None:
    """All ten, once everything was measured."""
    more = {"ratio": 1.1}
    results = [
        replace(_ONCE, scenario=scenario, contender=contender, more=more)
        for scenario in (
            *("day", "month", "day_far", "month_far", "million", "window", "empty"),
            *("quiet", "quiet_old", "again", "reconcile", "imports", "notifier"),
        )
        for contender in ("floor", "exporter", "grove", "dlt", "notifier")
    ]
    medians = medians_of(results)
    verdicts = judged(medians)
    on = {"cpu": "a", "cores": 2, "python": "3.13", "commit": "c", "load": [0.1]}

    assert [it.target for it in verdicts] == list(TARGETS)
    text = markdown_of(medians, verdicts, {"began": "2026-11-24T20:00:00", "machine": on})
    assert text.count("\n| `") == len(medians)
    assert table_of(medians).count("\n") == len(medians)
