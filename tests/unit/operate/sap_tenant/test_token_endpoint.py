"""Who gets a token, and the words in which others do not."""

import base64
import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from operate.sap_tenant.exchange import NoAnswerInTime, Request, Response
from operate.sap_tenant.tenant import SapTenant

CERTIFICATE = b"the DER of a client certificate"
FINGERPRINT = hashlib.sha256(CERTIFICATE).hexdigest()
FORM = {"content-type": "application/x-www-form-urlencoded"}


def ask(tenant: SapTenant, form: dict[str, str], peer: bytes | None = CERTIFICATE) -> Response:
    """Post a form."""
    return tenant.handle_token(
        Request("POST", "/oauth/token", FORM, urlencode(form).encode()), peer
    )


@pytest.fixture
def form(tenant: SapTenant) -> dict[str, str]:
    """What a client of a registered certificate sends."""
    client = tenant.clients.with_certificate(FINGERPRINT)
    return {"grant_type": "client_credentials", "client_id": client.client_id}


def test_a_certificate_gets_a_token_that_the_api_accepts(
    tenant: SapTenant, form: dict[str, str]
) -> None:
    """The client sends its id and nothing else: the handshake has said who it is."""
    answer = json.loads(ask(tenant, form).body)

    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 43_199)
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert tenant.handle(Request("GET", "/api/v1/", headers)).status == 200


def test_every_token_is_another(tenant: SapTenant, form: dict[str, str]) -> None:
    """Otherwise a client that keeps an old one would go unnoticed."""
    tokens = {json.loads(ask(tenant, form).body)["access_token"] for _ in range(3)}

    assert len(tokens) == 3


def test_another_certificate_is_refused_in_the_recorded_words(
    tenant: SapTenant, form: dict[str, str]
) -> None:
    """Body and headers of the one real 401 that was found."""
    for peer in (b"another", None):
        response = ask(tenant, form, peer)

        assert response.status == 401
        assert json.loads(response.body) == {
            "error": "invalid_client",
            "error_description": "Bad credentials",
        }
        assert (response.header("www-authenticate") or "").startswith('Basic realm="UAA/client"')
        assert response.header("cache-control") == "no-store"


def test_a_revoked_key_is_refused_beside_its_successor(
    tenant: SapTenant, form: dict[str, str]
) -> None:
    """Rotation: both are good for a while, then the old one is deleted."""
    tenant.clients.with_certificate(hashlib.sha256(b"new").hexdigest())
    assert ask(tenant, form).status == ask(tenant, form, b"new").status == 200

    tenant.revoke_key(fingerprint=FINGERPRINT)

    assert ask(tenant, form).status == 401
    assert ask(tenant, form, b"new").status == 200

    tenant.revoke_key()
    assert ask(tenant, form, b"new").status == 401


def test_a_secret_may_stand_in_the_body_or_the_header(tenant: SapTenant) -> None:
    """And the grant in the query string: so do clients in production."""
    client = tenant.clients.with_secret()
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.secret or "",
    }
    basic = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    in_header = Request(
        "POST",
        "/oauth/token?grant_type=client_credentials",
        {"authorization": f"Basic {basic}"},
    )

    assert ask(tenant, body, None).status == 200
    assert tenant.handle_token(in_header).status == 200
    assert ask(tenant, body | {"client_secret": "wrong"}, None).status == 401


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "sb-other!b1|it!b2"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
    ],
)
def test_a_wrong_form_is_refused(
    tenant: SapTenant, form: dict[str, str], change: dict[str, str], status: int, code: str
) -> None:
    """By the codes of RFC 6749."""
    response = ask(tenant, form | change)

    assert (response.status, json.loads(response.body)["error"]) == (status, code)


def test_only_a_form_that_is_posted_is_read(tenant: SapTenant, form: dict[str, str]) -> None:
    """GET, another path, JSON, a doubled parameter, garbage in the header."""
    body = urlencode(form).encode()

    def status(method: str, target: str, headers: dict[str, str], body: bytes) -> int:
        return tenant.handle_token(Request(method, target, headers, body), CERTIFICATE).status

    assert status("GET", "/oauth/token", FORM, b"") == 405
    assert status("POST", "/oauth", FORM, body) == 404
    assert status("POST", "/oauth/token", {"content-type": "application/json"}, body) == 415
    assert status("POST", "/oauth/token", FORM, body + b"&grant_type=client_credentials") == 400
    assert status("POST", "/oauth/token", FORM, b"client_id=x") == 400
    assert status("POST", "/oauth/token", FORM | {"authorization": "Basic ?"}, body) == 401
    assert status("POST", "/oauth/token", FORM, b"x" * (1024 * 1024 + 1)) == 413


def test_a_client_id_has_to_be_encoded(tenant: SapTenant, form: dict[str, str]) -> None:
    """It holds ``!`` and ``|``; ours are as those of the real one."""
    assert "!" in form["client_id"]
    assert "|" in form["client_id"]
    assert "%21" in urlencode(form)
    assert ask(tenant, form).status == 200


def test_a_token_may_be_handed_out_late_or_without_its_lifetime(
    tenant: SapTenant, form: dict[str, str]
) -> None:
    """Both are switches of the tenant."""
    tenant.behaviour.announce_lifetime = False
    assert "expires_in" not in json.loads(ask(tenant, form).body)

    tenant.behaviour.token_latency = timedelta(seconds=1)
    with pytest.raises(NoAnswerInTime):
        ask(tenant, form)
