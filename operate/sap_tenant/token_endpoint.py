"""The token endpoint: a client that proves itself gets a bearer token.

Source: RFC 6749, sections 4.4 and 5; RFC 8705, section 2; the recorded 401 (facts, section 2).
"""

import base64
import binascii
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote_plus

from operate.sap_tenant.exchange import Request, Response

if TYPE_CHECKING:
    from operate.sap_tenant.tenant import SapTenant

PATH: Final = "/oauth/token"
LARGEST_BODY: Final = 1024 * 1024
"""Bytes; the platform refuses more (413)."""

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json;charset=UTF-8"
_BAD_CREDENTIALS: Final = "Bad credentials"


class OAuthError(Exception):
    """A request for a token that is refused.

    Attributes:
        status: Of the answer.
        code: The ``error`` of RFC 6749, section 5.2.
        description: The ``error_description``.
    """

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description


def token_answer(tenant: "SapTenant", request: Request, peer: bytes | None) -> Response:
    """Answer one request; the tenant's lock is held.

    Args:
        peer: The client's certificate (DER) from the handshake; None if it sent none.
    """
    try:
        _grant(tenant, request, peer)
    except OAuthError as error:
        return _refusal(error)
    lifetime = tenant.behaviour.token_lifetime
    answer: dict[str, object] = {
        "access_token": tenant.tokens.issue(now=tenant.clock(), lifetime=lifetime),
        "token_type": "bearer",
        "expires_in": int(lifetime.total_seconds()) - 1,
        "scope": "it!b5678.MonitoringDataRead uaa.resource",
        "jti": uuid.uuid4().hex,
    }
    if not tenant.behaviour.announce_lifetime:
        del answer["expires_in"]
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(200, headers, json.dumps(answer, separators=(",", ":")).encode())


def _grant(tenant: "SapTenant", request: Request, peer: bytes | None) -> None:
    if request.path != PATH:
        raise OAuthError(404, "not_found", "Not Found")
    if request.method != "POST":
        raise OAuthError(405, "method_not_allowed", "Request method is not supported")
    if len(request.body) > LARGEST_BODY:
        raise OAuthError(413, "invalid_request", "Request body is too large")
    form = _form(request)
    match form.get("grant_type"):
        case "client_credentials":
            pass
        case None:
            raise OAuthError(400, "invalid_request", "Missing grant type")
        case other:
            raise OAuthError(400, "unsupported_grant_type", f"Unsupported grant type: {other}")
    named = _basic(request) or (form.get("client_id"), form.get("client_secret"))
    client_id, secret = named
    fingerprint = None if peer is None else hashlib.sha256(peer).hexdigest()
    known = client_id is not None and tenant.clients.knows(
        client_id, fingerprint=fingerprint, secret=secret
    )
    if not known:
        raise OAuthError(401, "invalid_client", _BAD_CREDENTIALS)


def _form(request: Request) -> dict[str, str]:
    """Read query and body as one form: both places were seen to be accepted."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and kind != _FORM:
        raise OAuthError(415, "invalid_request", "Content type is not supported")
    pairs = [
        *parse_qsl(request.query, keep_blank_values=True),
        *parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True),
    ]
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError(400, "invalid_request", "A parameter is included more than once")
    return form


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError(401, "invalid_client", _BAD_CREDENTIALS) from None
    name, _, secret = text.partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _refusal(error: OAuthError) -> Response:
    body = {"error": error.code, "error_description": error.description}
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = (
            'Basic realm="UAA/client", error="unauthorized", '
            f'error_description="{error.description}"'
        )
    if error.status == 405:
        headers["Allow"] = "POST"
    return Response(error.status, headers, json.dumps(body, separators=(",", ":")).encode())
