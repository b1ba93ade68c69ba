"""A digest of failures says which deployment came shortly before, where a snapshot says so."""

from datetime import timedelta

import pytest

from mpl_export.artifacts import Artifact
from tests.support.notifier.notifier_harness import Harness
from tests.unit.samples import DAY, HOUR, MINUTE


def deployed(harness: Harness, ago: timedelta, version: str | None = "1.0.7") -> None:
    """An artifact was deployed a while ago, and a snapshot of it was judged."""
    flow = Artifact(
        id="Order_to_Cash",
        version=version,
        name="Order to Cash",
        type="INTEGRATION_FLOW",
        deployed=harness.clock.now() - ago,
        status="STARTED",
    )
    harness.notifier().look([harness.snapshot(flow)])


def line(harness: Harness) -> str | None:
    """What the last digest says of it."""
    body = harness.digests[-1][1].body
    lines = [each for each in body.splitlines() if each.startswith("   Deployed  ")]
    return lines[0].removeprefix("   Deployed  ") if lines else None


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (12 * MINUTE, "began 12 minutes after version 1.0.7 was deployed, at 2026-11-22 11:48:00Z"),
        (MINUTE, "began 1 minute after version 1.0.7 was deployed, at 2026-11-22 11:59:00Z"),
        (
            0 * MINUTE,
            "began within a minute after version 1.0.7 was deployed, at 2026-11-22 12:00:00Z",
        ),
        (5 * HOUR, "began 5 hours after version 1.0.7 was deployed, at 2026-11-22 07:00:00Z"),
        (2 * DAY, None),
        (-MINUTE, None),
    ],
)
def test_a_new_kind_says_how_soon_after_it_began(
    harness: Harness, ago: timedelta, said: str | None
) -> None:
    """A day later it is hardly the cause, and what comes after it is none."""
    deployed(harness, ago)
    harness.notifier().take([harness.part([harness.record()])])

    assert line(harness) == said


def test_a_known_kind_says_when(harness: Harness) -> None:
    """When it began is not known any more."""
    harness.notifier().take([harness.part([harness.record()])])
    assert line(harness) is None
    harness.clock.turn(2 * HOUR)
    deployed(harness, 10 * MINUTE)
    harness.notifier().take([harness.part([harness.record(1)])])

    assert line(harness) == "version 1.0.7 at 2026-11-22 13:50:00Z"


def test_a_deployment_of_another_flow_is_not_told(harness: Harness) -> None:
    """Nor one without a date."""
    deployed(harness, 10 * MINUTE)
    artifact = {"Id": "Another", "Name": "Another"}
    harness.notifier().take([harness.part([harness.record(IntegrationArtifact=artifact)])])

    assert line(harness) is None


def test_no_digest_waits_for_it(harness: Harness) -> None:
    """What cannot be read is left out."""
    deployed(harness, 10 * MINUTE)
    part = harness.part([harness.record()])
    taken = harness.notifier()
    taken.take([part])
    assert line(harness)

    harness.clock.turn(2 * HOUR)
    harness.objects[harness.store.judged or ""] = b"damaged"
    harness.notifier().take([harness.part([harness.record(1)])])
    assert line(harness) is None

    del harness.objects[harness.store.judged or ""]
    harness.clock.turn(6 * HOUR)
    harness.notifier().take([harness.part([harness.record(2)])])
    assert len(harness.digests) == 3
    assert line(harness) is None
