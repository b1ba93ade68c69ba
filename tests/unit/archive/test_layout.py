"""Keys of the archive, frozen for ``v1``: readers and other exports rely on every character."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.archive.layout import (
    day_prefix,
    part_key,
    part_of_key,
    probe_key,
    rules_key,
    seal_key,
    snapshot_key,
    snapshot_of_key,
    source_key,
    window_prefix,
)
from mpl_export.instants import EPOCH
from mpl_export.model import UNDATED, WINDOW, window_of
from mpl_export.tenant.logs.rows import log_of
from tests.support import frozen
from tests.support.manual_clock import NOON

windows = st.timedeltas(timedelta(0), timedelta(days=20_000)).map(
    lambda since: window_of(datetime(1970, 1, 1, tzinfo=UTC) + since)
)


GOLDEN = {
    "mpl/v1/tenant=prod/dt=2026-01-02/03Z-0000.jsonl.gz": (
        *("prod", datetime(2026, 1, 2, 3, 0, tzinfo=UTC), 0),
    ),
    "mpl/v1/tenant=prod/dt=2026-01-02/03Z-0007.jsonl.gz": (
        *("prod", datetime(2026, 1, 2, 3, 59, 59, 999_999, tzinfo=UTC), 7),
    ),
    "mpl/v1/tenant=a.b-c_d/dt=2026-12-31/23Z-12345.jsonl.gz": (
        *("a.b-c_d", datetime(2026, 12, 31, 23, 0, tzinfo=UTC), 12_345),
    ),
    "mpl/v1/tenant=prod/dt=undated/0000.jsonl.gz": ("prod", UNDATED, 0),
    "mpl/v1/tenant=prod/dt=1970-01-01/01Z-0000.jsonl.gz": ("prod", EPOCH + WINDOW, 0),
}


@pytest.mark.parametrize(("key", "place"), GOLDEN.items())
def test_a_key_is_spelled_as_frozen(key: str, place: tuple[str, datetime, int]) -> None:
    """Frozen for ``v1``: another spelling would store the whole archive a second time.

    Readers and other exports rely on it, Athena finds the partitions by it, the notifier the age.
    """
    tenant, instant, number = place

    assert part_key(tenant, window_of(instant), number) == key, frozen.KEYS
    assert part_of_key(key) == (window_of(instant), number), frozen.KEYS
    assert key.startswith(day_prefix(tenant, window_of(instant))), frozen.KEYS


def test_the_marker_is_spelled_as_frozen() -> None:
    """It ties a tenant's name to its host for as long as the archive lasts."""
    assert source_key("prod") == "sources/tenant=prod.json", frozen.KEYS


@pytest.mark.parametrize(
    ("key", "frozen_as"),
    [
        (probe_key("prod"), "sources/tenant=prod.probe"),
        (rules_key("prod", 7), "rules/v1/tenant=prod/00000007.toml"),
        (seal_key("prod", 7), "seals/v1/tenant=prod/00000007.json"),
    ],
)
def test_what_lies_beside_the_parts_is_spelled_as_frozen(key: str, frozen_as: str) -> None:
    """Rights and the bucket's policy name these prefixes; verify and erase find objects by them."""
    assert key == frozen_as, frozen.KEYS


def test_what_tells_no_time_lies_outside_of_every_range_of_dates() -> None:
    """One such row would make every reader's "from the beginning" start in 1970."""
    [filed] = {log_of({"MessageGuid": "not of this make"}, NOON).filed_at}

    assert window_of(filed) == UNDATED
    prefix = "mpl/v1/tenant=prod/dt=undated/"

    assert day_prefix("prod", window_of(filed)) == prefix, frozen.KEYS


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

    assert keys == sorted(keys) or window == UNDATED


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sources/tenant=demo.json",
        "mpl/v1/tenant=demo/dt=2026-01-02/03Z-000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/03Z-0000.jsonl",
        "mpl/v1/tenant=demo/dt=2026-01-02/03Z-0000.jsonl.gz.tmp",
        "mpl/v1/tenant=demo/dt=2026-01-02/03-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-02-30/03Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/24Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/03Z-0000.jsonl.gz\n",
        "mpl/v1/tenant=demo/dt=2026-01-02/0315Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=2026-01-02/0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=undated/03Z-0000.jsonl.gz",
        "mpl/v1/tenant=demo/dt=1970-01-01/00Z-0000.jsonl.gz",
    ],
)
def test_what_is_no_parts_key_is_known(key: str) -> None:
    """Something that people put beside the parts must not pass for one."""
    assert part_of_key(key) is None


def test_a_snapshot_is_named_by_its_minute() -> None:
    """And keys sort as time does."""
    key = "artifacts/v1/tenant=prod/dt=2026-01-02/0304Z.jsonl.gz"
    minute = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

    assert snapshot_key("prod", minute) == key, frozen.KEYS
    assert snapshot_of_key(key) == minute, frozen.KEYS
    assert key < snapshot_key("prod", minute + timedelta(minutes=57))


@pytest.mark.parametrize(
    "key",
    [
        "artifacts/v1/tenant=demo/dt=2026-01-02/03Z-0000.jsonl.gz",
        "artifacts/v1/tenant=demo/dt=2026-01-02/2460Z.jsonl.gz",
        "artifacts/v1/tenant=demo/dt=2026-02-30/0304Z.jsonl.gz",
        "artifacts/v1/tenant=demo/dt=2026-01-02/0304Z.jsonl.gz.tmp",
        "mpl/v1/tenant=demo/dt=2026-01-02/0304Z.jsonl.gz",
    ],
)
def test_what_is_no_snapshots_key_is_told(key: str) -> None:
    """A part's is none, and the other way round."""
    assert snapshot_of_key(key) is None
    assert part_of_key("artifacts/v1/tenant=demo/dt=2026-01-02/0304Z.jsonl.gz") is None
