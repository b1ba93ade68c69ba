"""The local world must not be able to call AWS."""

from __future__ import annotations

import pytest

from operate.emulated.loopback import NotLoopbackError, refuse_unless_loopback

HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566",
        "https://127.8.9.10",
        "http://localhost:4566",
        "http://[::1]:4566",
    ],
)
def test_this_machine_is_accepted_however_it_is_named(url: str) -> None:
    """Loopback is a network, not an address."""
    refuse_unless_loopback({"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.eu-central-1.amazonaws.com",
        "http://127.0.0.1@example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://example.com\\@127.0.0.1",
        "http://172.17.0.1:4566",
        "http://[::1",
        "127.0.0.1:4566",
    ],
)
def test_another_machine_is_refused_however_it_is_disguised(url: str) -> None:
    """What a library would connect to decides, not what the address looks like."""
    with pytest.raises(NotLoopbackError, match="AWS_ENDPOINT_URL"):
        refuse_unless_loopback({"AWS_ENDPOINT_URL": url})


def test_an_endpoint_of_one_service_outranks_the_general_one() -> None:
    """So each of them has to be looked at."""
    environment = HERE | {"AWS_ENDPOINT_URL_S3": "https://storage.example.com"}

    with pytest.raises(NotLoopbackError, match="AWS_ENDPOINT_URL_S3"):
        refuse_unless_loopback(environment)


def test_a_missing_endpoint_means_aws() -> None:
    """An empty one counts as missing, as it does for the SDKs."""
    with pytest.raises(NotLoopbackError, match="AWS_ENDPOINT_URL is not set"):
        refuse_unless_loopback({"AWS_ENDPOINT_URL": ""})


def test_a_shell_without_endpoints_is_no_danger_by_itself() -> None:
    """The demo sets its own; only a shell that points elsewhere on purpose is refused."""
    refuse_unless_loopback({"PATH": "/usr/bin"}, complete=False)


def test_endpoints_that_the_sdk_ignores_do_not_count() -> None:
    """With this switch boto3 would call AWS in spite of them."""
    environment = HERE | {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"}

    with pytest.raises(NotLoopbackError, match="AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        refuse_unless_loopback(environment)
