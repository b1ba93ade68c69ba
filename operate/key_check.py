"""Whether a service key is good, found out in seconds and before anything is deployed.

The same code as in the function judges it, so what passes here passes there.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mpl_export.clock import Deadline, SystemClock
from mpl_export.errors import ConfigurationError, ExportError, TemporaryError
from mpl_export.tenant.credentials.certificate_files import client_context, sweep_leftovers
from mpl_export.tenant.credentials.client_certificate import ClientCertificate, trusted_certificates
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey
from mpl_export.tenant.credentials.token import fetch_token
from mpl_export.tenant.credentials.token_source import https
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import tls_context
from operate.endings import Ending, StoppedError

_LONGEST = timedelta(seconds=30)
_WANTED = "it has to be the JSON that the BTP cockpit shows for the service key, saved as it is"


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A service key that is sound by itself.

    Attributes:
        text: What the file holds, to be put into the secret; secret.
        seen: What it is, in a sentence.
    """

    text: str = field(repr=False)
    key: ServiceKey
    certificate: ClientCertificate | None
    seen: str


def read_key_file(path: Path) -> CheckedKey:
    """Read a key file, and prove what it holds as far as that can be done alone.

    Raises:
        StoppedError: There is none, it cannot be read, or holds no service key that can be used.
    """
    text = _text(path)
    clock = SystemClock()
    try:
        key = ServiceKey.parse(text)
        if not isinstance(key.credential, CertificateAndKey):
            return CheckedKey(text, key, None, _seen(key, "a client secret"))
        certificate = ClientCertificate.of(key.credential)
        certificate.check_dates(clock.now())
    except ExportError as error:
        raise StoppedError(f"{path}: {error}") from error
    left = certificate.not_after - clock.now()
    proof = f"a certificate that ends {certificate.not_after:%Y-%m-%d} ({left.days} days left)"
    return CheckedKey(text, key, certificate, _seen(key, proof))


def ask_for_token(checked: CheckedKey, ca_pem: str = "") -> str:
    """Ask the token server for one token; say what came of it.

    Args:
        ca_pem: A CA to trust beside the public ones, in any form of pasted PEM.

    Raises:
        StoppedError: The server refuses the key, or cannot be reached from this machine.
    """
    sweep_leftovers()
    clock = SystemClock()
    try:
        extra = trusted_certificates(ca_pem)
        context = (
            tls_context(extra)
            if checked.certificate is None
            else client_context(checked.certificate, extra)
        )
        with https(context, clock) as exchange:
            attempts = Attempts(
                exchange=exchange, deadline=Deadline.after(clock, _LONGEST), count=2
            )
            fetch_token(checked.key, attempts)
    except TemporaryError as error:
        raise StoppedError(
            f"the token server could not be asked from this machine: {error}; if only the function "
            "can reach it, go on with --no-token-request",
            Ending.UNAVAILABLE,
        ) from error
    except ConfigurationError as error:
        raise StoppedError(f"the service key is no good: {error}") from error
    except ExportError as error:
        raise StoppedError(f"the token server gives no token: {error}") from error
    return "the token server takes it"


def _seen(key: ServiceKey, proof: str) -> str:
    notes = "".join(f"; {note}" for note in key.notes)
    return f"a service key for {key.api_root} with {proof}{notes}"


def _text(path: Path) -> str:
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StoppedError(f"there is no file {path}; {_WANTED}") from None
    except IsADirectoryError:
        raise StoppedError(f"{path} is a folder; name the file in it: {_WANTED}") from None
    except PermissionError:
        raise StoppedError(f"you may not read {path}: chmod u+r it, or ask its owner") from None
    except UnicodeDecodeError:
        raise StoppedError(f"{path} is not UTF-8 text; {_WANTED}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name makes no sense"
        raise StoppedError(f"{path} cannot be read ({reason}); {_WANTED}") from None
    if not text.strip():
        raise StoppedError(f"{path} is empty; {_WANTED}")
    return text
