"""The metrics as they leave: what is printed is what CloudWatch makes metrics of."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mpl_export import __version__
from mpl_export.metrics import EmfMeter, Metric

NAMES = {
    "SealNumber",
    "SealFailed",
    "LagSeconds",
    "MutedMessages",
    "RowsRead",
    "OldestOpenMessageSeconds",
    "FailedMessages",
    "RetentionHoursLeft",
    "CertificateDaysLeft",
    "PreviousKeyInUse",
    "ReconcileComplete",
    "LateLogs",
    "ReadingLimited",
    "CompletenessGap",
    "BackfilledVersions",
    "BackfillSlicesFailed",
}


@pytest.fixture
def meter() -> Iterator[EmfMeter]:
    """A meter of the tenant demo that leaves nothing to the next test."""
    meter = EmfMeter("demo")
    yield meter
    meter.flush()


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was printed, line by line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_names_are_those_that_alarms_watch() -> None:
    """An alarm on a name that is never emitted stays silent for ever."""
    assert set(Metric) == NAMES, "a new metric: add its name to NAMES; alarms and dashboards use it"


def test_a_value_leaves_under_two_dimensions_and_no_more(
    meter: EmfMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each further dimension would multiply what the metrics cost."""
    meter.add(Metric.FAILED_MESSAGES, 3)
    meter.flush()

    [blob] = printed(capsys)
    [directive] = blob["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "MplExport"
    assert [sorted(names) for names in directive["Dimensions"]] == [["service", "tenant"]]
    assert (blob["service"], blob["tenant"]) == ("mpl-export", "demo")
    assert [metric["Name"] for metric in directive["Metrics"]] == ["FailedMessages"]
    assert blob["FailedMessages"] == [3]
    assert isinstance(blob["_aws"]["Timestamp"], int)
    beside = blob.keys() - {"_aws", "service", "tenant", "FailedMessages"}
    assert beside == {"release"}
    assert blob["release"] == __version__


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_has_its_unit(
    metric: Metric, meter: EmfMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lag of 300 counts would be drawn on the wrong axis."""
    meter.add(metric, 1.5)
    meter.flush()

    [blob] = printed(capsys)
    [definition] = blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    unit = "Seconds" if metric.endswith("Seconds") else "None" if "Left" in metric else "Count"
    assert (definition["Name"], definition["Unit"]) == (metric, unit)
    assert blob[metric] == [1.5]


def test_what_was_noted_leaves_once(meter: EmfMeter, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures are flushed right after each part; a second flush must not count them again."""
    meter.add(Metric.FAILED_MESSAGES, 1)
    meter.flush()
    meter.add(Metric.ROWS_READ, 2)
    meter.flush()
    meter.flush()

    first, second = printed(capsys)
    assert first["FailedMessages"] == [1]
    assert "FailedMessages" not in second
    assert second["RowsRead"] == [2]
    assert second["tenant"] == "demo"


def test_values_of_one_metric_stand_side_by_side(
    meter: EmfMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lag at the start and at the end of a run are two samples, not one that overwrites."""
    meter.add(Metric.LAG_SECONDS, 300)
    meter.add(Metric.LAG_SECONDS, 0)
    meter.flush()

    [blob] = printed(capsys)
    assert blob["LagSeconds"] == [300, 0]


def test_nothing_noted_is_nothing_printed(
    meter: EmfMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line without metrics would cost, and mean nothing."""
    meter.flush()

    assert printed(capsys) == []
