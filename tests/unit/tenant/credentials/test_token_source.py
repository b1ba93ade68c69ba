"""The tokens of a run: one request for many threads, and a key that is replaced meanwhile."""

import threading
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import (
    AwsUnavailableError,
    KeyRefusedError,
    ServiceKeyError,
    SettingsError,
    TemporaryError,
    TenantUnavailableError,
)
from mpl_export.tenant.credentials.service_key import CertificateDatesError
from mpl_export.tenant.credentials.token_cache import TokenCache
from mpl_export.tenant.credentials.token_source import TokenSource, open_token_source
from mpl_export.tenant.http.transport import Answer, Request, TlsError
from tests.support.exporter import keys
from tests.support.manual_clock import ManualClock
from tests.support.tenant.scripted_exchange import Say, ScriptedExchange, json_answer, token_answer


def key_text(client_id: str, **changes: object) -> str:
    """A secret with a key of that client."""
    return keys.service_key_text(keys.secret_members(clientid=client_id, **changes))


@dataclass
class MemorySecret:
    """A secret in memory, whose owner may replace it at any time.

    Attributes:
        versions: What each further reading of the current version gives; the last one stays.
        before: The previous version.
        read: Which versions were read, in order.
    """

    versions: list[str]
    before: str | None = None
    read: list[str] = field(default_factory=list)

    def current(self) -> str:
        """The current version."""
        self.read.append("current")
        return self.versions[0] if len(self.versions) == 1 else self.versions.pop(0)

    def previous(self) -> str | None:
        """The version before."""
        self.read.append("previous")
        return self.before


@dataclass
class TokenServer:
    """Takes some clients, and numbers its tokens.

    Attributes:
        takes: The clients that get a token.
    """

    takes: set[str]
    asked: list[str] = field(default_factory=list)
    failing: Callable[[], Say | None] = lambda: None

    def __call__(self, request: Request) -> Say:
        """Answer."""
        client_id = client_of(request)
        self.asked.append(client_id)
        if said := self.failing():
            return said
        if client_id in self.takes:
            return token_answer(f"{client_id}-{len(self.asked)}", expires_in=3_600)
        return json_answer(401, error="invalid_client")


def client_of(request: Request) -> str:
    """Who asks."""
    if "Authorization" in request.headers:
        pair = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        return pair.partition(":")[0]
    assert request.body is not None
    return parse_qs(request.body.decode())["client_id"][0]


@dataclass
class Harness:
    """A token source and all around it."""

    secret: MemorySecret
    server: TokenServer
    clock: ManualClock = field(default_factory=ManualClock)
    cache: TokenCache = field(default_factory=TokenCache)

    def open(self) -> TokenSource:
        """Begin a run."""
        return open_token_source(
            self.secret,
            deadline=Deadline.after(self.clock, timedelta(days=1)),
            cache=self.cache,
            connect=ScriptedExchange(self.server).connected,
        )


def harness(*versions: str, before: str | None = None, takes: str = "new") -> Harness:
    """A secret with these versions, and a server that takes these clients."""
    return Harness(MemorySecret(list(versions), before), TokenServer(set(takes.split())))


def test_a_token_is_fetched_once_and_kept_for_the_next_run() -> None:
    """A warm container asks the token server once in half the token's life, not in every run."""
    around = harness(key_text("new"))

    values = {around.open().current().value for _ in range(5)}

    assert values == {"new-1"}
    assert around.server.asked == ["new"]


def test_to_open_asks_nobody_but_the_secret() -> None:
    """What can be seen in the key itself is told without the tenant."""
    around = harness(key_text("new"))

    around.open()

    assert around.secret.read == ["current"]
    assert around.server.asked == []


def test_at_half_its_life_a_token_is_replaced() -> None:
    """It would expire between two pages otherwise."""
    around = harness(key_text("new"))
    source = around.open()
    assert source.current().value == "new-1"

    around.clock.turn(timedelta(minutes=30))

    assert source.current().value == "new-2"


def test_another_key_never_gets_the_token() -> None:
    """The owner may have replaced the key because the old one had leaked."""
    around = harness(key_text("new"), key_text("newer"), takes="new newer")

    assert around.open().current().value == "new-1"
    assert around.open().current().value == "newer-2"


def test_the_cache_is_bounded() -> None:
    """A container that lives for days while keys change must not keep them all."""
    around = harness(key_text("new"), takes=" ".join(f"k{n}" for n in range(9)))

    for number in range(9):
        around.secret.versions = [key_text(f"k{number}")]
        around.open().current()

    assert len(around.cache._tokens) == 4


def test_a_token_that_the_api_refused_is_fetched_anew() -> None:
    """The server may have forgotten it, though it has not expired."""
    around = harness(key_text("new"))
    source = around.open()

    renewed = source.renew(source.current())

    assert renewed.value == "new-2"
    assert source.current() is renewed


def test_many_threads_with_the_same_stale_token_cause_one_request() -> None:
    """Four readers meet the 401 at the same moment; the token server has its limits too."""
    around = harness(key_text("new"))
    source = around.open()
    stale = source.current()
    together = threading.Barrier(8)

    def renew() -> str:
        together.wait(timeout=10)
        return source.renew(stale).value

    with ThreadPoolExecutor(8) as threads:
        renewed = {future.result() for future in [threads.submit(renew) for _ in range(8)]}

    assert renewed == {"new-2"}
    assert around.server.asked == ["new", "new"]


def test_many_threads_cause_one_request_even_if_the_same_token_comes_again() -> None:
    """Some servers issue the very same token until it expires."""
    around = harness(key_text("new"))
    around.server.failing = lambda: token_answer("the-same")
    source = around.open()
    stale = source.current()

    renewed = [source.renew(stale) for _ in range(3)]

    assert [token.value for token in renewed] == ["the-same"] * 3
    assert len(around.server.asked) == 2


def test_a_key_that_was_replaced_meanwhile_is_read_afresh() -> None:
    """The old key was deleted while the run went on; the new one stood in the secret already."""
    around = harness(key_text("old"), key_text("new"))

    source = around.open()

    assert source.current().value == "new-2"
    assert source.service_key.client_id == "new"
    assert around.secret.read == ["current", "current"]
    assert "replaced" in source.notes[-1]


def test_the_previous_key_helps_out_while_the_tenant_does_not_take_the_new_one() -> None:
    """The secret was stored before the key was active, or with a mistake in it."""
    around = harness(key_text("new"), before=key_text("old"), takes="old")

    source = around.open()

    assert source.current().value == "old-2"
    assert source.service_key.client_id == "old"
    assert around.server.asked == ["new", "old"]
    assert "previous version" in source.notes[-1]
    assert "401" in source.notes[-1]


def test_the_token_of_the_previous_key_is_kept_as_well() -> None:
    """Until the owner puts it right, a run costs one refused request and not two."""
    around = harness(key_text("new"), before=key_text("old"), takes="old")
    around.open().current()

    assert around.open().current().value == "old-2"
    assert around.server.asked == ["new", "old", "new"]


def test_the_error_is_about_the_current_key() -> None:
    """Nobody should look for a fault in a key that was taken out of use."""
    around = harness(key_text("new"), before=key_text("old"), takes="")
    around.server.failing = lambda: (
        json_answer(403, error="access_denied") if around.server.asked[-1] == "old" else None
    )
    source = around.open()

    with pytest.raises(KeyRefusedError, match=r"\(401, invalid_client\)"):
        source.current()

    assert around.server.asked == ["new", "old"]


def test_the_error_is_about_the_key_that_is_current_by_then() -> None:
    """If the secret was replaced meanwhile, the replacement is what has to be put right."""
    around = harness(key_text("old"), keys.service_key_text({"placeholder": "x"}), takes="")

    with pytest.raises(ServiceKeyError, match="placeholder"):
        around.open().current()


@pytest.mark.parametrize(
    "before",
    [None, "no JSON", key_text("old"), key_text("new"), key_text("old", url="https://b.example")],
)
def test_what_is_wrong_with_the_previous_key_is_not_told(before: str | None) -> None:
    """There may be none, it may be older than all rules, it may have expired long ago."""
    around = harness(key_text("new"), before=before, takes="")

    with pytest.raises(KeyRefusedError, match="401"):
        around.open().current()


def test_a_previous_key_of_another_tenant_is_not_tried() -> None:
    """Its token would go to this tenant's API, and its logs into this archive."""
    before = key_text("old", url="https://other.example")
    around = harness(key_text("new"), before=before, takes="old")

    with pytest.raises(KeyRefusedError):
        around.open().current()

    assert around.server.asked == ["new"]


def test_a_replacement_for_another_api_waits_for_the_next_run() -> None:
    """The run that has begun reads one API and no other."""
    around = harness(key_text("old"), key_text("new", url="https://other.example"))

    with pytest.raises(TemporaryError, match="next run"):
        around.open().current()

    assert around.server.asked == ["old"]
    assert around.open().current().value == "new-2"


def test_each_way_out_is_tried_once_a_run() -> None:
    """Threads that fail one after the other must not have the key refused a hundred times."""
    around = harness(key_text("new"), before=key_text("old"), takes="")
    source = around.open()

    for _ in range(5):
        with pytest.raises(KeyRefusedError):
            source.current()

    assert around.server.asked == ["new", "old"]
    assert around.secret.read == ["current", "current", "previous"]


def test_when_the_previous_key_is_refused_later_the_error_is_still_about_the_current() -> None:
    """The run lived on the old key until it, too, was deleted."""
    around = harness(key_text("new"), before=key_text("old"), takes="old")
    source = around.open()
    stale = source.current()
    around.server.takes.clear()
    around.server.failing = lambda: (
        json_answer(403, error="access_denied") if around.server.asked[-1] == "old" else None
    )

    with pytest.raises(KeyRefusedError, match=r"\(401, invalid_client\)"):
        source.renew(stale)

    assert around.server.asked == ["new", "old", "old"]  # the current one is not tried again
    assert around.secret.read == ["current", "current", "previous"]


def test_a_key_refused_by_a_tls_alert_is_looked_up_afresh_too() -> None:
    """With certificates, that is how a refusal looks."""
    around = harness(key_text("old"), key_text("new"))
    around.server.failing = lambda: (
        TlsError("TLSV13_ALERT_CERTIFICATE_REQUIRED", "")
        if around.server.asked[-1] == "old"
        else None
    )

    assert around.open().current().value == "new-2"


def test_an_expired_certificate_is_not_even_shown_to_the_tenant() -> None:
    """It would be refused, so the other ways out are tried at once."""
    expired = keys.certificate_members(keys.client("old", since_days=-9, until_days=-1))
    valid = keys.certificate_members()
    now = keys.client().certificate.not_valid_before_utc + timedelta(days=1)
    around = harness(keys.service_key_text(expired), before=keys.service_key_text(valid))
    around.server.takes.add(keys.CLIENT_ID)
    around.clock = ManualClock(now)

    source = around.open()

    assert source.certificate_not_after is not None
    assert source.certificate_not_after < now
    source.current()
    assert source.certificate_not_after > now
    assert "expired" in source.notes[-1]
    assert len(around.server.asked) == 1


def test_an_expired_certificate_alone_is_told_as_such() -> None:
    """With its date, and with what to do."""
    expired = keys.certificate_members(keys.client("old", since_days=-9, until_days=-1))
    around = harness(keys.service_key_text(expired))
    around.clock = ManualClock(keys.client().certificate.not_valid_before_utc)
    around.clock.turn(timedelta(days=1))

    with pytest.raises(CertificateDatesError, match="expired on"):
        around.open().current()

    assert around.server.asked == []


def test_a_secret_has_no_day_on_which_its_certificate_ends() -> None:
    """The alarm stays silent for such keys instead of ringing for ever."""
    assert harness(key_text("new")).open().certificate_not_after is None


def test_a_server_that_is_down_is_not_taken_for_a_refusal() -> None:
    """The other versions are for keys that are refused; and a later call tries again."""
    around = harness(key_text("new"), before=key_text("old"))
    around.server.failing = lambda: Answer(503, {}, b"")
    source = around.open()

    with pytest.raises(TenantUnavailableError):
        source.current()
    around.server.failing = lambda: None

    assert source.current().value == "new-4"
    assert around.secret.read == ["current"]


def test_a_secret_that_cannot_be_read_a_second_time_is_told_as_it_is() -> None:
    """The next run finds out whether the key was replaced."""

    class Unreadable(MemorySecret):
        def previous(self) -> str | None:
            raise AwsUnavailableError("throttled")

    around = harness(key_text("new"), takes="")
    around.secret = Unreadable([key_text("new")])

    with pytest.raises(AwsUnavailableError):
        around.open().current()


def test_notes_of_the_key_are_passed_on() -> None:
    """Whoever logs them sees which host was changed."""
    around = harness(key_text("sb|it-rt-acme!b1"))

    assert "plan api" in around.open().notes[0]


def test_a_broken_setting_of_authorities_is_told_before_anything_is_asked() -> None:
    """OpenSSL's own message would not say which text it means."""
    around = harness(key_text("new"))

    with pytest.raises(SettingsError, match="TENANT_CA_PEM"):
        open_token_source(
            around.secret,
            deadline=Deadline.after(around.clock, timedelta(minutes=1)),
            extra_ca_pem="not a certificate",
        )


@pytest.mark.parametrize("call", [TokenSource.current, lambda source: source.renew(None)])
def test_no_error_knows_the_secret(call: Callable[[TokenSource], object]) -> None:
    """Through the whole chain of causes."""
    around = harness(key_text("new"), before=key_text("old"), takes="")

    with pytest.raises(KeyRefusedError) as caught:
        call(around.open())

    error: BaseException | None = caught.value
    while error is not None:
        assert keys.CLIENT_SECRET not in f"{error} {error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
