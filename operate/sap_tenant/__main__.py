"""Run a simulated tenant alone: ``python -m operate.sap_tenant``.

Writes the service key and the root certificate to trust into a directory, says where, and lives
until it is told to end (SIGTERM, SIGINT).
"""

import argparse
import json
import signal
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Final

from operate.sap_tenant.life import Habits, Life
from operate.sap_tenant.moments import utc_now
from operate.sap_tenant.server import SapTenantServer
from operate.sap_tenant.tenant import SapTenant

_TICK_SECONDS: Final = 0.5
_HISTORY: Final = timedelta(days=29)


def main(arguments: list[str] | None = None) -> None:
    """Run until told to end."""
    options = _options(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    tenant = SapTenant(seed=options.seed)
    now = utc_now()
    tenant.populate(options.rows, now - _HISTORY, now)
    habits = Habits(rate=options.rate, fail_every=options.fail_every)
    life = Life(tenant, since=now, seed=options.seed, habits=habits)
    server = tenant.serve(
        host=options.host,
        names=[options.public_host] if options.public_host else [],
        api_port=options.api_port,
        token_port=options.token_port,
        secret_token_port=options.secret_token_port,
    )
    with server:
        directory = options.directory or Path(tempfile.mkdtemp())
        _hand_out(server, directory, options.public_host, as_json=options.json)
        while not ended.wait(_TICK_SECONDS):
            life.advance(utc_now())


def _hand_out(
    server: SapTenantServer, directory: Path, public_host: str | None, *, as_json: bool
) -> None:
    """Write what a client needs and say how to use it."""
    directory.mkdir(parents=True, exist_ok=True)
    key_file, ca_file = directory / "service-key.json", directory / "ca.pem"
    key_file.touch(mode=0o600)
    key_file.chmod(0o600)  # a file of an earlier run may have had other rights
    key = server.service_key(public_host=public_host)
    key_file.write_text(json.dumps(key, indent=2) + "\n")
    ca_file.write_text(server.ca_pem)
    if as_json:
        places = {
            "api": f"{server.api_url}/api/v1/MessageProcessingLogs",
            "tokens": server.token_url,
            "service_key": str(key_file),
            "trust": str(ca_file),
        }
        print(json.dumps(places), flush=True)
        return
    print(
        f"""The simulated tenant answers.
  API          {server.api_url}/api/v1/MessageProcessingLogs
  tokens       {server.token_url} (with the client certificate of the service key)
  service key  {key_file}
  trust        {ca_file}

Ask it, from this machine:
  curl --cacert {ca_file} {server.api_url}/api/v1/    (401: a token comes first)
Or let a stack on an emulated AWS export from it (one on AWS cannot reach this machine):
  make deploy ARGS='--key-file {key_file} --set TenantCaPem=@{ca_file} ...'
make demo KEEP=1 has both, and says what to type.

It ends with Ctrl-C.""",
        flush=True,
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m operate.sap_tenant", description="Run a simulated tenant."
    )
    add = parser.add_argument
    add("--directory", type=Path, help="where the service key and the root go (default: a new one)")
    add("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    add("--public-host", help="the host in the URLs of the service key, if clients use another")
    add("--rows", type=int, default=2000, help="logs of the past (default: %(default)s)")
    add("--seed", type=int, default=0, help="another seed is another life (default: %(default)s)")
    add("--rate", type=float, default=1.0, help="new messages a second (default: %(default)s)")
    add("--fail-every", type=int, help="let every so-many-th message fail (default: a usual mix)")
    add("--api-port", type=int, default=0, help="default: a free one")
    add("--token-port", type=int, default=0, help="default: a free one")
    add("--secret-token-port", type=int, default=0, help="default: a free one")
    add("--json", action="store_true", help="say where all is as one JSON object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
