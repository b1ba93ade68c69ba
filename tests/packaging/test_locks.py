"""What is installed is named to the byte, and what is tested is what ships."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from tests.packaging.locks import LAYER, LOCKS, normalised, pins
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_locked_by_hashes(lock: Path) -> None:
    """A version can be replaced on an index; a hash cannot."""
    locked = pins(lock)

    assert locked
    assert [name for name, pin in locked.items() if not pin.hashes] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_says_where_packages_come_from(lock: Path) -> None:
    """That is the business of the machine that installs, and nobody else's."""
    text = lock.read_text()

    assert "://" not in text
    assert not re.search(r"^\s*-(-index|-extra|-find|i |f )", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_what_was_asked_for(lock: Path) -> None:
    """A package that is added to the list and not to the lock is missed at the first import."""
    asked = {
        normalised(match[1])
        for match in re.finditer(
            r"^([A-Za-z0-9][A-Za-z0-9._-]*)", lock.with_suffix(".in").read_text(), re.MULTILINE
        )
    }

    assert asked
    assert asked <= pins(lock).keys()


def test_the_tests_run_with_what_the_layer_ships() -> None:
    """Two locks that drift apart test one thing and ship another."""
    shipped = pins(LAYER)
    developed = pins(PROJECT / "requirements" / "dev.txt")

    assert {name: developed.get(name) for name in shipped} == shipped
    assert {name: metadata.version(name) for name in shipped} == {
        name: pin.version for name, pin in shipped.items()
    }
