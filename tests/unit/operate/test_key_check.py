"""A key file, judged before anything starts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from operate.endings import Ending, StoppedError
from operate.key_check import ask_for_token, read_key_file
from operate.sap_tenant import Fault, SapTenant
from tests.support.exporter import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.sap_tenant.server import SapTenantServer


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant over real TLS."""
    with SapTenant().serve() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good key file."""
    path = tmp_path / "key.json"
    path.write_text(keys.service_key_text(keys.certificate_members()))
    return path


def stopped(path: Path) -> str:
    """The sentence about a file that will not do."""
    with pytest.raises(StoppedError) as caught:
        read_key_file(path)
    assert caught.value.ending is Ending.SETUP
    return str(caught.value)


def test_a_good_file_says_whose_key_it_holds(file: Path) -> None:
    """With how long it lasts, which decides when to come back."""
    checked = read_key_file(file)

    assert keys.API_URL in checked.seen
    assert "364 days left" in checked.seen
    assert checked.text == file.read_text()
    assert keys.client().key_pem().splitlines()[1] not in repr(checked)


def test_a_file_is_taken_as_editors_save_it(file: Path) -> None:
    """With a byte order mark, and a blank that a page has left."""
    file.write_bytes(b"\xef\xbb\xbf" + file.read_text().replace(", ", ",\u00a0").encode())

    assert read_key_file(file).certificate is not None


def test_what_is_no_file_is_told_in_words(tmp_path: Path, file: Path) -> None:
    """No name of a class helps anybody."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    empty = tmp_path / "empty"
    empty.touch()

    assert stopped(tmp_path / "none.json").startswith(f"there is no file {tmp_path}/none.json")
    assert stopped(tmp_path).startswith(f"{tmp_path} is a folder")
    assert "is not UTF-8 text" in stopped(binary)
    assert "is empty" in stopped(empty)
    assert "cannot be read" in stopped(file / "below")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"placeholder": "x"}', "placeholder"),
        (keys.service_key_text(keys.certificate_members(key=None)), "member 'key'"),
        (
            keys.service_key_text(keys.certificate_members(key=keys.client("other").key_pem())),
            "does not fit any certificate",
        ),
        (
            keys.service_key_text(
                keys.certificate_members(keys.client("old", since_days=-9, until_days=-1))
            ),
            "expired on",
        ),
    ],
    ids=["text", "list", "placeholder", "external", "other", "ended"],
)
def test_what_is_no_service_key_is_told_with_the_member(file: Path, text: str, words: str) -> None:
    """The same words as the function's, because the same code says them."""
    file.write_text(text)

    said = stopped(file)

    assert said.startswith(f"{file}: ")
    assert words in said


def test_the_token_server_has_the_last_word(file: Path, server: SapTenantServer) -> None:
    """One request, and nothing of it is kept."""
    file.write_text(json.dumps(server.service_key()))
    checked = read_key_file(file)

    assert ask_for_token(checked, server.ca_pem) == "the token server takes it"

    server.tenant.revoke_key()
    with pytest.raises(StoppedError, match="is no good: the token server refused") as caught:
        ask_for_token(checked, server.ca_pem)
    assert caught.value.ending is Ending.SETUP


def test_a_client_secret_is_asked_for_too(file: Path, server: SapTenantServer) -> None:
    """It has no certificate to present."""
    file.write_text(json.dumps(server.service_key("secret")))

    assert ask_for_token(read_key_file(file), server.ca_pem)


def test_a_server_out_of_reach_is_not_the_keys_fault(file: Path, server: SapTenantServer) -> None:
    """A function in a VPC may reach what this machine cannot."""
    file.write_text(json.dumps(server.service_key(valid=timedelta(days=9))))
    server.tenant.faults.add(Fault(kind="status", endpoint="token", status=503, times=None))

    with pytest.raises(StoppedError, match="--no-token-request") as caught:
        ask_for_token(read_key_file(file), server.ca_pem)
    assert caught.value.ending is Ending.UNAVAILABLE


def test_a_server_that_is_not_trusted_names_the_parameter(
    file: Path, server: SapTenantServer
) -> None:
    """A gateway that opens TLS stands before the function, too."""
    file.write_text(json.dumps(server.service_key()))

    with pytest.raises(StoppedError, match="TenantCaPem"):
        ask_for_token(read_key_file(file))
