"""The notifier's entry point: puts the pieces together, and decides nothing.

Importing this does no I/O.  What a warm container keeps is made at the first invocation.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from mpl_export.archive.objects import S3Objects
from mpl_export.archive.rules import StoredRules
from mpl_export.aws import client
from mpl_export.clock import Deadline, SystemClock
from mpl_export.collector import look_for_garbage_less_often
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.metrics import SERVICE, EmfMeter, Meter, Metric
from mpl_export.notifier.dynamo_artifacts import DynamoArtifactNotices
from mpl_export.notifier.dynamo_days import DynamoDayNotices
from mpl_export.notifier.dynamo_flows import DynamoFlowNotices
from mpl_export.notifier.dynamo_mutes import DynamoMuteNotices
from mpl_export.notifier.dynamo_notices import DynamoNotices
from mpl_export.notifier.dynamo_table import NoticeTable
from mpl_export.notifier.inbox import Delivery, Flush, Part, request_of
from mpl_export.notifier.outlets import THREADS, EventBus, SnsTopic
from mpl_export.notifier.parts import S3Parts
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.tell import Notifier

logger = Logger(service=SERVICE)

_RESERVE = timedelta(seconds=90)
"""What is kept of the time: the last call that is begun may be tried four times, 19 s each."""
_MOST_LINES = 100


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell what the event is about.

    An exception fails the batch or the flush as a whole: the queue delivers again, the next flush
    tries again, and the alarm on Lambda's error count fires.
    """
    container = _container()
    settings = container.settings
    logger.append_keys(tenant=settings.tenant)
    request = request_of(event, tenant=settings.tenant, bucket=settings.archive_bucket)
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    notifier = container.notifier(context.aws_request_id, time_left)
    if isinstance(request, Flush):
        digests = notifier.flush()
        logger.info("flush ended", extra={"digests": digests})
        return {"digests": digests}
    return _take(notifier, request, container.meter)


def _take(notifier: Notifier, deliveries: Sequence[Delivery], meter: Meter) -> dict[str, Any]:
    """Handle a batch; the answer names the messages that are to come again."""
    messages: defaultdict[Part, list[str]] = defaultdict(list)
    failed: list[str] = []
    snapshots: defaultdict[str, list[str]] = defaultdict(list)
    for delivery in deliveries:
        if delivery.snapshot is not None:
            snapshots[delivery.snapshot].append(delivery.message_id)
        elif delivery.part is None:
            logger.warning("message %s is not about an object of ours", delivery.message_id)
            failed.append(delivery.message_id)
        else:
            messages[delivery.part].append(delivery.message_id)
    try:
        for part in notifier.take(messages.keys()):
            failed += messages[part]
    finally:
        # The dashboard counts these lines; a metric for each artifact would be expensive.
        for artifact, count in notifier.noted.most_common(_MOST_LINES):
            logger.info("messages failed", extra={"artifact": artifact, "failed": count})
        for mute, count in notifier.muted.most_common(_MOST_LINES):
            logger.info("messages muted", extra={"mute": mute, "muted": count})
        if notifier.muted:  # a metric costs by the hour in which it is
            meter.add(Metric.MUTED_MESSAGES, notifier.muted.total())
            meter.flush()
    for key in notifier.look(snapshots.keys()):
        failed += snapshots[key]
    logger.info(
        "batch ended",
        extra={"parts": len(messages), "noted": notifier.noted.total(), "again": len(failed)},
    )
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


class _Container:
    """What lives as long as the Lambda container does."""

    def __init__(self) -> None:
        self.settings = NotifierSettings.from_env(os.environ)
        tenant, table = self.settings.tenant, self.settings.checkpoint_table
        self.clock = SystemClock()
        dynamodb = client("dynamodb")
        objects = S3Objects(client("s3"), self.settings.archive_bucket)
        self.parts = S3Parts(objects)
        self.rules = StoredRules(objects, tenant)
        notices = NoticeTable(dynamodb, table, tenant, self.clock)
        self.notices = DynamoNotices(notices)
        self.flows = DynamoFlowNotices(notices)
        self.mutes = DynamoMuteNotices(notices)
        self.days = DynamoDayNotices(notices)
        self.meter = EmfMeter(tenant)
        self.artifacts = DynamoArtifactNotices(notices)
        self.checkpoints = DynamoCheckpoints(dynamodb, table, tenant)
        self.topic = SnsTopic(client("sns"), self.settings.alert_topic)
        self.bus = EventBus(
            client("events", connections=THREADS), self.settings.event_bus, self.clock
        )

    def notifier(self, owner: str, time_left: timedelta) -> Notifier:
        """The notifier for one invocation."""
        return Notifier(
            settings=self.settings,
            clock=self.clock,
            parts=self.parts,
            notices=self.notices,
            flows=self.flows,
            mutes=self.mutes,
            days=self.days,
            artifacts=self.artifacts,
            topic=self.topic,
            bus=self.bus,
            checkpoint=self.checkpoints.read,
            rules=self.rules,
            owner=owner,
            working=Deadline.after(self.clock, max(time_left - _RESERVE, time_left / 2)),
            ends=self.clock.now() + time_left,
        )


@cache
def _container() -> _Container:
    container = _Container()
    look_for_garbage_less_often()
    return container
