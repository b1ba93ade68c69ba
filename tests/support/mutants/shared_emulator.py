"""What stands for ``tests/contract/conftest.py`` in mutmut's copy: one emulated AWS for all.

To start and stop one for each would take longer than all that it judges.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from operate.emulated.emulator import REGION, Emulator

ENDPOINT = "MUTANTS_EMULATOR_URL"


@pytest.fixture(scope="session")
def aws() -> Emulator:
    """Join the emulator that runs as long as the hunt; each test uses names of its own."""
    nowhere = Path(os.devnull)
    return Emulator(
        endpoint_url=os.environ[ENDPOINT],
        region=REGION,
        ca_bundle=None,
        pid=0,
        home=nowhere,
        log=nowhere,
    )
