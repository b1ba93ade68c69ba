"""The histories of ``test_truth_machine`` again, few of them, with S3 and DynamoDB emulated.

There the stores are fakes, which could be kinder than what they stand for.
``HISTORIES_EMULATED`` in the environment sets how many are tried.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, ClassVar, cast

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.integration.test_truth_machine import Histories
from tests.support.emulated_stores import EmulatedCheckpoints, EmulatedObjects
from tests.support.premises import Premises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.emulator import Emulator
    from tests.support.fakes import MemoryCheckpoints, MemoryObjects

pytestmark = pytest.mark.emulator


class EmulatedHistories(Histories):
    """One tenant, one archive in the emulator, and everything that may happen to them."""

    aws: ClassVar[Emulator]
    _numbers: ClassVar[Iterator[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        premises = Premises.make(
            self.aws, f"history-{next(self._numbers)}", "{}", tenant=self.rig.settings.tenant
        )
        # They have all that the rig asks of the fakes.
        self.rig.objects = cast("MemoryObjects", EmulatedObjects(premises))
        self.rig.checkpoints = cast("MemoryCheckpoints", EmulatedCheckpoints(premises))


@pytest.fixture(scope="module")
def emulated(aws: Emulator) -> None:
    """Tell the histories where their AWS is."""
    EmulatedHistories.aws = aws


@pytest.mark.usefixtures("emulated")
class TestEmulatedHistories(EmulatedHistories.TestCase):  # type: ignore[valid-type, misc]  # hypothesis makes it
    """Run by pytest."""

    settings = settings(
        max_examples=int(os.environ.get("HISTORIES_EMULATED", "15")),
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate],  # to shrink a failure here would take an hour; it is printed
        suppress_health_check=list(HealthCheck),
    )
