"""From the settings to a key that could open the tenant, step by step."""

from datetime import datetime, timedelta

import pytest

from mpl_export.errors import AwsUnavailableError
from mpl_export.exporter.doctor.findings import Examination, NotReachedError, Step
from mpl_export.exporter.doctor.key_steps import Keyed, keyed, understood
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey
from tests.support.exporter import keys
from tests.support.exporter.environment import ENVIRONMENT
from tests.unit.samples import DAY

ISSUED = keys.client()
ENDS = ISSUED.certificate.not_valid_after_utc
NOW = ISSUED.certificate.not_valid_before_utc + timedelta(hours=1)


class Secret:
    """A secret that holds a text, or cannot be read."""

    def __init__(self, said: str | Exception) -> None:
        self._said = said
        self.reads = 0

    def current(self) -> str:
        """The text."""
        self.reads += 1
        if isinstance(self._said, Exception):
            raise self._said
        return self._said

    def fresh(self) -> str:
        """The same."""
        return self.current()

    def previous(self) -> str | None:
        """None."""
        return None


def look(
    secret: Secret | None = None, now: datetime = NOW, **environment: str
) -> tuple[Keyed, dict[str, Step]]:
    """What is found, and the steps by their names."""
    steps = Examination()
    known = understood(ENVIRONMENT | environment, now, steps)
    text = keys.service_key_text(keys.certificate_members())
    found = keyed(secret or Secret(text), known, now, steps)
    return found, {step.name: step for step in steps.steps}


def test_a_key_that_is_as_it_has_to_be() -> None:
    """Each step says what it saw, and has nothing to do."""
    found, steps = look()

    assert found.sound
    assert list(steps) == ["settings", "secret", "service key", "certificate"]
    assert {(step.verdict, step.do) for step in steps.values()} == {("ok", "")}
    assert steps["settings"].seen == "tenant acme, archive archive"
    assert steps["service key"].seen == f"key type certificate, API {keys.API_URL}/api/v1"
    assert f"ends {ENDS:%Y-%m-%d}" in steps["certificate"].seen


def test_all_settings_that_are_wrong_are_told_at_once() -> None:
    """To mend one, deploy, and meet the next is an afternoon."""
    steps = Examination()
    known = understood(
        ENVIRONMENT | {"TENANT": "", "OVERLAP_MINUTES": "soon", "TENANT_CA_PEM": "x"}, NOW, steps
    )

    [step] = steps.steps
    assert step.verdict == "failed"
    assert known.wrong == {"TENANT", "OVERLAP_MINUTES", "TENANT_CA_PEM"}
    assert all(name in step.seen for name in known.wrong)
    assert known.settings.tenant_ca_pem == ""


def test_a_step_rests_on_its_own_settings_only() -> None:
    """What is wrong elsewhere does not hide it."""
    known = understood(ENVIRONMENT | {"TENANT": ""}, NOW, Examination())

    assert known.without_fault_in("ARCHIVE_BUCKET").archive_bucket == "archive"
    with pytest.raises(NotReachedError, match="settings"):
        known.without_fault_in("ARCHIVE_BUCKET", "TENANT")


def test_without_the_name_of_the_secret_it_is_not_read() -> None:
    """A stand-in would be refused, and that would be told instead."""
    secret = Secret("{}")
    _, steps = look(secret, SERVICE_KEY_SECRET="")

    assert secret.reads == 0
    assert [step.verdict for step in steps.values()] == ["failed", *["not checked"] * 3]


def test_a_secret_that_cannot_be_read_hides_what_rests_on_it() -> None:
    """And nothing of it is guessed."""
    found, steps = look(Secret(AwsUnavailableError("AWS refuses to read the secret")))

    assert (found.key, found.certificate, found.sound) == (None, None, False)
    assert [step.verdict for step in steps.values()] == ["ok", "failed", *["not checked"] * 2]


def test_a_client_secret_has_no_certificate_to_prove() -> None:
    """It works, too; it just does not end by itself."""
    found, steps = look(Secret(keys.service_key_text(keys.secret_members())))

    assert found.sound
    assert found.certificate is None
    assert "client secret" in steps["service key"].seen
    assert steps["certificate"].verdict == "ok"


def test_notes_of_the_key_are_something_to_do() -> None:
    """It is taken as it is meant, and the owner should know."""
    _, steps = look(
        Secret(keys.service_key_text(keys.certificate_members(clientsecret="s3cret"))),
    )

    assert "certificate is used" in steps["service key"].do
    assert "s3cret" not in steps["service key"].do


@pytest.mark.parametrize(("left", "warned"), [(31, False), (30, True), (1, True)])
def test_a_certificate_that_ends_soon_is_to_be_replaced(left: int, *, warned: bool) -> None:
    """It is well until then."""
    _, steps = look(now=ENDS - left * DAY)

    assert steps["certificate"].verdict == "ok"
    assert ("create the next service key" in steps["certificate"].do) is warned


def test_an_expired_certificate_is_kept_but_not_sound() -> None:
    """The connection can be tried without it; a token need not be asked for."""
    found, steps = look(now=ENDS + DAY)

    assert steps["certificate"].verdict == "failed"
    assert isinstance(found.certificate, ClientCertificate)
    assert not found.sound


def test_a_leaf_alone_may_need_its_chain() -> None:
    """Some load balancers do not know the authority between."""
    text = keys.pem([ISSUED.certificate])
    found, steps = look(Secret(keys.service_key_text(keys.certificate_members(certificate=text))))

    assert found.key is not None
    assert isinstance(found.key.credential, CertificateAndKey)
    assert "without its root" in steps["certificate"].seen
    assert "store the whole chain" in steps["certificate"].do
