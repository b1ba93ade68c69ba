"""A service key that has been judged by itself."""

import pytest

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.proven_key import proven_key
from tests.support.exporter import keys


def test_a_key_with_a_certificate_has_one() -> None:
    """It fits its private key, which is what was judged."""
    proven = proven_key(keys.service_key_text(keys.certificate_members()))

    assert proven.certificate is not None
    assert proven.key.api_root.startswith("https://")


def test_a_key_with_a_secret_has_none() -> None:
    """There is nothing that could end."""
    assert proven_key(keys.service_key_text(keys.secret_members())).certificate is None


def test_a_text_is_judged_once() -> None:
    """It takes longer than all requests of a run; a warm container keeps the verdict."""
    text = keys.service_key_text(keys.secret_members(clientid="judged once"))

    assert proven_key(text) is proven_key(text)


def test_it_shows_nothing_of_the_key() -> None:
    """Not in a log, not in a traceback that prints its locals."""
    text = keys.service_key_text(keys.secret_members(clientsecret="hush-hush-hush"))

    assert "hush" not in repr(proven_key(text))


def test_what_is_no_key_is_refused() -> None:
    """By the error that says what to do."""
    with pytest.raises(ServiceKeyError):
        proven_key("{}")
