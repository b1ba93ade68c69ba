"""A snapshot is read as it was written, or not at all."""

import gzip

import pytest

from mpl_export.archive.records import DamagedPartError
from mpl_export.archive.snapshots import Snapshot, snapshot_in
from mpl_export.artifacts import Artifact
from tests.support.manual_clock import NOON

FLOW = Artifact(
    id="Stock",
    version="1.0",
    name="Stöck",
    type="INTEGRATION_FLOW",
    deployed=NOON,
    status="ERROR",
    deployed_by="jane",
    error_text="why\nand why",
)
BARE = Artifact(id="A", version=None, name=None, type=None, deployed=None, status=None)


@pytest.mark.parametrize("artifacts", [[], [BARE], [BARE, FLOW]])
def test_it_comes_back(artifacts: list[Artifact]) -> None:
    """An empty one, too: that nothing is deployed is worth knowing."""
    snapshot = Snapshot(read_at=NOON, previous="before", artifacts=artifacts)

    assert snapshot_in(snapshot.body()) == snapshot


def test_its_lines_stay_as_they_are() -> None:
    """People read them by tools of their own."""
    body = Snapshot(read_at=NOON, previous=None, artifacts=[BARE]).body()

    assert gzip.decompress(body).decode().splitlines() == [
        '{"ReadAt":"2026-11-22T12:00:00.000Z","Previous":null,"Artifacts":1}',
        '{"Id":"A","Version":null,"Name":null,"Type":null,"DeployedOn":null,"Status":null}',
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"something else",
        gzip.compress(b""),
        gzip.compress(b"[]"),
        gzip.compress(b'{"Version":"0"}'),
        gzip.compress(b'{"ReadAt":"soon","Previous":null,"Artifacts":0}'),
        gzip.compress(b'{"ReadAt":"2026-11-22T12:00:00.000Z","Previous":null,"Artifacts":1}'),
        Snapshot(read_at=NOON, previous=None, artifacts=[FLOW]).body()[:-9],
    ],
)
def test_what_is_none_is_told(body: bytes) -> None:
    """Half of one would say that the other half is gone."""
    with pytest.raises(DamagedPartError):
        snapshot_in(body)
