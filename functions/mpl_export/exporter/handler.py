"""The exporter's entry point: puts the pieces together, and decides nothing.

Importing this does no I/O.  What a warm container keeps (clients, what is known of the archive, the
token) is made at the first invocation.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from mpl_export.archive.archive import Archive
from mpl_export.archive.arrivals import S3Arrivals
from mpl_export.archive.rules import StoredRules
from mpl_export.aws import client
from mpl_export.aws_time import Patience
from mpl_export.clock import Deadline, SystemClock
from mpl_export.collector import look_for_garbage_less_often
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.exporter.backfill_summary import Summary
from mpl_export.exporter.events import Check, PlanSpan, Scheduled, Seal, request_of
from mpl_export.exporter.report import Report
from mpl_export.exporter.run import Run
from mpl_export.instants import floor_millisecond
from mpl_export.metrics import SERVICE, EmfMeter
from mpl_export.secret import ServiceKeySecret
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.certificate_files import sweep_leftovers
from mpl_export.tenant.credentials.token_source import TokenSource, https, open_token_source
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.pace import Pace
from mpl_export.tenant.http.transport import shared_tls_context
from mpl_export.tenant.logs.api import TenantApi

if TYPE_CHECKING:
    from mpl_export.exporter.backfill_plan import BackfillPlan

logger = Logger(service=SERVICE)

_MARGIN = timedelta(seconds=1)
"""Between the last wait for AWS and the end, to say what was wrong."""
_LEAST_RESERVE = timedelta(seconds=3)
_MOST_RESERVE = timedelta(seconds=60)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Export what the event asks for.

    Nothing is caught here on purpose: an exception is how Lambda learns that the run
    failed, and the alarm on Lambda's error count is how people learn it.
    """
    clock = SystemClock()
    began = floor_millisecond(clock.now())
    sweep_leftovers()
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    request = request_of(event, began)
    if isinstance(request, Check):
        return _checked(clock)
    container = _container()
    if isinstance(request, Summary):
        return _summed(container, request, clock)
    container.patience.begin(Deadline.after(clock, time_left - _MARGIN))
    logger.append_keys(tenant=container.settings.tenant)
    if isinstance(request, Seal):
        return _sealed(container, clock, time_left)
    run = Run(
        run_id=context.aws_request_id,
        settings=container.settings,
        clock=clock,
        checkpoints=container.checkpoints,
        archive=container.archive,
        rules=container.rules,
        connect=container.connect,
        meter=container.meter,
        reading=Deadline.after(clock, time_left - _reserve(time_left)),
        storing=Deadline.after(clock, time_left - _reserve(time_left) / 4),
        ends=began + time_left,
    )
    if isinstance(request, PlanSpan):
        return _planned(run.plan(request))
    try:
        report = run.scheduled() if isinstance(request, Scheduled) else run.span(request)
    finally:
        container.meter.flush()
    return _logged(report)


def _reserve(time_left: timedelta) -> timedelta:
    """What is kept of a run's time to store what was read and to say so."""
    return min(max(time_left / 5, _LEAST_RESERVE), _MOST_RESERVE)


def _checked(clock: SystemClock) -> dict[str, Any]:
    """The doctor: without the container, which does not come to be where a setting is wrong.

    A failed step is an answer, not a failure of the invocation: nobody is alarmed who looks.
    """
    from mpl_export.exporter.doctor.check import check  # noqa: PLC0415 - no run needs it

    result = check(os.environ, clock)
    logger.info("check ended", extra={"report": result})
    return result


def _summed(container: "_Container", summary: Summary, clock: SystemClock) -> dict[str, Any]:
    summary.tell(container.meter)
    container.meter.flush()
    result = summary.as_json(container.settings.tenant, clock.now())
    logger.info("backfill ended", extra={"report": result})
    return result


def _planned(plan: "BackfillPlan") -> dict[str, Any]:
    result = plan.as_json()
    summary = {**result, "slices": len(plan.slices)}
    logger.info("plan made", extra={"report": summary})
    return result


def _sealed(container: "_Container", clock: SystemClock, time_left: timedelta) -> dict[str, Any]:
    """The nightly pass over what arrived."""
    from mpl_export.exporter.seals import Sealing  # noqa: PLC0415 - no run needs it

    try:
        result = Sealing(
            settings=container.settings,
            clock=clock,
            checkpoints=container.checkpoints,
            store=container.objects,
            stored=container.stored,
            meter=container.meter,
            deadline=Deadline.after(clock, time_left - _reserve(time_left)),
        ).run()
    finally:
        container.meter.flush()
    logger.info("sealing ended", extra={"report": result})
    return result


def _logged(report: Report) -> dict[str, Any]:
    result = report.as_json()
    logger.info("run ended", extra={"report": result})
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenTenant:
    api: TenantApi
    tokens: TokenSource

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate in use ends; that may change while the tenant is open."""
        return self.tokens.certificate_not_after

    @property
    def uses_previous_key(self) -> bool:
        """Whether the tenant refuses the current key."""
        return self.tokens.uses_previous_key


class _Container:
    """What lives as long as the Lambda container does."""

    def __init__(self) -> None:
        self.settings = Settings.from_env(os.environ, SystemClock().now())
        tenant = self.settings.tenant
        s3, dynamodb, secrets = client("s3"), client("dynamodb"), client("secretsmanager")
        self.patience = Patience()
        for each in (s3, dynamodb, secrets):
            self.patience.watch(each)
        self.objects = S3Arrivals(s3, self.settings.archive_bucket)
        self.archive = Archive(self.objects, tenant)
        self.rules = StoredRules(self.objects, tenant)
        self.checkpoints = DynamoCheckpoints(dynamodb, self.settings.checkpoint_table, tenant)
        self.secret = ServiceKeySecret(secrets, self.settings.service_key_secret)
        self.meter = EmfMeter(tenant)

    @cached_property
    def stored(self) -> Callable[[bytes], bytes]:
        """Makes the object of a seal from its payload; no run but the nightly one needs KMS."""
        if not self.settings.seal_key:
            return _as_it_is
        from mpl_export.sealing.signing import KmsSigner  # noqa: PLC0415

        kms = client("kms")
        self.patience.watch(kms)
        return KmsSigner(kms, self.settings.seal_key).signed

    @contextmanager
    def connect(self, deadline: Deadline) -> Iterator[_OpenTenant]:
        """Read the service key, and open the API that it leads to."""
        # Imported here because cryptography takes 60 ms, and importing the handler must not.
        from mpl_export.tenant.credentials.client_certificate import trusted_certificates  # noqa: PLC0415

        extra_ca_pem = trusted_certificates(self.settings.tenant_ca_pem)
        tokens = open_token_source(self.secret, deadline=deadline, extra_ca_pem=extra_ca_pem)
        try:
            with https(shared_tls_context(extra_ca_pem), deadline.clock) as exchange:
                api = TenantApi(
                    root=tokens.service_key.api_root,
                    tokens=tokens,
                    attempts=Attempts(exchange=exchange, deadline=deadline),
                    clock=deadline.clock,
                    expand=self.settings.expand,
                    pace=Pace(self.settings.page_concurrency, deadline.clock),
                )
                yield _OpenTenant(api=api, tokens=tokens)
        finally:
            for note in tokens.notes:
                logger.warning(note)


def _as_it_is(payload: bytes) -> bytes:
    return payload


@cache
def _container() -> _Container:
    container = _Container()
    look_for_garbage_less_often()
    return container
