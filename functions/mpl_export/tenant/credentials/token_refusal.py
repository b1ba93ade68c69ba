"""What it means when the token server refuses us, and what to do about it.

The server may refuse at three places: in the TLS handshake (an alert, which with TLS 1.3 arrives
when the answer is read), with a status, or by not being a token server at all.

Source: RFC 8446, section 6.2 (alerts); RFC 6749, section 5.2 (error codes); SAP BTP, "Token
Retrieval Fails" (causes of 401).
"""

import re
from urllib.parse import urlsplit

import orjson

from mpl_export.errors import (
    ConfigurationError,
    ExportError,
    KeyRefusedError,
    ServiceKeyError,
    UnexpectedResponseError,
)
from mpl_export.tenant.credentials.service_key import ClientSecret, ServiceKey
from mpl_export.tenant.http.server_trust import untrusted
from mpl_export.tenant.http.transport import Answer, TlsError

_RENEW = "create a new service key in the BTP cockpit and put it into the secret"
_ALERTS = {
    "CERTIFICATE_REQUIRED": (
        "no client certificate reached it, or none that it takes: see that 'certificate' and 'key' "
        "are those of the key type Certificate and that nothing on the way ends the TLS connection"
    ),
    "CERTIFICATE_EXPIRED": f"the client certificate has expired; {_RENEW}",
    "CERTIFICATE_REVOKED": f"the client certificate was revoked; {_RENEW}",
    "UNKNOWN_CA": (
        "it does not know the authority that issued the client certificate: store the whole chain "
        "in 'certificate', and check that SAP's load balancer accepts its root"
    ),
    "BAD_CERTIFICATE": f"the client certificate is damaged or its chain does not hold; {_RENEW}",
    "UNSUPPORTED_CERTIFICATE": (
        "it does not take this kind of certificate: one for client authentication is needed, which "
        f"public authorities no longer issue; {_RENEW}"
    ),
    "CERTIFICATE_UNKNOWN": f"it does not accept the client certificate; {_RENEW}",
    "DECRYPT_ERROR": f"'key' did not prove to be that of the certificate; {_RENEW}",
    "ACCESS_DENIED": f"the client certificate is valid, but not let in; {_RENEW}",
    "HANDSHAKE_FAILURE": (
        "there is no common ground; servers of TLS 1.2 say so too when the client certificate is "
        f"missing or not accepted; {_RENEW}"
    ),
}
_HAS_NO_CERTIFICATE = (
    "it asks for a client certificate, and the service key has a client secret instead; take "
    "'tokenurl' from the same service key as 'clientsecret' (its host has no 'cert' in it), or, "
    "better, create a service key of the key type Certificate and put it into the secret"
)
_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)")
_CODE = re.compile(r"[a-z_]{1,40}")
"""Every code that is registered.  RFC 6749 allows more, such as the text of a secret."""


def by_tls(error: TlsError, key: ServiceKey) -> ExportError | None:
    """What a failed handshake means; None if nothing that an operator could act on."""
    if error.untrusted_server:
        host = urlsplit(key.token_url).netloc
        return ConfigurationError(untrusted(f"the token server {host}", error.verdict))
    alert = _ALERT.fullmatch(error.reason)
    meaning = None if alert is None else _ALERTS.get(alert[1])
    if alert is None or meaning is None:
        return None
    name = alert[1].lower()
    if isinstance(key.credential, ClientSecret):
        meaning = _HAS_NO_CERTIFICATE
    return KeyRefusedError(f"the token server ended the TLS handshake ({name}): {meaning}")


def by_status(answer: Answer, key: ServiceKey) -> ExportError:
    """What a status other than 200 means, those of transport (408, 429, 5xx) aside."""
    if answer.status in {400, 401, 403}:
        code = _oauth_code(answer.body)
        what = str(answer.status) if code is None else f"{answer.status}, {code}"
        return KeyRefusedError(
            f"the token server refused the service key ({what}): {_causes(key)}; {_RENEW}"
        )
    if answer.status in {404, 405, 410}:
        return ServiceKeyError(
            f"leads to no token server ({answer.status}); it ends in /oauth/token, as the cockpit "
            "shows it",
            member="tokenurl",
        )
    return UnexpectedResponseError(
        f"the token server answered with the unexpected status {answer.status}"
    )


def _causes(key: ServiceKey) -> str:
    deleted = "it was deleted, or its parts are not of one and the same service key"
    if isinstance(key.credential, ClientSecret):
        return f"{deleted} ('clientid', 'clientsecret', 'tokenurl')"
    return (
        f"{deleted} ('clientid', 'certificate', 'tokenurl'), its certificate ended or was revoked, "
        "or the service instance does not allow certificates (x509) or the grant type "
        "client_credentials"
    )


def _oauth_code(body: bytes) -> str | None:
    """The member ``error`` of the body, if it looks like a code; nothing else is ever quoted."""
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = members.get("error") if isinstance(members, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None
