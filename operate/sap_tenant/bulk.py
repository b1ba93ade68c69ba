"""The simulated tenant in bulk: a million rows, pages out of memory, in a process of its own.

``python -m operate.sap_tenant.bulk`` takes orders (``operate.sap_tenant.orders``).  TLS, tokens,
``$metadata`` and what is refused are those of the simulated tenant; questions for rows by LogEnd
are answered from ``BulkRows``.  What it cannot answer truthfully from there is a 501.
"""

import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from operate.sap_tenant.api import SERVICE_ROOT
from operate.sap_tenant.bulk_rows import BulkRows, pattern_rows
from operate.sap_tenant.columns import ENTITY_SET, declared
from operate.sap_tenant.exchange import Request, Response
from operate.sap_tenant.json_form import MEDIA_TYPE
from operate.sap_tenant.moments import utc_now
from operate.sap_tenant.odata_errors import ODataError, error_body
from operate.sap_tenant.ordering import BY_LOG_END
from operate.sap_tenant.orders import take_orders
from operate.sap_tenant.query_string import continued, parse_query
from operate.sap_tenant.question import Question, parse_question
from operate.sap_tenant.reception import receive, receive_token_request
from operate.sap_tenant.selection import Selection, parse_selection
from operate.sap_tenant.server import SapTenantServer
from operate.sap_tenant.tenant import SapTenant

_LOGS: Final = f"{SERVICE_ROOT}/{ENTITY_SET}"
_TEXT: Final = "text/plain;charset=utf-8"


def form(name: str) -> Selection:
    """How rows are shown: ``whole``, or as with every property ``selected``."""
    select = ",".join(declared(with_predecessor=True)) if name == "selected" else None
    return parse_selection(select, None, with_predecessor=True)


class BulkServer(SapTenantServer):
    """A tenant whose rows by LogEnd come out of memory.

    Attributes:
        rows: What it holds.
        delay: Seconds that it thinks before each answer, tokens included.
        asked: How many requests it got, by kind.
        sent: Bytes of bodies.
        most_at_once: The most requests that were under way at the same time.
    """

    def __init__(self, tenant: SapTenant) -> None:
        super().__init__(tenant)
        tenant.behaviour.gzip = False  # or its compression would be what is measured
        self._counting = threading.Lock()
        self._patterns = list(pattern_rows(0))
        self.rows = BulkRows(0, utc_now(), utc_now())
        self.delay = 0.0
        self.asked: Counter[str] = Counter()
        self.sent = self.most_at_once = self._under_way = 0

    def forget(self) -> None:
        """Count anew."""
        self.asked.clear()
        self.sent = self.most_at_once = 0

    def _answer_api(self, request: Request, _peer: bytes | None) -> Response:
        with self._counted(_kind(request.path)):
            response = self._from_memory(request) or receive(self.tenant, request)
            self.sent += len(response.body)
            return response

    def _answer_token(self, request: Request, peer: bytes | None) -> Response:
        with self._counted("token"):
            return receive_token_request(self.tenant, request, peer)

    @contextmanager
    def _counted(self, kind: str) -> Iterator[None]:
        with self._counting:
            self.asked[kind] += 1
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            if self.delay:
                time.sleep(self.delay)
            yield
        finally:
            with self._counting:
                self._under_way -= 1

    def _from_memory(self, request: Request) -> Response | None:
        """The answer to a question for rows; None if it is for something else."""
        counting = request.path == f"{_LOGS}/$count"
        if request.method != "GET" or not (counting or request.path == _LOGS):
            return None
        if not self.tenant.accepts(request.headers.get("authorization")):
            return None
        try:
            question = parse_question(parse_query(request.query), self.tenant.behaviour)
            if not any(question.plan.passes(row) for row in self._patterns):
                return None  # such as open logs, of which there are none
            self._refuse_what_is_not_in_memory(question, ordered=not counting)
        except ODataError as error:
            kind, body = error_body(error.status, error.message, as_json=True)
            return Response(error.status, {"Content-Type": kind}, body)
        low, high = self.rows.between(question.plan.since, question.plan.until)
        if counting:
            return Response(200, {"Content-Type": _TEXT}, str(high - low).encode())
        return self._page(request, question, low, high)

    def _refuse_what_is_not_in_memory(self, question: Question, *, ordered: bool) -> None:
        if question.plan.tests or question.custom_header or question.selection.expanded:
            raise ODataError(501, "in bulk, rows are found by LogEnd only, and shown as they are")
        if ordered and question.order != BY_LOG_END:
            raise ODataError(501, "in bulk, rows come in the order of LogEnd only")

    def _page(self, request: Request, question: Question, low: int, high: int) -> Response:
        cap = self.tenant.behaviour.page_cap
        limit = cap if question.top is None else min(cap, question.top)
        first = min(low + question.offset, high)
        last = min(first + limit, high)
        head, tail = b'{"d":{', b"]}}"
        if question.count:
            head += b'"__count":"%d",' % (high - low)
        if last - first == cap and question.top is None:
            link = continued(request.query, offset=question.offset + cap, top=None)
            tail = b'],"__next":%s}}' % json.dumps(f"{ENTITY_SET}?{link}").encode()
        rows = self.rows.text(question.selection, first, last)
        headers = {"Content-Type": MEDIA_TYPE, "DataServiceVersion": "2.0"}
        return Response(200, headers, b"".join((head, b'"results":[', rows, tail)))


def _kind(path: str) -> str:
    if path.endswith("/$count"):
        return "count"
    return "page" if path == _LOGS else path.rpartition("/")[2]


def main() -> None:
    """Serve, and take orders until the input ends."""
    with BulkServer(SapTenant(seed=1)) as server:

        def hold(rows: int, since: str, until: str, shown: Sequence[str]) -> dict[str, Any]:
            span = datetime.fromisoformat(since), datetime.fromisoformat(until)
            server.rows = BulkRows(rows, *span)
            size = {name: len(server.rows.prepare(form(name))[0]) for name in shown}
            return {"guids_sum": server.rows.guids_sum, "bytes": size}

        def begin(delay: float) -> dict[str, Any]:
            server.delay = delay
            server.forget()
            return {"cpu": _cpu()}

        def tell() -> dict[str, Any]:
            return {
                "asked": dict(server.asked),
                "sent": server.sent,
                "most_at_once": server.most_at_once,
                "cpu": _cpu(),
            }

        def key() -> dict[str, Any]:
            return {"service_key": server.service_key(), "ca_pem": server.ca_pem}

        take_orders({"hold": hold, "begin": begin, "tell": tell, "key": key})


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
