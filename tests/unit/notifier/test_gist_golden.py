"""Thirty error texts in the shapes that tenants show, and what mails say of them; read by people.

What is golden is the wording: a change of it is seen here, text by text, and judged again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.notifier.notifier_harness import Harness

if TYPE_CHECKING:
    from tests.support.notifier.notifier_harness import Json

TEXTS: list[Json] = json.loads(Path(__file__).with_name("error-texts.json").read_text())


def test_there_are_thirty_shapes() -> None:
    """Each with a name of its own."""
    assert len({each["shape"] for each in TEXTS}) == len(TEXTS) == 30


@pytest.mark.parametrize("golden", TEXTS, ids=[each["shape"] for each in TEXTS])
def test_a_mail_says_what_a_person_can_use(golden: Json) -> None:
    """In the subject, as far as it has room, and in the body."""
    harness = Harness(environment={"TENANT": "acme-prod"})
    text = golden["text"] * golden.get("repeated", 1)
    harness.notifier().take([harness.part(harness.record(n, ErrorText=text) for n in range(12))])

    [(_, digest)] = harness.digests
    assert digest.subject == golden["subject"]
    [error] = [line for line in digest.body.splitlines() if line.startswith("   Error     ")]
    assert error.removeprefix("   Error     ").startswith(golden["said"])
    assert len(error) < 320
    assert harness.events[0]["errorText"].startswith(golden["text"][:1].strip("\x1b"))
