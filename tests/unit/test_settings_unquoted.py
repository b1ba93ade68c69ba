"""A setting that cannot be understood is quoted nowhere, not even in the traceback."""

import pytest

from mpl_export.errors import SettingsError
from tests.unit.test_settings import settings


def test_no_secret_pasted_into_the_wrong_place_is_repeated() -> None:
    """Whoever pastes the service key into a setting must not find it in the log."""
    key = '{"clientsecret": "s3cr3t-s3cr3t", "key": "-----BEGIN RSA PRIVATE KEY-----"}'
    names = ("TENANT", "START_FROM", "OVERLAP_MINUTES", "ERROR_TEXT", "EXPAND")

    for name in names:
        with pytest.raises(SettingsError) as caught:
            settings(**{name: key})
        chain: list[BaseException] = [caught.value]
        while (cause := chain[-1].__cause__) is not None:
            chain.append(cause)
        assert all("s3cr3t" not in f"{error!s}{error!r}" for error in chain), name
