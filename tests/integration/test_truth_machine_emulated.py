"""The histories of ``test_truth_machine`` again, few of them, with S3 and DynamoDB emulated.

There the stores are fakes, which could be kinder than what they stand for.
``HISTORIES_EMULATED`` in the environment sets how many are tried.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final, cast

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.integration.test_truth_machine import Histories
from tests.support.exporter.emulated_stores import EmulatedCheckpoints, EmulatedObjects
from tests.support.exporter.exporter_resources import Resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.emulator import Emulator
    from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects

pytestmark = pytest.mark.emulator

HISTORIES: Final = 15


class EmulatedHistories(Histories):
    """One tenant, one archive in the emulator, and everything that may happen to them."""

    aws: ClassVar[Emulator]
    _numbers: ClassVar[Iterator[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        resources = Resources.make(
            self.aws, f"history-{next(self._numbers)}", "{}", tenant=self.harness.settings.tenant
        )
        # They have all that the harness asks of the fakes.
        self.harness.objects = cast("MemoryObjects", EmulatedObjects(resources))
        self.harness.checkpoints = cast("MemoryCheckpoints", EmulatedCheckpoints(resources))

    def a_sealer_passes(self, left: int | None) -> None:
        """Not here: the emulated S3 dates what arrives by a clock that no history turns."""

    def _check_seals(self) -> None:
        """Nothing is sealed; the contract of the two stores holds what a sealer asks of them."""


@pytest.fixture(scope="module")
def emulated(aws: Emulator) -> None:
    """Tell the histories where their AWS is."""
    EmulatedHistories.aws = aws


@pytest.mark.usefixtures("emulated")
class TestEmulatedHistories(EmulatedHistories.TestCase):  # type: ignore[valid-type, misc]  # hypothesis makes it
    """Run by pytest."""

    settings = settings(
        max_examples=int(os.environ.get("HISTORIES_EMULATED", HISTORIES)),
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate],  # to shrink a failure here would take an hour; it is printed
        suppress_health_check=list(HealthCheck),
    )
