"""Masks: what is planted everywhere is found nowhere, and no rule makes a row new."""

from __future__ import annotations

import gzip
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mpl_export.archive.layout import part_of_key
from mpl_export.errors import ConfigurationError
from mpl_export.model import ERROR_TEXT_BYTES
from mpl_export.notifier.inbox import Part, part_name
from tests.support.exporter.exporter_harness import Harness
from tests.support.notifier.notifier_harness import Harness as NotifierHarness

if TYPE_CHECKING:
    from mpl_export.tenant.http.transport import Answer, Request

CANARY = "DE89370400440532013000"
TOKEN = "t0p-s3cret"
CUSTOMER = "Jane Doe"
MASKS = r"""
[[mask]]
name = "iban"
pattern = '\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b'
[[mask]]
name = "token"
header = "Authorization"
[[mask]]
name = "customer"
header = "Customer*"
leave_out = true
"""
EXPAND = {"EXPAND": "CustomHeaderProperties,AdapterAttributes"}


class Planting:
    """A tenant that shows members nobody knows, and a row that cannot be read."""

    def __init__(self, harness: Harness) -> None:
        self._ask = harness.exchange
        harness.exchange = self  # type: ignore[assignment]  # it is called, and no more

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Ask the tenant, and plant canaries in what it shows."""
        answer = self._ask(request, timeout=timeout, size_limit=size_limit)
        if not answer.body.startswith(b"{"):
            return answer
        body: dict[str, Any] = orjson.loads(answer.body)
        found = body.get("d")
        for row in found.get("results", []) if isinstance(found, dict) else []:
            row["NewMember"] = {"deep": [f"account {CANARY}"]}
            row["CustomerName"] = CUSTOMER
            if row.get("Sender") == "odd":
                row["Sender"] = {"is": CANARY}
            if row.get("Sender") == "unreadable":
                row["LogEnd"] = f"no date but {CANARY}"
        return replace(answer, body=orjson.dumps(body))


def planted(rules: str = MASKS) -> Harness:
    """An exporter whose tenant has canaries wherever masks reach."""
    harness = Harness(environment=dict(EXPAND))
    Planting(harness)
    for number, sender in enumerate(("ERP", "odd", "unreadable")):
        harness.tenant.add(
            status="FAILED",
            Sender=sender,
            artifact=f"flow-{number}",
            error_text=f"Account {CANARY} is closed; {number}",
            custom_headers=[("Authorization", TOKEN), ("CustomerName", CUSTOMER), ("Ok", CANARY)],
            adapter_attributes=[("a", "Authorization", TOKEN)],
        )
    harness.later()
    if rules:
        harness.put_rules(rules)
    return harness


def told_of(harness: Harness) -> NotifierHarness:
    """A notifier that has told all that the archive holds."""
    notifier = NotifierHarness()
    notifier.checkpoint = harness.checkpoints.checkpoint
    notifier.objects |= harness.objects.held
    for key in harness.parts():
        found = part_of_key(key)
        assert found is not None
        name = part_name(*found)
        part = Part(key=key, name=name, window=found[0], created=notifier.clock.now())
        notifier.notifier().take([part])
    return notifier


def written(harness: Harness) -> str:
    """All that lies in the archive."""
    return "\n".join(
        gzip.decompress(body).decode() if key.endswith(".gz") else body.decode()
        for key, body in harness.objects.held.items()
        if not key.startswith("rules/")
    )


@pytest.mark.parametrize("before", [15_995, 16_010, 63_990, 63_999, 64_010])
def test_what_lies_across_the_end_of_what_is_kept_is_masked(before: int) -> None:
    """Cut first, half of it would be no more what the mask looks for."""
    harness = Harness()
    harness.tenant.add(status="FAILED", error_text="x" * (before - 1) + f" {CANARY} {'y' * 100}")
    harness.later()
    harness.put_rules(MASKS)

    harness.run()

    (record,) = harness.records()
    assert CANARY[:4] not in record["ErrorText"]
    assert len(record["ErrorText"].encode()) <= ERROR_TEXT_BYTES


def test_canaries_are_planted_where_masks_reach() -> None:
    """Without rules they are everywhere, or the next test proves nothing."""
    harness = planted(rules="")

    harness.run()

    text = written(harness)
    assert text.count(CANARY) >= 10
    assert TOKEN in text
    assert CUSTOMER in text
    assert sum("Raw" in record for record in harness.records()) == 2
    assert CANARY in str(told_of(harness).digests)


def test_what_is_masked_is_found_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the archive, nor in a mail, an event, a log line or the table."""
    caplog.set_level(logging.DEBUG)
    harness = planted()

    report = harness.run()
    notifier = told_of(harness)

    assert report.versions_stored == 3
    assert len(notifier.events) == 3
    places = {
        "archive": written(harness),
        "mails": str(notifier.digests),
        "events": str(notifier.events),
        "log": caplog.text + str([record.__dict__ for record in caplog.records]),
        "table": str(notifier.store) + str(harness.checkpoints.checkpoint),
        "report": str(report.as_json()),
    }
    for secret in (CANARY, TOKEN, CUSTOMER):
        assert [place for place, text in places.items() if secret in text] == []
    assert "[masked: iban]" in places["mails"]
    assert "CustomerName" not in places["archive"]


def test_rules_that_change_make_no_row_new() -> None:
    """Between two runs: put, changed, taken back.  The archive stays as it is."""
    harness = Harness(environment=dict(EXPAND))
    harness.tenant.add(
        status="FAILED", error_text=f"x {CANARY}", custom_headers=[("Authorization", TOKEN)]
    )
    harness.tenant.add(status="COMPLETED", custom_headers=[("Ok", CANARY)])
    harness.later()
    assert harness.run().versions_stored == 2
    before = dict(harness.parts())

    for rules in (MASKS, "[[mask]]\nname = 'all'\nheader = '*'\nleave_out = true\n", ""):
        harness.put_rules(rules)
        harness.later()
        assert harness.run().versions_stored == 0

    assert harness.parts() == before


def test_a_row_that_could_not_be_read_keeps_its_version_while_no_mask_is_about_it() -> None:
    """Its digest is over the text that is stored."""
    harness = planted(rules="[[mask]]\nname = 'other'\npattern = 'not there'\n")
    harness.run()
    with_mask = {record["Version"] for record in harness.records()}
    plain = planted(rules="")
    plain.run()

    assert {record["Version"][:16] for record in plain.records()} == {v[:16] for v in with_mask}


@pytest.mark.parametrize("broken", [None, b"[[mask]]\n"])
def test_nothing_is_stored_while_it_is_not_known_what_to_mask(broken: bytes | None) -> None:
    """What is stored stays; so the run fails, and says which object and who acts."""
    harness = planted()
    key = next(key for key in harness.objects.held if key.startswith("rules/"))
    del harness.objects.held[key]
    if broken is not None:
        harness.objects.held[key] = broken

    said = r"nothing was exported.*00000000\.toml.*make rules"
    with pytest.raises(ConfigurationError, match=said):
        harness.run()

    assert harness.parts() == {}
    assert harness.position is None


def test_a_backfill_masks_as_well() -> None:
    """All that stores goes one way."""
    harness = planted()

    harness.export(harness.clock.now().replace(hour=0), harness.clock.now(), "backfill")

    assert CANARY not in written(harness)
    assert len(harness.records()) >= 2


def test_a_quiet_run_reads_rules_once_in_a_container() -> None:
    """A number is read once; no run asks for more than it asked before."""
    harness = planted()
    runs = [harness.prepared() for _ in range(2)]
    same = replace(runs[1], rules=runs[0].rules)
    runs[0].scheduled()
    rules = [key for key in harness.objects.held if key.startswith("rules/")]
    for key in rules:
        del harness.objects.held[key]
    harness.later()

    same.scheduled()
