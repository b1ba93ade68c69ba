"""From a request to what leaves the house: hooks, the answer, faults, the date, compression."""

import gzip
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from operate.sap_tenant import api
from operate.sap_tenant.damage import damaged
from operate.sap_tenant.exchange import Exchange, Request, Response
from operate.sap_tenant.faults import Occasion
from operate.sap_tenant.moments import micros_of
from operate.sap_tenant.token_endpoint import token_answer

if TYPE_CHECKING:
    from operate.sap_tenant.tenant import SapTenant

_SMALLEST_ZIPPED: Final = 512


def receive(tenant: "SapTenant", request: Request) -> Response:
    """Answer a request to the API, with orders for its delivery."""
    with tenant.lock:
        tenant.store.reveal(micros_of(tenant.clock()))
        for hook in list(tenant.on_request):
            hook(tenant, request)
        answer = api.answer(tenant, request)
        occasion = Occasion("api", request, answer.plan, answer.rows)
        response = _finished(tenant, occasion, answer.response)
    # Outside the lock: to compress a large page takes longer than to find it.
    return _compressed(tenant, request, response)


def receive_token_request(tenant: "SapTenant", request: Request, peer: bytes | None) -> Response:
    """Answer a request to the token endpoint, with orders for its delivery."""
    with tenant.lock:
        response = token_answer(tenant, request, peer)
        response = _finished(tenant, Occasion("token", request), response)
    latency = tenant.behaviour.token_latency
    if latency and not response.delivery.late:
        response = replace(response, delivery=replace(response.delivery, wait=latency))
    return response


def _finished(tenant: "SapTenant", occasion: Occasion, response: Response) -> Response:
    """Let faults strike, write the log, date the answer; the lock is held."""
    struck = tenant.faults.strike(occasion) if tenant.faults else []
    if struck:
        response = damaged(response, struck, occasion)
    tenant.requests.append(
        Exchange(
            endpoint=occasion.endpoint,
            method=occasion.request.method,
            target=occasion.request.target,
            status=None if response.delivery.lost else response.status,
            at=tenant.clock(),
            fault=struck[-1].kind if struck else None,
        )
    )
    date = tenant.clock() + tenant.behaviour.clock_offset
    age = tenant.behaviour.metadata_age
    if age and occasion.request.path.endswith("/$metadata"):
        date -= age
        if tenant.behaviour.tells_age:
            response = response.with_headers({"Age": str(int(age.total_seconds()))})
    return response.with_headers({"Date": format_datetime(date, usegmt=True)})


def _compressed(tenant: "SapTenant", request: Request, response: Response) -> Response:
    accepted = tenant.behaviour.gzip and "gzip" in request.headers.get("accept-encoding", "")
    unfit = response.delivery.endless or len(response.body) < _SMALLEST_ZIPPED
    if not accepted or unfit or response.header("Content-Encoding") is not None:
        return response
    return replace(
        response.with_headers({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}),
        body=gzip.compress(response.body, compresslevel=1),
    )
