"""What each kind of fault does to an answer."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from operate.sap_tenant.exchange import Delivery, Response
from operate.sap_tenant.faults import Fault, Kind, Occasion, Shape
from operate.sap_tenant.odata_errors import error_body

type Damage = Callable[[Fault, Response, Occasion], Response]

_HTML: Final = "text/html;charset=utf-8"
_LOGIN_PAGE: Final = b"""<!DOCTYPE html>
<html><head><title>Sign In</title></head>
<body><form action="/login" method="post"><input name="j_username"></form></body></html>
"""
_ROUTER_PAGE: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
_ROUTER_TEXT: Final = b"Registered endpoint failed to handle the request."


def damaged(response: Response, faults: list[Fault], occasion: Occasion) -> Response:
    """Apply the faults that struck, malformed rows before what happens to the whole answer."""
    for fault in sorted(faults, key=lambda fault: fault.kind != "malformed_row"):
        response = _DAMAGE[fault.kind](fault, response, occasion)
    return response


def _status(fault: Fault, response: Response, _occasion: Occasion) -> Response:
    if fault.body is not None:
        kind, body = "text/plain;charset=utf-8", fault.body
    elif fault.status == 502:
        kind, body = _HTML, _ROUTER_PAGE
    elif fault.status in {503, 504}:
        kind, body = "text/plain;charset=utf-8", _ROUTER_TEXT
    elif fault.status == 500:
        kind, body = error_body(500, "Internal error occurred.", as_json=True)
    else:
        kind, body = "text/plain;charset=utf-8", b""
    del response
    return Response(fault.status, {"Content-Type": kind, **fault.headers}, body)


def _reset(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, delivery=Delivery(lost=True))


def _reset_in_body(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, delivery=Delivery(cut=True))


def _truncated_gzip(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    whole = gzip.compress(response.body, compresslevel=1)
    return replace(
        response.with_headers({"Content-Encoding": "gzip"}), body=whole[: len(whole) // 2]
    )


def _truncated_json(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, body=response.half)


def _other_json(fault: Fault, _response: Response, _occasion: Occasion) -> Response:
    body = b'{"value":[]}' if fault.body is None else fault.body
    return Response(200, {"Content-Type": "application/json", **fault.headers}, body)


def _other_members(fault: Fault, response: Response, _occasion: Occasion) -> Response:
    members = {**json.loads(response.body), **fault.members}
    told = {name: value for name, value in members.items() if value is not None}
    return replace(response, body=json.dumps(told, separators=(",", ":")).encode())


def _login_page(fault: Fault, _response: Response, _occasion: Occasion) -> Response:
    return Response(200, {"Content-Type": _HTML, **fault.headers}, fault.body or _LOGIN_PAGE)


def _slow(fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, delivery=Delivery(wait=fault.delay))


def _endless(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, delivery=Delivery(endless=True))


def _endless_headers(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    return replace(response, delivery=Delivery(endless_headers=True))


def _oversized(fault: Fault, response: Response, _occasion: Occasion) -> Response:
    # Blank space after the last brace is still JSON: only the size is wrong.
    return replace(response, body=response.body.ljust(fault.size))


def _unreadable_row(fault: Fault, _response: Response, _occasion: Occasion) -> Response:
    kind, body = error_body(fault.status, "Internal error occurred.", as_json=True)
    return Response(fault.status, {"Content-Type": kind}, body)


def _malformed_row(fault: Fault, response: Response, occasion: Occasion) -> Response:
    if response.status != 200 or response.header("Content-Type") != "application/json":
        return response
    envelope = json.loads(response.body)
    place = [row.guid for row in occasion.rows].index(fault.guid or "")
    if "results" in envelope["d"]:
        results = envelope["d"]["results"]
        results[place] = _malformed(results[place], fault.shape)
    else:
        envelope["d"] = _malformed(envelope["d"], fault.shape)
    return replace(response, body=json.dumps(envelope, separators=(",", ":")).encode())


def _malformed(entry: dict[str, Any], shape: Shape) -> object:
    shapes: dict[Shape, object] = {
        "date_garbage": {**entry, "LogEnd": "/Date(soon)/"},
        "date_number": {**entry, "LogEnd": 1.5},
        "number_status": {**entry, "Status": 7},
        "not_an_object": ["a", "row"],
        "null": None,
        "no_guid": {name: value for name, value in entry.items() if name != "MessageGuid"},
        "null_guid": {**entry, "MessageGuid": None},
        "number_guid": {**entry, "MessageGuid": 7},
    }
    return shapes[shape]


def _redirect(fault: Fault, _response: Response, _occasion: Occasion) -> Response:
    return Response(302, {"Location": fault.location, **fault.headers})


def _foreign_next(fault: Fault, response: Response, _occasion: Occasion) -> Response:
    envelope = json.loads(response.body)
    envelope["d"]["__next"] = fault.location
    return replace(response, body=json.dumps(envelope, separators=(",", ":")).encode())


def _empty_page(_fault: Fault, response: Response, _occasion: Occasion) -> Response:
    envelope = json.loads(response.body)
    envelope["d"] |= {"results": [], "__next": "MessageProcessingLogs?$skiptoken=1"}
    return replace(response, body=json.dumps(envelope, separators=(",", ":")).encode())


_DAMAGE: Final[Mapping[Kind, Damage]] = {
    "status": _status,
    "reset": _reset,
    "reset_in_body": _reset_in_body,
    "truncated_gzip": _truncated_gzip,
    "truncated_json": _truncated_json,
    "other_json": _other_json,
    "other_members": _other_members,
    "login_page": _login_page,
    "slow": _slow,
    "endless": _endless,
    "endless_headers": _endless_headers,
    "oversized": _oversized,
    "unreadable_row": _unreadable_row,
    "malformed_row": _malformed_row,
    "redirect": _redirect,
    "foreign_next": _foreign_next,
    "empty_page": _empty_page,
}
