"""What the packaging tests look at: the template and what `sam build` made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.packaging.template import PROJECT, Stack, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack of somebody who set nothing but the tenant's name."""
    return Stack(load(), {"TenantName": "acme"})


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder that holds what `sam build` made."""
    folder = PROJECT / ".aws-sam" / "build"
    assert (folder / "template.yaml").exists(), "nothing is built yet: make build"
    return folder


@pytest.fixture
def now() -> datetime:
    """Some instant; nothing here depends on which."""
    return datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
