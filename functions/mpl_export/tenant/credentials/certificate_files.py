"""Certificate and key as files, because OpenSSL loads a client certificate from nothing else.

They exist for one ``with``, in a new directory that only we can enter.  A run that is killed inside
it leaves them behind, so every run sweeps what dead processes left.

Source: Python, ``SSLContext.load_cert_chain``; proc(5), field 22 of ``/proc/<pid>/stat``.
"""

import os
import re
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpl_export.errors import ConfigurationError, ServiceKeyError
from mpl_export.tenant.http.transport import tls_context

if TYPE_CHECKING:
    from mpl_export.tenant.credentials.client_certificate import ClientCertificate

_PREFIX = "mpl-export-"
_OURS = re.compile(rf"{_PREFIX}(?P<pid>[0-9]+)-(?P<started>[0-9]+)-.+")
_NEW_AND_NO_LINK = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the chain and its key lie, while they do."""

    chain: Path
    key: Path


@contextmanager
def certificate_files(
    certificate: "ClientCertificate", directory: Path | None = None
) -> Iterator[CertificateFiles]:
    """Write both, mode 0600, and remove them when the ``with`` ends, however it ends.

    Args:
        directory: Below which to write; None for the system's, which is ``/tmp`` on Lambda.

    Raises:
        ConfigurationError: The directory is full or cannot be written.
    """
    base = directory or _temporary()
    pid = os.getpid()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{pid}-{_started(pid)}-", dir=base))
    except OSError as error:
        raise _cannot_write(base, error) from error
    try:
        files = CertificateFiles(folder / "chain.pem", folder / "key.pem")
        try:
            _write(files.chain, certificate.chain_pem)
            _write(files.key, certificate.key_pem)
        except OSError as error:
            raise _cannot_write(base, error) from error
        yield files
    finally:
        shutil.rmtree(folder, onexc=_unless_gone)


def client_context(
    certificate: "ClientCertificate", extra_ca_pem: str = "", directory: Path | None = None
) -> ssl.SSLContext:
    """A context that presents the certificate; when it returns, the files are gone.

    Raises:
        ServiceKeyError: OpenSSL does not take the certificate, such as for a key of 1024 bits.
        ConfigurationError: The directory is full or cannot be written.
    """
    context = tls_context(extra_ca_pem)
    with certificate_files(certificate, directory) as files:
        try:
            context.load_cert_chain(files.chain, files.key)
        except ssl.SSLError as error:
            raise ServiceKeyError(
                f"is not accepted by OpenSSL ({error.reason or 'no reason given'})",
                member="certificate",
            ) from error
    return context


def sweep_leftovers(directory: Path | None = None) -> int:
    """Remove what runs that were killed left behind, and say how many directories that were.

    Only real directories of our prefix and our user whose process is no longer alive: another
    export may run on the same machine.  Inside Lambda the sandbox outlives a killed process, and
    the next one may get its number, but not its instant of start.
    """
    swept = 0
    with os.scandir(directory or _temporary()) as entries:
        for entry in entries:
            name = _OURS.fullmatch(entry.name)
            if name is None or not entry.is_dir(follow_symlinks=False):
                continue
            if not _is_ours(entry) or _is_alive(int(name["pid"]), int(name["started"])):
                continue
            shutil.rmtree(entry.path, onexc=_unless_gone)
            swept += 1
    return swept


def _temporary() -> Path:
    """The system's directory for temporary files, also when it is full.

    Python tries it out by a file of four bytes, and knows no directory at all if it is full: what
    was left there could then not be swept, and nobody would be told what is the matter.
    """
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Path("/tmp")  # noqa: S108 - Lambda's, with random names below it  # nosec B108


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, _NEW_AND_NO_LINK, 0o600), "w", encoding="ascii") as file:
        file.write(text)


def _cannot_write(base: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"the client certificate cannot be written below {base} ({error.strerror}); OpenSSL loads "
        "it from files only: free some space there, or raise the function's ephemeral storage"
    )


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except FileNotFoundError:  # its owner, or another sweep, was faster
        return False


def _is_alive(pid: int, started: int) -> bool:
    """Whether the process that made the directory still runs."""
    if not started:  # made where nothing tells when a process began
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):
            return True
        return True
    return _started(pid) == started


def _started(pid: int) -> int:
    """When the process began, in clock ticks since the machine did; 0 if nothing tells.

    The name of the program stands in parentheses before and may hold anything, parentheses too.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])


def _unless_gone(_function: object, _path: str, error: BaseException) -> None:
    """Another sweep may have been faster; nothing else is passed over."""
    if not isinstance(error, FileNotFoundError):
        raise error
