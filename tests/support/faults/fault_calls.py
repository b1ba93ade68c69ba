"""The kinds of calls that a run makes to the tenant, a life that needs all of them, and places."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Literal

from operate.sap_tenant import Fault, Request, SapTenant
from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects
from tests.support.faults.fault_wire import MemorySecret, Wire, certificate_for
from tests.support.faults.fault_world import HOUR, MINUTE, TODAY, FaultWorld
from tests.support.manual_clock import ManualClock

type Call = Literal[
    "token", "renewal", "metadata", "count", "page", "walk", "text", "sweep", "artifacts"
]
type Place = Literal["first", "middle", "last"]

CALLS: dict[Call, str] = {
    "token": "token",
    "renewal": "token, asked for again",
    "metadata": "`$metadata`",
    "count": "`$count`",
    "page": "page",
    "walk": "page of a tie",
    "text": "error text",
    "sweep": "sweep",
    "artifacts": "what is deployed",
}
"""Every kind of call, and what a reader calls it."""

_ONCE_A_RUN: tuple[Call, ...] = ("token", "renewal", "metadata", "count", "artifacts")

_MARKS: dict[Call, str] = {
    "metadata": "$metadata",
    "artifacts": "IntegrationRuntimeArtifacts?",
    "count": "$count",
    "text": "ErrorInformation",
    "sweep": "Status%20eq",
    "walk": "$inlinecount",
    "page": "LogEnd%20ge",
}
"""What stands in the target of a call; the first that fits tells its kind."""

TIE = TODAY - 9 * HOUR
BACKLOG = 20 * HOUR
_PAGE_CAP = 5


def call_of(request: Request) -> Call:
    """The kind of a request."""
    return next((call for call, mark in _MARKS.items() if mark in request.target), "token")


def is_a(call: Call) -> Callable[[Request], bool]:
    """Tells the requests of one kind."""
    return lambda request: call_of(request) == call


def memory_world() -> FaultWorld:
    """A world in memory, whose tenant needs every kind of call."""
    world = empty_world()
    populate(world.tenant)
    return world


def empty_world() -> FaultWorld:
    """A world in memory, whose tenant has no logs."""
    clock = ManualClock(TODAY)
    tenant = SapTenant(clock=clock.true_now)
    text, peer = certificate_for(tenant)
    objects = MemoryObjects()
    return FaultWorld(
        objects=objects,
        checkpoints=MemoryCheckpoints(),
        bodies=lambda: objects.held,
        secret=MemorySecret(text),
        tenant=tenant,
        clock=clock,
        connect=Wire(tenant, clock, peer).connected,
    )


def populate(tenant: SapTenant) -> None:
    """A backlog of several pages, a tie that is larger than a page, failures, undated logs."""
    tenant.behaviour.page_cap = _PAGE_CAP
    for number in range(24):
        tenant.add(log_end=TODAY - BACKLOG * (number + 1) / 25)
    for number in range(8):
        tenant.add(log_end=TIE + timedelta(microseconds=number))
    for number in range(3):
        end = TODAY - 3 * HOUR - number * MINUTE
        tenant.add(log_end=end, status="FAILED", error_text=f"cause {number}")
    for _ in range(7):
        tenant.add(log_end=None, status="PROCESSING")
    tenant.artifacts.deploy("Order_to_Cash")


def places(call: Call) -> tuple[Place, ...]:
    """Where a fault can strike calls of a kind, in a run that makes several or one."""
    return ("first",) if call in _ONCE_A_RUN else ("first", "middle", "last")


def narrow(fault: Fault, call: Call) -> None:
    """Let a fault strike calls of a kind only; what it matches already, it has to match besides."""
    mark = fault.match if isinstance(fault.match, str) else ""
    fault.match = lambda request: is_a(call)(request) and mark in request.target


def aim(world: FaultWorld, fault: Fault, call: Call, place: Place, *, lasting: bool) -> None:
    """Let a fault strike the call of a kind at a place of the run, or all from there on."""
    narrow(fault, call)
    fault.after = _number(call, place)
    fault.times = None if lasting else 1
    if call == "count":  # only who shares the pages with others asks how many there are
        world.environment["PAGE_CONCURRENCY"] = "2"
    if call == "token":
        fault.endpoint = "token"
    elif call == "renewal":
        fault.endpoint, fault.match, fault.after = "token", None, 1
        refusal = Fault(kind="status", status=401)
        aim(world, refusal, "page", "middle", lasting=False)
    world.tenant.faults.add(fault)


def _number(call: Call, place: Place) -> int:
    """How many calls of a kind come before the one at that place of a faultless run."""
    number = _numbers()[call]
    return {"first": 0, "middle": number // 2, "last": number - 1}[place]


@cache
def _numbers() -> dict[Call, int]:
    """How many calls of each kind a faultless run makes."""
    world = memory_world()
    assert world.run().caught_up
    calls = [call_of(Request(it.method, it.target)) for it in world.tenant.requests]
    numbers: dict[Call, int] = {call: calls.count(call) for call in CALLS}
    numbers["renewal"] = numbers["count"] = 1  # by aim
    assert all(numbers[call] >= len(places(call)) for call in CALLS), numbers
    return numbers
