"""Runtime artifacts as values."""

from dataclasses import replace

import orjson
import pytest

from mpl_export.artifacts import Artifact, digest_of, in_order
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR

STOCK = Artifact(
    id="Stock",
    version="1.0.0",
    name="Stock",
    type="INTEGRATION_FLOW",
    deployed=NOON,
    status="STARTED",
)
ORDERS = replace(STOCK, id="Orders", name="Orders")
BARE = Artifact(id="Bare", version=None, name=None, type=None, deployed=None, status=None)


@pytest.mark.parametrize(
    "artifact", [STOCK, BARE, replace(STOCK, deployed_by="jane", error_text="ä €")]
)
def test_an_artifact_survives_being_kept(artifact: Artifact) -> None:
    """As JSON, whatever the tenant does not say."""
    kept = orjson.loads(orjson.dumps(artifact.as_json()))

    assert Artifact.from_json(kept) == artifact


def test_what_is_left_out_by_choice_is_not_there() -> None:
    """Who deployed is personal; an error belongs to what did not start."""
    assert set(STOCK.as_json()) == {"Id", "Version", "Name", "Type", "DeployedOn", "Status"}
    assert STOCK.as_json()["DeployedOn"] == "2026-11-22T12:00:00.000Z"
    assert replace(STOCK, deployed_by="jane").as_json()["DeployedBy"] == "jane"


def test_a_list_is_the_same_however_a_tenant_sorts_it() -> None:
    """Also where it shows an id twice."""
    twin = replace(STOCK, version="2.0.0")

    assert in_order([STOCK, twin, ORDERS]) == in_order([twin, ORDERS, STOCK])
    assert [each.id for each in in_order([STOCK, ORDERS])] == ["Orders", "Stock"]
    assert digest_of([STOCK, twin, ORDERS]) == digest_of([twin, ORDERS, STOCK])


@pytest.mark.parametrize(
    "other",
    [
        replace(STOCK, id="Other"),
        replace(STOCK, version="1.0.1"),
        replace(STOCK, name="Other"),
        replace(STOCK, type="VALUE_MAPPING"),
        replace(STOCK, deployed=NOON + HOUR),
        replace(STOCK, status="STOPPED"),
        replace(STOCK, deployed_by="jane"),
    ],
)
def test_a_list_that_differs_has_another_digest(other: Artifact) -> None:
    """Each member may be the news; and so may one more or less of them."""
    assert digest_of([other]) != digest_of([STOCK])
    assert digest_of([STOCK, other]) != digest_of([STOCK])
    assert digest_of([]) != digest_of([STOCK])


def test_error_texts_make_no_other_digest() -> None:
    """They are fetched only for a list that differs, and may be missing the next time."""
    assert digest_of([replace(STOCK, error_text="why")]) == digest_of([STOCK])


def test_the_digest_is_frozen() -> None:
    """It stands in checkpoints: another way to make it would store every list again."""
    assert len(digest_of([])) == 32
    assert digest_of([STOCK, BARE]) == "b2b33d9d58babbdc97ac3f51c6c3c7df"
