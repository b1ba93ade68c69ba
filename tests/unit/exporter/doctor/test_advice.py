"""What to do about an error: never nothing, and always where to click."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

import mpl_export
from mpl_export.errors import (
    AccessRefusedError,
    AwsUnavailableError,
    ExportError,
    KeyRefusedError,
    ServiceKeyError,
    SettingsError,
)
from mpl_export.exporter.doctor.advice import advice_on
from mpl_export.tenant.credentials.service_key import CertificateDatesError

if TYPE_CHECKING:
    from collections.abc import Iterator


def every_kind() -> list[type[ExportError]]:
    """Every error of the package."""
    for module in pkgutil.walk_packages(mpl_export.__path__, "mpl_export."):
        importlib.import_module(module.name)
    return sorted(set(_below(ExportError)), key=lambda kind: kind.__name__)


def _below(kind: type[ExportError]) -> Iterator[type[ExportError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("mpl_export"):
            yield each
            yield from _below(each)


def advice(kind: type[ExportError]) -> str:
    """The advice on an error of that kind."""
    return advice_on(kind.__new__(kind))


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.__name__)
def test_every_error_has_advice_of_its_kind(kind: type[ExportError]) -> None:
    """A new branch of the tree has to say what to do."""
    assert "try again; if it stays, report it" not in advice(kind) or kind is ExportError


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SettingsError, "CloudFormation > the stack > Update"),
        (ServiceKeyError, "Secrets Manager > the stack's secret > Retrieve secret value > Edit"),
        (KeyRefusedError, "Service Keys > Create, key type Certificate"),
        (CertificateDatesError, "Service Keys > Create, key type Certificate"),
        (AccessRefusedError, "MonitoringDataRead"),
        (AwsUnavailableError, "VPC > Endpoints"),
    ],
)
def test_it_is_in_the_words_of_cockpit_and_console(kind: type[ExportError], words: str) -> None:
    """So that it can be followed by somebody who knows only one of the two."""
    assert words in advice(kind)
