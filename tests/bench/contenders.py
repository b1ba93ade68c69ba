"""Who competes: how each is started, and what it has to have done to count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mpl_export.instants import iso_instant
from operate.sap_tenant.columns import declared
from tests.bench.floor import literal
from tests.bench.world import BUCKET, PROJECT, SECRET, Client, Used, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_HANDLER: Final = "mpl_export.exporter.handler"
_FLOOR_PART: Final = 10


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to copy the tenant's logs into a bucket.

    Attributes:
        form: How it asks for rows, so that the tenant has them ready.
        run: Does it once, as a process of its own.
    """

    name: str
    title: str
    form: str
    run: Callable[[World], Used]


def exporter_environment(world: World, **settings: str) -> dict[str, str]:
    """The exporter's settings: the template's defaults, and where things are."""
    return world.environment(
        {
            "PYTHONPATH": str(PROJECT / "functions"),
            "AWS_LAMBDA_FUNCTION_NAME": "exporter",
            "TENANT": "bench",
            "SERVICE_KEY_SECRET": SECRET,
            "ARCHIVE_BUCKET": BUCKET,
            "CHECKPOINT_TABLE": "bench",
            "TENANT_CA_PEM": world.ca_pem,
            "START_FROM": iso_instant(world.since),
            **settings,
        }
    )


def start_exporter(world: World, **settings: str) -> Client:
    """Start the exporter's process; it takes events."""
    return Client.start(
        world,
        PROJECT / "tests/bench/exporter_process.py",
        [_HANDLER],
        exporter_environment(world, **settings),
    )


def _exporter(world: World) -> Used:
    with start_exporter(world) as client:
        _has_caught_up(client.ask({}))
        return client.end()


def _has_caught_up(answer: dict[str, Any]) -> None:
    if not answer["report"]["caught_up"]:
        raise RuntimeError(f"the exporter is not done: {answer['report']}")


def _floor(world: World, select: str) -> Used:
    assert world.load is not None
    environment = world.environment(
        {
            "FLOOR_KEY": str(world.folder / "key.json"),
            "FLOOR_CA": str(world.folder / "ca.pem"),
            "FLOOR_SINCE": _literal(world.since),
            "FLOOR_UNTIL": _literal(world.until),
            "FLOOR_SELECT": select,
            "FLOOR_BUCKET": BUCKET,
            "FLOOR_ROWS_A_PART": str(world.load.rows // _FLOOR_PART),
        }
    )
    with Client.start(world, PROJECT / "tests/bench/floor.py", [], environment) as client:
        return client.end()


def _literal(instant: datetime) -> str:
    return literal(round(instant.timestamp() * 1000))


def _floor_whole(world: World) -> Used:
    return _floor(world, "")


def _floor_selected(world: World) -> Used:
    return _floor(world, ",".join(declared(with_predecessor=True)))


EXPORTER: Final = Contender("exporter", "exporter", "selected", _exporter)
FLOOR: Final = Contender("floor", "floor, $select", "selected", _floor_selected)
FLOOR_WHOLE: Final = Contender("floor_whole", "floor, whole rows", "whole", _floor_whole)
