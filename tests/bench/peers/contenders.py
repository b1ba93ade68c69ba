"""Other people's exporters as contenders, each in the environment that its lock describes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

from operate.sap_tenant.columns import declared
from tests.bench.contenders import Contender
from tests.bench.floor import literal
from tests.bench.world import BUCKET, PROJECT, REGION, Client, Used, World

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE: Final = PROJECT / "tests/bench/peers"
_SELECT: Final = ",".join(declared(with_predecessor=True))


def _run(world: World, name: str, settings: Mapping[str, str]) -> Used:
    """Run a peer's script, with nothing left of its last run."""
    home = world.folder / name
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    environment = world.environment(
        {
            "PYTHONPATH": str(HERE),
            "HOME": str(home),
            "TMPDIR": str(home),
            "PEER_KEY": str(world.folder / "key.json"),
            "PEER_CA": str(world.folder / "ca.pem"),
            "PEER_SINCE": literal(round(world.since.timestamp() * 1000)),
            "PEER_SINCE_MILLIS": str(round(world.since.timestamp() * 1000)),
            "PEER_UNTIL": literal(round(world.until.timestamp() * 1000)),
            "PEER_SELECT": _SELECT,
            **settings,
        }
    )
    python = str(PROJECT / f".venv-{name}/bin/python")
    script = HERE / f"{name}_mpl.py"
    with Client.start(world, script, [], environment, python=python) as client:
        return client.end()


def _grove(world: World) -> Used:
    """Grove 2.2.0: pages into S3, pointer, lock and hashes in DynamoDB; nothing else is set."""
    configs = world.folder / "grove-configs"
    configs.mkdir(exist_ok=True)
    config = {"name": "mpl", "identity": "bench", "connector": "mpl", "key": "-", "frequency": 0}
    (configs / "mpl.json").write_text(json.dumps(config))
    return _run(
        world,
        "grove",
        {
            "GROVE_CONFIG_HANDLER": "local_file",
            "GROVE_CONFIG_LOCAL_FILE_PATH": str(configs),
            "GROVE_OUTPUT_HANDLER": "aws_s3",
            "GROVE_OUTPUT_AWS_S3_BUCKET": BUCKET,
            "GROVE_OUTPUT_AWS_S3_BUCKET_REGION": REGION,
            "GROVE_CACHE_HANDLER": "aws_dynamodb",
            "GROVE_CACHE_AWS_DYNAMODB_TABLE": "grove",
            "GROVE_CACHE_AWS_DYNAMODB_TABLE_REGION": REGION,
        },
    )


def _dlt(world: World) -> Used:
    """Dlt 1.31.0: gzipped JSON lines and its state on S3."""
    return _run(
        world,
        "dlt",
        {
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "DESTINATION__FILESYSTEM__BUCKET_URL": f"s3://{BUCKET}",
            "DESTINATION__FILESYSTEM__CREDENTIALS__AWS_ACCESS_KEY_ID": "bench",
            "DESTINATION__FILESYSTEM__CREDENTIALS__AWS_SECRET_ACCESS_KEY": "bench",
            "DESTINATION__FILESYSTEM__CREDENTIALS__REGION_NAME": REGION,
            "DESTINATION__FILESYSTEM__CREDENTIALS__ENDPOINT_URL": world.aws("tell")["url"],
        },
    )


PEERS: Final = (
    Contender("grove", "Grove 2.2.0", "selected", _grove),
    Contender("dlt", "dlt 1.31.0", "selected", _dlt),
)
