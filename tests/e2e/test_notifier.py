"""A failed message reaches people and systems, through everything that is deployed for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from operate.emulated.deployment import deploy_stack
from operate.emulated.mailbox import Mailbox
from operate.emulated.truth import just_now
from operate.emulated.waiting import wait_for
from operate.sap_tenant import SapTenant
from tests.support.notifier.bus_listener import BusListener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.emulator import Emulator
    from operate.emulated.mailbox import Message
    from operate.emulated.sam import LocalTemplate
    from operate.emulated.stack import Json, Stack

pytestmark = pytest.mark.emulator

# The first batch starts the function, which takes long on a busy machine.
TOLD: timedelta = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class World:
    """A stack of a tenant without a past: a past would use up the digests of this hour."""

    stack: Stack
    tenant: SapTenant
    mailbox: Mailbox


@pytest.fixture(scope="module")
def world(aws: Emulator, template: LocalTemplate) -> Iterator[World]:
    """Deploy a stack for a tenant that begins to live now."""
    tenant = SapTenant(seed=11)
    with tenant.serve() as server:
        stack = deploy_stack(
            aws,
            template,
            tenant="teller",
            parameters={
                "ScheduleState": "DISABLED",
                "StartFrom": "PT1H",
                "TenantCaPem": server.ca_pem,
            },
        )
        stack.put_service_key(json.dumps(server.service_key()))
        yield World(stack=stack, tenant=tenant, mailbox=Mailbox.open(stack))


@pytest.fixture(scope="module")
def listener(world: World) -> BusListener:
    """Somebody who listens to the bus."""
    return BusListener.open(world.stack)


def fail(world: World, text: str) -> str:
    """Let a message fail at the tenant, and export it; its id."""
    guid = world.tenant.add(status="FAILED", log_end=just_now(), error_text=text)
    world.stack.invoke()
    return guid


def digest_about(world: World, text: str) -> Message | None:
    """The digest that speaks of an error."""
    return next((found for found in world.mailbox.digests() if text in found.text), None)


def events_about(listener: BusListener, guid: str) -> list[Json]:
    """The events of one message."""
    return [event for event in listener.read() if event["detail"]["messageGuid"] == guid]


def test_a_failed_message_becomes_a_digest_and_an_event(
    world: World, listener: BusListener
) -> None:
    """From the tenant by the archive, EventBridge and the queue to whoever is told."""
    guid = fail(world, "The partner is unknown to the gatekeeper")

    digest = wait_for(
        "the digest", lambda: digest_about(world, "unknown to the gatekeeper"), within=TOLD
    )
    [event] = wait_for("the event", lambda: events_about(listener, guid), within=TOLD)
    assert digest.subject.startswith(f"[{world.stack.tenant}] ")
    assert f"s3://{world.stack.bucket}/mpl/v1/tenant={world.stack.tenant}/" in digest.text
    assert event["detail-type"] == "Message Failed"
    assert event["detail"]["errorText"] == "The partner is unknown to the gatekeeper"
    records = world.stack.records_of(event["detail"]["record"]["key"])
    assert event["detail"]["version"] in {record["Version"] for record in records}


def test_the_same_part_delivered_five_times_is_told_once(
    world: World, listener: BusListener
) -> None:
    """Queues deliver at least once."""
    guid = fail(world, "The stamp of the customs office is upside down")
    [event] = wait_for("the event", lambda: events_about(listener, guid), within=TOLD)
    wait_for("the digest", lambda: digest_about(world, "customs office"), within=TOLD)
    sqs = world.stack.aws.client("sqs")
    queue = world.stack.resource("NewParts")
    record = event["detail"]["record"]
    created = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": record["bucket"]}, "object": {"key": record["key"]}},
    }

    for _ in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(created))

    def all_taken() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
        return set(left.values()) == {"0"}

    wait_for("the end of the queue", all_taken, within=TOLD)
    assert len(events_about(listener, guid)) == 1
    assert sum("customs office" in digest.text for digest in world.mailbox.digests()) == 1


def test_the_flush_runs(world: World) -> None:
    """By the event that the schedule sends."""
    answer = world.stack.aws.client("lambda").invoke(
        FunctionName=world.stack.outputs["NotifierFunction"], Payload=b'{"flush": true}'
    )

    assert json.loads(answer["Payload"].read()).keys() == {"digests"}
    assert "FunctionError" not in answer
