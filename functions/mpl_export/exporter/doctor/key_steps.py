"""From the settings to a key that could open the tenant: nothing of it leaves the function."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mpl_export.errors import SettingsError
from mpl_export.exporter.doctor.advice import advice_on
from mpl_export.exporter.doctor.findings import (
    Examination,
    FaultError,
    Found,
    NotReachedError,
    need,
)
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.certificate_facts import facts_of
from mpl_export.tenant.credentials.client_certificate import ClientCertificate, trusted_certificates
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey
from mpl_export.tenant.credentials.token_source import SecretReader

_SOON = timedelta(days=30)
_STAND_INS = dict.fromkeys(
    ("TENANT", "SERVICE_KEY_SECRET", "ARCHIVE_BUCKET", "CHECKPOINT_TABLE"), "unknown"
)


@dataclass(frozen=True, slots=True)
class KnownSettings:
    """The settings, as far as they can be understood.

    Attributes:
        settings: With the default where one cannot be understood.
        wrong: The variables that are wrong.
    """

    settings: Settings
    wrong: frozenset[str]

    def without_fault_in(self, *names: str) -> Settings:
        """The settings, for a step that rests on these.

        Raises:
            NotReachedError: One of them is wrong.
        """
        if self.wrong & set(names):
            raise NotReachedError("settings")
        return self.settings


def understood(environment: Mapping[str, str], now: datetime, steps: Examination) -> KnownSettings:
    """Read the settings, all of them, even if the first one is wrong."""
    variables = dict(environment)
    errors: dict[str, SettingsError] = {}
    settings: Settings | None = None
    while settings is None:
        try:
            settings = Settings.from_env(variables, now)
        except SettingsError as error:
            errors[error.name] = error
            variables[error.name] = _STAND_INS.get(error.name, "")
    try:
        pem = trusted_certificates(settings.tenant_ca_pem)
    except SettingsError as error:
        errors[error.name], pem = error, ""
    settings = replace(settings, tenant_ca_pem=pem)

    def look() -> Found[None]:
        if errors:
            every = list(errors.values())
            raise FaultError("; ".join(map(str, every)), advice_on(every[0]))
        return Found(None, f"tenant {settings.tenant}, archive {settings.archive_bucket}")

    steps.step("settings", look)
    return KnownSettings(settings, frozenset(errors))


@dataclass(frozen=True, slots=True)
class Keyed:
    """What the steps about the tenant rest on; None where a step failed."""

    key: ServiceKey | None
    certificate: ClientCertificate | None
    sound: bool
    """Whether the key is as it has to be, certificate included."""


def keyed(secret: SecretReader, known: KnownSettings, now: datetime, steps: Examination) -> Keyed:
    """Read the service key, and prove it as far as that can be done without the tenant."""

    def read() -> Found[str]:
        known.without_fault_in("SERVICE_KEY_SECRET")
        return Found(secret.current(), "readable with the function's role")

    text = steps.step("secret", read)

    def parse() -> Found[ServiceKey]:
        key = ServiceKey.parse(need(text, "secret"))
        kind = "certificate" if isinstance(key.credential, CertificateAndKey) else "client secret"
        return Found(key, f"key type {kind}, API {key.api_root}", "; ".join(key.notes))

    key = steps.step("service key", parse)
    certificate: list[ClientCertificate] = []

    def prove() -> Found[bool]:
        credential = need(key, "service key").credential
        if not isinstance(credential, CertificateAndKey):
            return Found(True, "none: the service key has a client secret, which does not end")
        certificate.append(ClientCertificate.of(credential))
        certificate[0].check_dates(now)
        facts = facts_of(certificate[0])
        left = facts.not_after - now
        chain = "up to its root" if facts.complete else "without its root"
        seen = (
            f"{facts.subject}; fits its key; ends {facts.not_after:%Y-%m-%d} ({left.days} days "
            f"left); issued by {facts.issuer}; {facts.above} certificates above it, {chain}"
        )
        do = "" if left > _SOON else "create the next service key in the BTP cockpit now"
        if not facts.above and not facts.complete:
            do = "if the tenant refuses it, store the whole chain, from the certificate to the root"
        return Found(True, seen, do)

    sound = steps.step("certificate", prove)
    return Keyed(key, certificate[0] if certificate else None, sound is not None)
