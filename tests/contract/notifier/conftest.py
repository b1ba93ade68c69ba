"""What the notifier knows of a tenant, in DynamoDB."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.dynamo_table import NoticeTable
from tests.support.manual_clock import ManualClock
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from operate.emulated.emulator import Emulator


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test knows."""
    return str(uuid.uuid4())


@pytest.fixture
def notice_table(aws: Emulator, table: str, tenant: str) -> NoticeTable:
    """The items of that tenant, of which there are none yet."""
    stack_gives(TENANT=tenant, CHECKPOINT_TABLE=table)
    return NoticeTable(aws.client("dynamodb"), table, tenant, ManualClock())
