"""What ships may be shipped: its licences are known, allowed, and handed on with it."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.artefact

LAYERS: Final = ("DependenciesX86", "DependenciesArm")

# Licences (SPDX) that ask for nothing but what the next tests see to: that their texts and notices
# stay with the code.  MPL-2.0 also asks for the source of files that were changed; none is.
ALLOWED: Final = frozenset({"Apache-2.0", "BSD-3-Clause", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0"})

# How older packages say it, if their field "License" is no SPDX identifier.
CLASSIFIERS: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
}


@pytest.fixture(params=LAYERS)
def shipped(request: pytest.FixtureRequest, built: Path) -> list[Distribution]:
    """What a layer holds, one after the other for both architectures."""
    folder = built / str(request.param) / "python"
    return sorted(distributions(path=[str(folder)]), key=lambda each: each.name)


def licences(distribution: Distribution) -> set[str]:
    """Every licence that a package names, by its SPDX identifier, or else in its own words.

    Of a choice ("A OR B") both are meant, which is stricter than it has to be.
    """
    metadata = distribution.metadata
    expression = metadata.get("License-Expression") or metadata.get("License") or ""
    named = set(re.split(r"\s+(?:AND|OR|WITH)\s+", expression.replace("(", "").replace(")", "")))
    if named <= ALLOWED or "License-Expression" in metadata:
        return named
    classifiers = [
        classifier
        for classifier in metadata.get_all("Classifier", [])
        if classifier.startswith("License ::")
    ]
    return {CLASSIFIERS.get(classifier, classifier) for classifier in classifiers} or named


def licence_texts(distribution: Distribution) -> dict[str, Path | None]:
    """Where the texts are that a package says to belong to it; None for one that is not there."""
    folder = Path(str(distribution.locate_file(""))) / (
        f"{distribution.name.replace('-', '_')}-{distribution.version}.dist-info"
    )
    return {
        name: next(
            (path for path in (folder / "licenses" / name, folder / name) if path.is_file()), None
        )
        for name in distribution.metadata.get_all("License-File", [])
    }


def test_every_licence_is_one_that_was_agreed_to(shipped: list[Distribution]) -> None:
    """An update may bring another licence, or a package that nobody chose."""
    named = {each.name: licences(each) for each in shipped}

    assert named
    assert {name: found - ALLOWED for name, found in named.items() if not found <= ALLOWED} == {}


def test_the_texts_of_the_licences_go_with_the_code(shipped: list[Distribution]) -> None:
    """That is what all of these licences ask for; a build that tidies up breaks them."""
    texts = {each.name: licence_texts(each) for each in shipped}

    assert [name for name, found in texts.items() if not found] == []
    assert [name for name, found in texts.items() if None in found.values()] == []
    assert all(path.stat().st_size for found in texts.values() for path in found.values() if path)
