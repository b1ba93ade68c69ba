"""The whole examination, in the order in which a run would meet what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mpl_export import __version__
from mpl_export.archive.objects import Objects, S3Objects
from mpl_export.aws import client
from mpl_export.clock import Clock
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.exporter.doctor.aws_steps import Table, ask_aws
from mpl_export.exporter.doctor.findings import Examination
from mpl_export.exporter.doctor.key_steps import keyed, understood
from mpl_export.exporter.doctor.reach_steps import reach
from mpl_export.exporter.doctor.tenant_steps import ask_tenant
from mpl_export.secret import ServiceKeySecret
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.token_source import SecretReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How the doctor gets at what AWS keeps."""

    secret: Callable[[Settings], SecretReader]
    table: Callable[[Settings], Table]
    bucket: Callable[[Settings], Objects]


AWS = Means(
    secret=lambda to: ServiceKeySecret(client("secretsmanager"), to.service_key_secret),
    table=lambda to: DynamoCheckpoints(client("dynamodb"), to.checkpoint_table, to.tenant),
    bucket=lambda to: S3Objects(client("s3"), to.archive_bucket),
)


def check(environment: Mapping[str, str], clock: Clock, means: Means = AWS) -> dict[str, Any]:
    """Examine everything that a run needs.

    Returns:
        ``tenant``, ``purpose`` (``check``), ``healthy``, ``release``, and ``steps``: a list of
        objects with ``name``, ``verdict`` (``ok``, ``failed``, ``not checked``), ``seen``, ``do``.
    """
    steps = Examination()
    now = clock.now()
    known = understood(environment, now, steps)
    settings = known.settings
    found = keyed(means.secret(settings), known, now, steps)
    reach(found, settings.tenant_ca_pem, steps)
    ask_tenant(found, settings, clock, steps)
    kept = ask_aws(means.table(settings), means.bucket(settings), known, found, clock)
    steps.steps += kept.steps
    return {
        "tenant": settings.tenant,
        "purpose": "check",
        "healthy": steps.healthy,
        "release": __version__,
        "steps": steps.as_json(),
    }
