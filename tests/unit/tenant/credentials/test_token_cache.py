"""Tokens that outlive a run in a warm container."""

from datetime import timedelta

import pytest

from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.credentials.token_cache import TokenCache
from tests.support.exporter import keys
from tests.support.manual_clock import NOON

HOUR = timedelta(hours=1)


def key(number: int = 0) -> ServiceKey:
    """A service key; another one for each number."""
    members = keys.secret_members(clientid=f"sb-{number}")
    return ServiceKey.parse(keys.service_key_text(members))


@pytest.fixture
def cache() -> TokenCache:
    """Of a cold container."""
    return TokenCache()


def test_a_token_is_found_by_the_key_it_was_issued_for(cache: TokenCache) -> None:
    """Another key never gets it: the owner may have replaced the key because it had leaked."""
    token = Token("first", NOON + HOUR)

    cache.keep(key(), token)

    assert cache.find(key(), NOON) is token
    assert cache.find(key(1), NOON) is None


def test_a_token_whose_time_is_over_is_not_given(cache: TokenCache) -> None:
    """From that very moment on."""
    cache.keep(key(), Token("first", NOON + HOUR))

    assert cache.find(key(), NOON + HOUR - timedelta(microseconds=1)) is not None
    assert cache.find(key(), NOON + HOUR) is None


def test_a_newer_token_takes_the_place_of_the_older(cache: TokenCache) -> None:
    """And no place of another key."""
    for number in range(4):
        cache.keep(key(number), Token("old", NOON + HOUR))

    newer = Token("new", NOON + HOUR)
    cache.keep(key(2), newer)

    assert cache.find(key(2), NOON) is newer
    assert all(cache.find(key(number), NOON) for number in (0, 1, 3))


def test_four_keys_are_kept_and_the_oldest_goes(cache: TokenCache) -> None:
    """A container that lives for days while keys change must not keep them all."""
    for number in range(6):
        cache.keep(key(number), Token(str(number), NOON + HOUR))

    kept = [number for number in range(6) if cache.find(key(number), NOON)]
    assert kept == [2, 3, 4, 5]
