"""What the stack gave to the function, tried without leaving a trace: table, bucket and rules."""

from itertools import islice
from typing import Protocol

import orjson

from mpl_export.archive.layout import probe_key, source_key, window_prefix
from mpl_export.archive.objects import NoSuchObjectError, Objects
from mpl_export.aws import every_aws_error
from mpl_export.checkpoint import Checkpoint
from mpl_export.clock import Clock
from mpl_export.errors import AwsRefusedError, TenantMismatchError
from mpl_export.exporter.doctor.findings import Examination, FaultError, Found, need
from mpl_export.exporter.doctor.key_steps import Keyed, KnownSettings
from mpl_export.exporter.doctor.rules_step import look_at_rules
from mpl_export.instants import iso_instant
from mpl_export.tenant.http.reach import Host

_ABSENT = frozenset({"403", "404", "AccessDenied"})
_NOT_BEGUN = "not begun yet: the first run ties it to the API's host"
_PROBE = b'{"probe": "written once by the export\'s own check, and never changed"}\n'


class Table(Protocol):
    """The checkpoint's table (``DynamoCheckpoints``)."""

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""

    def prove_writable(self) -> None:
        """Be allowed to write, without writing."""


def ask_aws(
    table: Table, bucket: Objects, known: KnownSettings, keyed: Keyed, clock: Clock
) -> Examination:
    """Try the table, the bucket and what lies there; none of it rests on the tenant."""
    steps = Examination()

    def checkpoint() -> Found[Checkpoint]:
        name = known.without_fault_in("CHECKPOINT_TABLE", "TENANT").checkpoint_table
        with every_aws_error("use", f"the table {name}"):
            held = table.read()
            table.prove_writable()
        if held.position is None:
            return Found(held, "readable and writable; no run has succeeded yet")
        behind = clock.now() - (held.reached or held.position)
        return Found(
            held,
            f"readable and writable; archived up to {iso_instant(held.position)}, "
            f"{behind.total_seconds() / 60:.0f} minutes behind",
        )

    def archive() -> Found[None]:
        settings = known.without_fault_in("ARCHIVE_BUCKET", "TENANT")
        with every_aws_error("use", f"the bucket {settings.archive_bucket}"):
            _probe(bucket, settings.tenant)
            prefix = window_prefix(settings.tenant, clock.now()).rpartition("dt=")[0]
            held = any(True for _ in islice(bucket.keys(prefix), 1))
        parts = "holds parts of this tenant" if held else "holds no part of this tenant yet"
        return Found(None, f"writable, readable and listable; {parts}")

    def source() -> Found[None]:
        settings = known.without_fault_in("ARCHIVE_BUCKET", "TENANT")
        try:
            with every_aws_error("read", f"the bucket {settings.archive_bucket}"):
                marker = bucket.get(source_key(settings.tenant))
        except NoSuchObjectError:
            return Found(None, _NOT_BEGUN)
        except AwsRefusedError as error:
            # A role that may not list gets 403, not 404, for what is absent.
            if error.code not in _ABSENT:
                raise
            return Found(None, _NOT_BEGUN)
        begun_with = _api_host(marker)
        if keyed.key is not None and begun_with != str(Host.of(keyed.key.api_root)):
            raise TenantMismatchError(
                f"the service key leads to {Host.of(keyed.key.api_root)}, but the archive of "
                f"tenant {settings.tenant!r} was begun with {begun_with}"
            )
        return Found(None, f"begun with {begun_with}")

    def rules() -> Found[None]:
        noted = need(held, "table").rules
        settings = known.without_fault_in("ARCHIVE_BUCKET", "TENANT")
        with every_aws_error("read", f"the rules in the bucket {settings.archive_bucket}"):
            return look_at_rules(noted, bucket, settings.tenant, clock.now())

    held = steps.step("table", checkpoint)
    steps.step("bucket", archive)
    steps.step("archive", source)
    steps.step("rules", rules)
    return steps


def _probe(bucket: Objects, tenant: str) -> None:
    """Put one fixed object, unless it is there, and read it back."""
    key = probe_key(tenant)
    bucket.put_if_absent(key, _PROBE, content_type="application/json")
    if bucket.get(key) != _PROBE:
        raise FaultError(
            f"the object {key} is not what this export writes there",
            "somebody else writes into this part of the bucket: see who has s3:PutObject on it, "
            "and delete that object",
        )


def _api_host(marker: bytes) -> str:
    try:
        return str(orjson.loads(marker)["api_host"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "an unreadable marker"
