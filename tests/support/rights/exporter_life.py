"""An exporter that lives through all that makes it call AWS, on emulated AWS.

Each way through a run, and what it does about the answers that are not as hoped for.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.archive.layout import part_key, snapshot_key
from mpl_export.archive.snapshots import Snapshot
from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter import handler as exporter
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from operate.sap_tenant import SapTenant, failing_interval
from operate.sap_tenant.moments import utc_now
from tests.support.exporter.exporter_resources import Resources
from tests.support.invocation import Invocation
from tests.support.kills.killable_runs import Job, open_killable_runs
from tests.support.notifier.notifier_resources import put_rules
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.emulator import Emulator
    from operate.sap_tenant.server import SapTenantServer

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


def live_as_exporter(aws: Emulator, home: Path) -> None:
    """Live through all of it.

    Args:
        home: An empty directory.
    """
    tenant = SapTenant(seed=13)
    now = utc_now()
    tenant.populate(60, now - _HOUR, now)
    with tenant.serve() as server:
        resources = Resources.make(aws, "rights", json.dumps(server.service_key()))
        life = _Life(tenant, server, resources, now)
        with life.begun():
            life.day_by_day()
            life.while_another_run_is_at_it()
            life.while_the_tenant_fails()
            life.with_a_snapshot_that_was_not_noted()
            life.with_a_key_that_is_revoked()
            life.night_by_night()
        life.in_a_process_of_its_own(home)


@dataclass(frozen=True, slots=True)
class _Life:
    tenant: SapTenant
    server: SapTenantServer
    resources: Resources
    now: datetime

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Be where the handler finds its environment."""
        exporter._container.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environment().items():
                patch.setenv(name, value)
            yield
        exporter._container.cache_clear()

    def day_by_day(self) -> None:
        """Scheduled runs, a reconcile, a backfill and the doctor."""
        assert _invoke({})["caught_up"]
        self.tenant.add(status="FAILED", log_end=self.now - 2 * _MINUTE, error_text="no route")
        exporter._container.cache_clear()  # a cold container reads the parts that there are
        assert _invoke({})["versions_stored"]
        assert _invoke({"since": "P2D", "purpose": "reconcile"})["caught_up"]
        assert _invoke({"since": "PT1H", "until": "PT30M"})["caught_up"]
        put_rules(
            self.resources.aws,
            self.resources.name,
            self.resources.name,
            self.resources.tenant,
            "[[mask]]\nname = 'number'\npattern = '\\d{9}'\n",
        )
        assert _invoke({"since": "PT1H", "until": "PT30M"})["caught_up"]
        assert _invoke({"check": True})["healthy"]

    def while_another_run_is_at_it(self) -> None:
        """It holds the lease: the position is read all the same.  It has put the same part."""
        self.resources.set_item(
            owner="another run", held_until=iso_instant(datetime.now(UTC) + _HOUR)
        )
        assert not _invoke({})["caught_up"]
        self.resources.set_item(held_until=iso_instant(self.now))

        late = self.now - 3 * _MINUTE
        self.tenant.add(log_end=late)
        parts = self.resources.parts()
        first = part_key(self.resources.tenant, window_of(late), 0)
        held = [key for key in parts if key.startswith(first.rpartition("-")[0])]
        taken = part_key(self.resources.tenant, window_of(late), len(held))
        self.resources.aws.client("s3").put_object(
            Bucket=self.resources.name, Key=taken, Body=parts[held[0]]
        )
        assert _invoke({"since": "PT1H"})["versions_stored"] == 1

    def while_the_tenant_fails(self) -> None:
        """A millisecond that it cannot show is noted."""
        fault = self.tenant.faults.add(failing_interval(self.now - _MINUTE))
        with pytest.raises(TenantUnavailableError):
            _invoke({})
        self.tenant.faults.remove(fault)

    def with_a_snapshot_that_was_not_noted(self) -> None:
        """A run that was killed between the put and the commit has stored it."""
        key = snapshot_key(self.resources.tenant, self.now + _HOUR)
        body = Snapshot(read_at=self.now, previous=None, artifacts=()).body()
        self.resources.aws.client("s3").put_object(Bucket=self.resources.name, Key=key, Body=body)
        self.resources.set_item(
            artifacts_begun=key, artifacts_read=iso_instant(self.now - 2 * _HOUR)
        )
        self.tenant.artifacts.deploy("Stock")
        assert _invoke({})["artifacts"]["stored"] > key

    def with_a_key_that_is_revoked(self) -> None:
        """The key in the secret is read afresh, then its previous version is."""
        secrets = self.resources.aws.client("secretsmanager")
        good = json.dumps(self.server.service_key())
        revoked = good.replace(self.tenant.clients.client_id, "nobody")
        for text in (good, revoked):
            secrets.put_secret_value(SecretId=self.resources.secret, SecretString=text)
        exporter._container.cache_clear()
        assert _invoke({})["caught_up"]

    def night_by_night(self) -> None:
        """Passes of the sealer, with a key and without; a part is too young to be sealed."""
        kms = self.resources.aws.client("kms")
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        stack_gives(TENANT=self.resources.tenant, SEAL_KEY=key)
        at_once = pytest.MonkeyPatch()
        at_once.setattr("mpl_export.sealing.sealer.SETTLED", -_MINUTE)
        for seal_key in ("", key):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SEAL_KEY", seal_key)
                exporter._container.cache_clear()
                self.tenant.add(log_end=self.now - 4 * _MINUTE)
                assert _invoke({"since": "PT1H"})["versions_stored"] == 1
                report = _invoke({"seal": True})
                assert (report["complete"], report["made"]) == (True, 1)
        at_once.undo()

    def in_a_process_of_its_own(self, home: Path) -> None:
        """As the runs that tests kill."""
        with open_killable_runs(self.resources.aws) as killable:
            assert killable.run(Job(home=home / "run", environment=self._environment()))[
                "caught_up"
            ]

    def _environment(self) -> dict[str, str]:
        return self.resources.environment(
            {
                "TMPDIR": "/tmp",  # noqa: S108 - as in Lambda
                "TENANT_CA_PEM": self.server.ca_pem,
                "START_FROM": "PT2H",
            }
        )


def _invoke(event: dict[str, object]) -> dict[str, Any]:
    return exporter.handler(event, Invocation("exporter", 60))  # type: ignore[arg-type]  # all that is asked
