"""One access token from the tenant's token server.

Source: RFC 6749, sections 2.3.1, 4.4 and 5; RFC 8705, section 2; SAP BTP, "Implementing Custom
Token Retrieval" and "Best Practices for Token Retrieval" (what to cache and for how long).
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import orjson

from mpl_export.errors import ServiceKeyError, TenantUnavailableError, UnexpectedResponseError
from mpl_export.tenant.credentials.confidential import Confidential
from mpl_export.tenant.credentials.service_key import ClientSecret, ServiceKey
from mpl_export.tenant.credentials.token_refusal import by_status, by_tls
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Answer, Request, TlsError

LONGEST_USE = timedelta(hours=2)
"""After the server changed its signing key, old tokens are valid for two hours."""

UNTOLD_USE = timedelta(minutes=5)
"""How long to use a token whose life the server did not tell.

RFC 6749 only recommends ``expires_in``, and the older token server of SAP (Neo) answers 0.  A token
asked for every five minutes costs one request a run; an expired one costs a 401 and the same.
"""

_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Token(Confidential):
    """A bearer token.

    Attributes:
        value: What goes into the header ``Authorization``, visible ASCII only.
        use_until: The instant, UTC by our clock, from which on another one is to be fetched.
    """

    value: str = field(repr=False)
    use_until: datetime


def fetch_token(key: ServiceKey, attempts: Attempts) -> Token:
    """Exchange what the service key holds for an access token.

    With a certificate the client proves itself by the TLS handshake alone, so the exchange of
    ``attempts`` has to be made on a context that presents it; nothing secret is sent.  A client
    secret goes into HTTP Basic, not encoded any further: so do SAP's own pipelines, and the token
    server (UAA) takes it as it comes, although RFC 6749 has it form-encoded.

    Raises:
        KeyRefusedError: By a TLS alert, or 400, 401 or 403: the message says what it may mean.
        ServiceKeyError: There is no token server at ``tokenurl``.
        ConfigurationError: We do not trust the server.
        TenantUnavailableError: No usable answer after all attempts.
        UnexpectedResponseError: An answer that holds no bearer token.
    """
    form = {"grant_type": "client_credentials"}
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    if isinstance(key.credential, ClientSecret):
        if ":" in key.client_id:
            raise ServiceKeyError("holds a colon, which HTTP Basic cannot send", member="clientid")
        pair = f"{key.client_id}:{key.credential.value}".encode("ascii")
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
    else:
        form["client_id"] = key.client_id
    request = Request("POST", key.token_url, headers, urlencode(form).encode("ascii"))
    asked_at = attempts.deadline.clock.now()  # the life of the token begins no earlier
    try:
        return attempts.send(request, lambda answer: _token(answer, key, asked_at))
    except TlsError as error:
        refusal = by_tls(error, key)
        if refusal is None:
            raise
        raise refusal from error


def _token(answer: Answer, key: ServiceKey, asked_at: datetime) -> Token:
    """The token in the answer; a damaged answer is worth another attempt."""
    if answer.status != 200:
        raise by_status(answer, key)
    members = _json_object(answer)
    value = members.get("access_token")
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise UnexpectedResponseError("the token server answered 200 without a usable access_token")
    kind = members.get("token_type")
    if kind is not None and not (isinstance(kind, str) and kind.lower() == "bearer"):
        raise UnexpectedResponseError("the token server issued a token that is not a bearer token")
    return Token(value, asked_at + _time_of_use(members.get("expires_in")))


def _json_object(answer: Answer) -> dict[str, object]:
    """The body; the parser's error would hold it, token and all, so ours does not lead back."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise TenantUnavailableError(
            "the token server answered 200 without a JSON object; if that stays so, compare "
            "'tokenurl' in the service key with the cockpit"
        )
    return body


def _time_of_use(expires_in: object) -> timedelta:
    """Half of the life that the server named, at most two hours.

    Half, as SAP advises, so that a token does not expire while the pages of a run are read.

    Args:
        expires_in: Seconds; some servers send them as text.
    """
    if isinstance(expires_in, str) and re.fullmatch(r"[0-9]{1,9}", expires_in):
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float) or expires_in <= 0:
        return UNTOLD_USE
    return timedelta(seconds=min(expires_in / 2, LONGEST_USE.total_seconds()))
