"""Bars and their labels."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from operate.report.plots import bars, range_bar

START = datetime(2026, 11, 2, tzinfo=UTC)


def drawn(values: list[float], **options: object) -> tuple[ET.Element, object]:
    """A plot of one status over days, parsed."""
    starts = [START + timedelta(days=number) for number in range(len(values))]
    plot = bars(
        starts,
        {"FAILED": values},
        title='A "title" <b>',
        width="day",
        show=lambda value: f"{value:g}",
        **options,  # type: ignore[arg-type]
    )
    return ET.fromstring(plot.bars), plot  # noqa: S314 - ours


@given(st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=40))
def test_bars_are_as_high_as_their_values_and_stay_within_the_scale(values: list[float]) -> None:
    """The highest tick is not below the highest bar."""
    svg, plot = drawn(values)

    heights = [float(bar.attrib["height"]) for bar in svg.iter("rect")]
    assert len(heights) == sum(value > 0 for value in values)
    assert all(0 <= height <= 100.001 for height in heights)
    top = float(plot.ticks[-1][1])  # type: ignore[attr-defined]
    assert top >= max(values) * 0.999
    for height, value in zip(heights, filter(None, values), strict=True):
        assert abs(height - value / top * 100) < 0.1


def test_stacked_bars_lie_upon_each_other() -> None:
    """The sum is what the eye reads."""
    plot = bars(
        [START],
        {"COMPLETED": [30], "FAILED": [10]},
        title="t",
        width="day",
        show=lambda value: f"{value:g}",
    )

    lower, upper = ET.fromstring(plot.bars).iter("rect")  # noqa: S314 - ours

    assert float(lower.attrib["y"]) + float(lower.attrib["height"]) == 100
    assert float(upper.attrib["y"]) + float(upper.attrib["height"]) == float(lower.attrib["y"])
    assert upper.find("title").text == "Mon 02 Nov: FAILED 10"  # type: ignore[union-attr]


def test_labels_are_few_and_within() -> None:
    """Forty of them would be one black bar."""
    _, plot = drawn([1.0] * 40)

    assert 3 <= len(plot.labels) <= 6  # type: ignore[attr-defined]
    assert all(0 <= left < 100 for left, _ in plot.labels)  # type: ignore[attr-defined]


def test_a_scale_of_time_has_steps_of_time() -> None:
    """Nobody reads 1 min 40 s on an axis."""
    _, plot = drawn([330.0], steps=(60.0, 120.0))

    assert [text for _, text in plot.ticks] == ["0", "120", "240", "360"]  # type: ignore[attr-defined]


def test_a_plot_without_a_value_is_a_plot() -> None:
    """A tenant may be idle for a month."""
    svg, plot = drawn([0.0, 0.0])

    assert list(svg.iter("rect")) == []
    assert len(plot.ticks) == 2  # type: ignore[attr-defined]


def test_titles_are_escaped() -> None:
    """They are ours today."""
    svg, _ = drawn([1.0])

    assert svg.attrib["aria-label"] == 'A "title" <b>'


def test_a_range_never_leaves_its_rail() -> None:
    """Whatever a clock says."""
    for low, high, most in ((0, 0, 0), (0, 5, 5), (-3, 2, 10), (1, 10, 10)):
        left, width = map(
            float,
            re.findall(
                r'class="span" x="([\d.]+)" y="1" width="([\d.]+)"',
                range_bar(low, high, most, title="t"),
            )[0],
        )
        assert left >= 0
        assert left + width <= 101.6
