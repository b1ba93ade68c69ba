"""Keys of the archive, frozen for ``v1``: readers and other exports rely on every character."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.archive.layout import part_key, part_of_key, source_key, window_prefix
from mpl_export.model import WINDOW, window_of

QUARTER_PAST = datetime(2026, 1, 2, 3, 15, tzinfo=UTC)

windows = st.timedeltas(timedelta(0), timedelta(days=20_000)).map(
    lambda since: window_of(datetime(1970, 1, 1, tzinfo=UTC) + since)
)


def test_a_key_is_spelled_as_documented() -> None:
    """Athena finds the partitions by it, the notifier the age of a part."""
    assert (
        part_key("prod", QUARTER_PAST, 0) == "mpl/v1/tenant=prod/dt=2026-01-02/0315Z-0000.jsonl.gz"
    )
    assert (
        part_key("a.b-c_d", QUARTER_PAST, 12_345)
        == "mpl/v1/tenant=a.b-c_d/dt=2026-01-02/0315Z-12345.jsonl.gz"
    )
    assert source_key("prod") == "sources/tenant=prod.json"


@given(windows, st.integers(0, 20_000))
def test_a_key_tells_its_window_and_number(window: datetime, number: int) -> None:
    """What is written is read back, so a part is never taken for another one's."""
    assert part_of_key(part_key("demo", window, number)) == (window, number)


@given(windows, st.integers(0, 20_000))
def test_a_window_finds_its_own_parts_only(window: datetime, number: int) -> None:
    """Parts are found by a prefix: no other window may begin with it."""
    key = part_key("demo", window, number)

    assert key.startswith(window_prefix("demo", window))
    assert not key.startswith(window_prefix("demo", window + WINDOW))
    assert not key.startswith(window_prefix("dem", window))


@given(windows, st.integers(0, 9_998))
def test_later_parts_sort_later(window: datetime, number: int) -> None:
    """A listing shows windows and parts in the order of time, whatever the tenant's load."""
    keys = [
        part_key("demo", window, number),
        part_key("demo", window, number + 1),
        part_key("demo", window + WINDOW, 0),
    ]

    assert keys == sorted(keys)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sources/tenant=demo.json",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315Z-000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315Z-0000.jsonl",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315Z-0000.jsonl.gz.tmp",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-02-30/0315Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/2460Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315Z-0000.jsonl.gz\n",
    ],
)
def test_what_is_no_parts_key_is_known(key: str) -> None:
    """Something that people put beside the parts must not pass for one."""
    assert part_of_key(key) is None
