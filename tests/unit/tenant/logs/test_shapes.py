"""What is learned of a page's rows, and from which nothing is."""

from typing import Any

import pytest

from mpl_export.tenant.logs.shapes import Shape, shape_of
from tests.unit.samples import row_of

LINK = {"__deferred": {"uri": "https://h/x"}}


def test_members_links_and_the_artifact_are_learned() -> None:
    """In their order; the artifact from the first row that shows one."""
    rows = [row_of(1, IntegrationArtifact=None), row_of(2, None)]

    assert shape_of(rows) == Shape(
        tuple(row_of()),
        frozenset({"CustomHeaderProperties"}),
        ("__metadata", "Id", "Name"),
    )


def test_an_artifact_may_be_a_link_or_missing() -> None:
    """As a tenant shows it that was not asked to expand it."""
    linked = shape_of([row_of(1, IntegrationArtifact=LINK)])
    none = shape_of([row_of(1, IntegrationArtifact=None)])

    assert linked is not None
    assert linked.links == {"CustomHeaderProperties", "IntegrationArtifact"}
    assert (linked.artifact, none and none.artifact) == (None, None)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [None],
        [{}],
        [row_of(1), "row"],
        [row_of(1), row_of(2, New=1)],
        [row_of(1), dict(reversed(row_of(2).items()))],
        [{"MessageGuid": "a"}],
        [row_of(1, Raw=None)],
        [row_of(1, status="FAILED")],
        [row_of(1, ArchivingLogAttachments="true")],
        [row_of(1, Sender=7)],
        [row_of(1, LogEnd=LINK)],
        [row_of(1, IntegrationArtifact={"id": "a"})],
    ],
)
def test_nothing_is_learned_from_what_is_odd(rows: list[Any]) -> None:
    """The next page may be the same, and would be read twice."""
    assert shape_of(rows) is None
