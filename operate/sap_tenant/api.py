"""The OData API of the tenant, without a socket: a request in, an answer out.

A request needs a bearer token before anything else is looked at; then the path is routed, the
options are read, and whatever the tenant would refuse is refused.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from operate.sap_tenant import json_form, metadata_document
from operate.sap_tenant.atom_form import ENTRY_TYPE, FEED_TYPE, AtomForm
from operate.sap_tenant.columns import ENTITY_SET, NAVIGATION
from operate.sap_tenant.exchange import Request, Response
from operate.sap_tenant.filter_plan import Plan
from operate.sap_tenant.json_form import JsonForm
from operate.sap_tenant.negotiation import permits, wants_json
from operate.sap_tenant.odata_errors import ODataError, error_body
from operate.sap_tenant.pages import count_of, page_of
from operate.sap_tenant.query_string import Options, continued, parse_query
from operate.sap_tenant.question import parse_question, selection_of
from operate.sap_tenant.rows import Row

if TYPE_CHECKING:
    from operate.sap_tenant.tenant import SapTenant

SERVICE_ROOT: Final = "/api/v1"

_TEXT: Final = "text/plain;charset=utf-8"
_RESOURCE: Final = re.compile(r"/(\w+|\$metadata)?(?:\(([^/]*)\))?((?:/[$\w]+)*)/?")
_KEY: Final = re.compile(r"(?:MessageGuid=)?'((?:[^']|'')*)'")
_ID: Final = re.compile(r"(?:Id=)?'((?:[^']|'')*)'")
_NOT_ALLOWED: Final = {
    "GET": None,
    "POST": "CSRF token validation failed",
    "PUT": "CSRF token validation failed",
    "PATCH": "CSRF token validation failed",
    "DELETE": "CSRF token validation failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and what faults can look at: the filter and the rows behind it."""

    response: Response
    plan: Plan | None = None
    rows: tuple[Row, ...] = ()


def answer(tenant: "SapTenant", request: Request) -> Answer:
    """Answer one request to the API; the tenant's lock is held."""
    if not tenant.accepts(request.headers.get("authorization")):
        return Answer(_unauthorized())
    as_json = wants_json(request)
    try:
        return _routed(tenant, request, as_json=as_json)
    except ODataError as error:
        kind, body = error_body(error.status, error.message, as_json=as_json)
        return Answer(Response(error.status, {"Content-Type": kind}, body))


def _routed(tenant: "SapTenant", request: Request, *, as_json: bool) -> Answer:
    if len(request.target) > tenant.behaviour.longest_target:
        raise ODataError(414, "URI Too Long")
    if request.method != "GET":
        refusal = _NOT_ALLOWED.get(request.method)
        raise ODataError(403 if refusal else 405, refusal or "Method not allowed")
    name, key, rest = _address(request)
    options = parse_query(request.query)
    match name, key:
        case "", None:
            return _ok(json_form.MEDIA_TYPE, json_form.service_document())
        case "$metadata", None:
            return _metadata(tenant, request)
        case "MessageProcessingLogs", None:
            return _many(tenant, request, rest, options, as_json=as_json)
        case "MessageProcessingLogs", str():
            row = _row(tenant, key)
            return _one(tenant, request, row, rest, options, as_json=as_json)
        case "MessageProcessingLogErrorInformations", str():
            row = _row(tenant, key)
            rest = ("ErrorInformation", *rest)
            return _one(tenant, request, row, rest, options, as_json=as_json)
        case "MessageProcessingLogErrorInformations", None:
            raise ODataError(501, "Not implemented")
        case "IntegrationRuntimeArtifacts", _:
            return _artifacts(tenant, request, key, rest, options)
        case _:
            raise _no_such_set(name)


def _address(request: Request) -> tuple[str, str | None, tuple[str, ...]]:
    """Take a path apart: entity set, key predicate if there is one, what follows."""
    path = unquote(request.path)
    match = _RESOURCE.fullmatch(path.removeprefix(SERVICE_ROOT) or "/")
    if not path.startswith(SERVICE_ROOT) or match is None:
        raise _no_such_set(path)
    return match[1] or "", match[2], tuple(match[3].split("/")[1:])


def _many(
    tenant: "SapTenant",
    request: Request,
    rest: tuple[str, ...],
    options: Options,
    *,
    as_json: bool,
) -> Answer:
    """Answer for the logs of a filter, or for their number alone."""
    if rest == ("$count",):
        question = parse_question(options, tenant.behaviour)
        number = str(count_of(tenant.store, question)).encode()
        return Answer(Response(200, {"Content-Type": _TEXT}, number), question.plan)
    if rest:
        raise _no_such_set(rest[-1])
    return _list(tenant, request, options, as_json=as_json)


def _list(tenant: "SapTenant", request: Request, options: Options, *, as_json: bool) -> Answer:
    question = parse_question(options, tenant.behaviour)
    page = page_of(tenant.store, question, tenant.behaviour, tenant.between_queries)
    next_link = None
    if page.next_offset is not None:
        query = continued(request.query, offset=page.next_offset, top=page.next_top)
        next_link = f"{ENTITY_SET}?{query}"
    shape = JsonForm if as_json else AtomForm
    form = shape(question.selection, tenant.behaviour, tenant.root)
    body = form.page(page.rows, total=page.total, next_link=next_link)
    kind = json_form.MEDIA_TYPE if as_json else FEED_TYPE
    return _ok(kind, body, plan=question.plan, rows=tuple(page.rows))


def _one(
    tenant: "SapTenant",
    request: Request,
    row: Row,
    rest: tuple[str, ...],
    options: Options,
    *,
    as_json: bool,
) -> Answer:
    """Answer for one log, or for something that hangs on it."""
    match rest:
        case ():
            shape = JsonForm if as_json else AtomForm
            selection = selection_of(options, tenant.behaviour)
            body = shape(selection, tenant.behaviour, tenant.root).single(row)
            return _ok(json_form.MEDIA_TYPE if as_json else ENTRY_TYPE, body, rows=(row,))
        case ("ErrorInformation",) | ("ErrorInformation", "$value") if row.error_text is None:
            if tenant.behaviour.no_error_status == 204:
                return Answer(Response(204))
            raise ODataError(404, "Requested entity could not be found.")
        case ("ErrorInformation", "$value"):
            if not permits(request, "text/plain"):
                raise ODataError(406, "Not Acceptable")
            return _ok(_TEXT, (row.error_text or "").encode())
        case ("ErrorInformation",):
            return _ok(json_form.MEDIA_TYPE, json_form.error_information(row, tenant.root))
        case (name,) if name in NAVIGATION:
            return _ok(json_form.MEDIA_TYPE, json_form.list_body(row, name, tenant.root))
        case _:
            raise _no_such_set("/".join(rest))


def _artifacts(
    tenant: "SapTenant",
    request: Request,
    key: str | None,
    rest: tuple[str, ...],
    options: Options,
) -> Answer:
    """Answer for what is deployed: the list, one of it, or why that one did not start."""
    deployed = tenant.artifacts
    deployed.refuse_if_closed()
    if key is None:
        if rest:
            raise _no_such_set(rest[-1])
        page = deployed.page(
            options, request.query, cap=tenant.behaviour.page_cap, root=tenant.root
        )
        return _ok(json_form.MEDIA_TYPE, page)
    match = _ID.fullmatch(key)
    if match is None:
        raise ODataError(400, "Missing key predicate.")
    artifact = match[1].replace("''", "'")
    if rest == ("ErrorInformation", "$value"):
        return _ok(_TEXT, deployed.error_text(artifact))
    if rest:
        raise _no_such_set("/".join(rest))
    return _ok(json_form.MEDIA_TYPE, deployed.one(artifact, tenant.root))


def _metadata(tenant: "SapTenant", request: Request) -> Answer:
    if tenant.behaviour.refuse_metadata is not None:
        raise ODataError(tenant.behaviour.refuse_metadata, "Access to the metadata is denied.")
    if not permits(request, "application/xml"):
        raise ODataError(406, "Not Acceptable")
    document = metadata_document.metadata_document(
        with_predecessor=tenant.behaviour.with_predecessor
    )
    return _ok(metadata_document.MEDIA_TYPE, document)


def _row(tenant: "SapTenant", key: str) -> Row:
    match = _KEY.fullmatch(key)
    if match is None:
        raise ODataError(400, "Missing key predicate.")
    row = tenant.store.get(match[1].replace("''", "'"))
    if row is None:
        raise ODataError(404, "Requested entity could not be found.")
    return row


def _no_such_set(name: str) -> ODataError:
    return ODataError(404, f"Could not find an entity set or function import for '{name}'.")


def _ok(kind: str, body: bytes, *, plan: Plan | None = None, rows: tuple[Row, ...] = ()) -> Answer:
    headers = {"Content-Type": kind, "DataServiceVersion": "2.0"}
    return Answer(Response(200, headers, body), plan, rows)


def _unauthorized() -> Response:
    """Refuse the token.  The real body is not known; a servlet container's page is likely."""
    body = b"<!doctype html><html><body><h1>HTTP Status 401 - Unauthorized</h1></body></html>"
    return Response(
        401, {"Content-Type": "text/html;charset=utf-8", "WWW-Authenticate": "Bearer"}, body
    )
