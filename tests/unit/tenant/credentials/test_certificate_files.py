"""Certificate and key as files: for one ``with``, for our eyes only, and gone afterwards."""

import os
import resource
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mpl_export.errors import ConfigurationError, ServiceKeyError
from mpl_export.tenant.credentials.certificate_files import (
    certificate_files,
    client_context,
    sweep_leftovers,
)
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey
from tests.support.exporter import keys

# What a run does that is killed while its files lie there: print their folder, and wait.
KILLED_RUN = """
import sys
from pathlib import Path
from mpl_export.tenant.credentials.certificate_files import certificate_files
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey
certificate = ClientCertificate.of(CertificateAndKey(*sys.stdin.read().split("|")))
with certificate_files(certificate, Path(sys.argv[1])) as files:
    print(files.key.parent, flush=True)
    sys.stdin.close()
    input_never_comes = open(sys.argv[2]).read()
"""


@pytest.fixture
def certificate() -> ClientCertificate:
    """A certificate that loads."""
    issued = keys.client()
    return ClientCertificate.of(CertificateAndKey(issued.chain_pem, issued.key_pem()))


def test_the_files_are_for_us_alone_and_gone_afterwards(
    certificate: ClientCertificate, tmp_path: Path
) -> None:
    """Whoever shares the machine must not read the key, not even for a moment."""
    with certificate_files(certificate, tmp_path) as files:
        assert files.chain.read_text() == certificate.chain_pem
        assert files.key.read_text() == certificate.key_pem
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (files.key, files.key.parent)]
        assert modes == [0o600, 0o700]

    assert list(tmp_path.iterdir()) == []


def test_the_files_are_gone_after_an_exception_too(
    certificate: ClientCertificate, tmp_path: Path
) -> None:
    """OpenSSL may refuse what it loads, and the run may end there."""
    with (
        pytest.raises(KeyboardInterrupt),
        certificate_files(certificate, tmp_path),
    ):
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


def test_names_are_fresh_each_time(certificate: ClientCertificate, tmp_path: Path) -> None:
    """Nobody can lay a link in the way of a name that cannot be foreseen."""
    with (
        certificate_files(certificate, tmp_path) as one,
        certificate_files(certificate, tmp_path) as other,
    ):
        assert one.key.parent != other.key.parent


def test_the_system_says_where_temporary_files_go(
    certificate: ClientCertificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Lambda that is /tmp, on a Mac a folder per user."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with certificate_files(certificate) as files:
        assert files.key.parent.parent == tmp_path


def test_a_context_is_made_and_nothing_is_left(
    certificate: ClientCertificate, tmp_path: Path
) -> None:
    """The context keeps what it loaded; the files have done their service."""
    context = client_context(certificate, directory=tmp_path)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert list(tmp_path.iterdir()) == []


def test_what_openssl_does_not_take_is_the_owners_matter(tmp_path: Path) -> None:
    """A key of 1024 bits is parsed by everyone and accepted by no one."""
    weak = keys.client_of(keys.rsa_key("weak", 1024), keys.intermediate())
    certificate = ClientCertificate.of(CertificateAndKey(weak.chain_pem, weak.key_pem()))

    with pytest.raises(ServiceKeyError, match="OpenSSL") as caught:
        client_context(certificate, directory=tmp_path)

    assert caught.value.member == "certificate"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def no_file_grows() -> Iterator[None]:
    """Let the system refuse every byte written to a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_nothing(
    certificate: ClientCertificate, tmp_path: Path
) -> None:
    """The disk of a warm sandbox is small and may hold what others left."""
    with (
        no_file_grows(),
        pytest.raises(ConfigurationError, match="cannot be written below"),
        certificate_files(certificate, tmp_path),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told(certificate: ClientCertificate, tmp_path: Path) -> None:
    """TMPDIR may point to where nothing is."""
    with (
        pytest.raises(ConfigurationError, match="cannot be written below"),
        certificate_files(certificate, tmp_path / "absent"),
    ):
        pass


def test_what_a_killed_run_left_is_swept_and_what_a_live_one_uses_is_not(tmp_path: Path) -> None:
    """The whole story, with a real process and a real SIGKILL."""
    never = tmp_path / "never"
    os.mkfifo(never)
    base = tmp_path / "tmp"
    base.mkdir()
    issued = keys.client()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_RUN, base, never],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(f"{issued.chain_pem}|{issued.key_pem()}")
        run.stdin.close()
        folder = Path(run.stdout.readline().strip())
        assert (folder / "key.pem").exists()

        assert sweep_leftovers(base) == 0
        assert (folder / "key.pem").exists()

        run.send_signal(signal.SIGKILL)
        run.wait()

    assert sweep_leftovers(base) == 1
    assert not folder.exists()


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(tmp_path: Path) -> None:
    """In a Lambda sandbox the next process often has the number of the killed one."""
    leftover = tmp_path / f"mpl-export-{os.getpid()}-1-abc"
    leftover.mkdir()

    assert sweep_leftovers(tmp_path) == 1
    assert not leftover.exists()


def test_what_another_thread_of_ours_uses_is_left(
    certificate: ClientCertificate, tmp_path: Path
) -> None:
    """The sweep of one run must not pull the files from under another one."""
    with certificate_files(certificate, tmp_path) as files:
        assert sweep_leftovers(tmp_path) == 0
        assert files.key.exists()


def test_where_nothing_tells_when_a_process_began_its_number_decides(tmp_path: Path) -> None:
    """Without /proc there is less to go by: rather keep a leftover than pull live files."""
    alive = tmp_path / f"mpl-export-{os.getpid()}-0-abc"
    dead = tmp_path / "mpl-export-4194999-0-abc"  # above the greatest number that Linux gives
    alive.mkdir()
    dead.mkdir()

    assert sweep_leftovers(tmp_path) == 1
    assert alive.exists()


def test_the_sweep_touches_nothing_that_is_not_ours(tmp_path: Path) -> None:
    """A link with our name must not lead it astray, and other names are other people's."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    base = tmp_path / "tmp"
    base.mkdir()
    (base / "mpl-export-1-1-link").symlink_to(outside)
    (base / "mpl-export-2-1-file").touch()
    (base / "mpl-export-somebody").mkdir()
    (base / "other-1-1-x").mkdir()
    with_link = base / "mpl-export-3-1-folder"
    with_link.mkdir()
    (with_link / "link").symlink_to(outside)

    assert sweep_leftovers(base) == 1

    assert (outside / "precious").exists()
    assert {path.name for path in base.iterdir()} == {
        "mpl-export-1-1-link",
        "mpl-export-2-1-file",
        "mpl-export-somebody",
        "other-1-1-x",
    }


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder another user's")
def test_the_sweep_leaves_what_another_user_made(tmp_path: Path) -> None:
    """On a machine that is shared, /tmp is too."""
    foreign = tmp_path / "mpl-export-3-1-folder"
    foreign.mkdir()
    os.chown(foreign, 65_534, 65_534)

    assert sweep_leftovers(tmp_path) == 0
    assert foreign.exists()
