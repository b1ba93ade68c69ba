"""The digest of flows that stopped, failed to start or run again."""

from dataclasses import replace

from mpl_export.artifacts import Artifact
from mpl_export.notifier.artifact_digest import artifact_digest
from mpl_export.notifier.artifact_news import ArtifactNews, Down, Kind
from mpl_export.notifier.digest import Digest, Origin
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR

ORIGIN = Origin(tenant="acme", bucket="archive")
STOCK = Artifact(
    id="Stock",
    version="1.0.1",
    name="Stock levels",
    type="INTEGRATION_FLOW",
    deployed=NOON - HOUR,
    status="ERROR",
)
BEFORE = replace(STOCK, version="1.0.0", status="STARTED", deployed=NOON - DAY)
TEXT = "GenerationFailed\nScript file 'a.groovy' not found"


def news(kind: Kind = "failed to start", name: str = "Stock", **members: object) -> ArtifactNews:
    """News of a flow."""
    now = replace(STOCK, id=name) if name != "Stock" else STOCK
    made = ArtifactNews(kind=kind, now=now, before=BEFORE, seen=NOON)
    return replace(made, **members)  # type: ignore[arg-type]  # as the test says


def digest(*some: ArtifactNews, text: str = "", is_first: bool = False) -> Digest:
    """The digest of such news."""
    texts = {"Stock": text} if text else {}
    return artifact_digest(some, ORIGIN, texts=texts, is_first=is_first)


def test_a_flow_that_did_not_start_as_a_person_gets_it() -> None:
    """Which, of what version, since when, and why: the last line says it best."""
    told = digest(news(), text=TEXT)

    assert told.subject == (
        "[acme] FAILED TO START: Stock levels 1.0.1 - Script file 'a.groovy' not found"
    )
    assert told.body == (
        "1 flow of tenant acme: 1 failed to start.\n"
        "Seen at 2026-11-22 12:00:00Z; what is deployed is looked at once an hour.\n"
        "\n"
        "1. Stock levels: failed to start\n"
        "   Artifact  Stock\n"
        "   Version   1.0.1, deployed at 2026-11-22 11:00:00Z, before 1.0.0\n"
        "   Status    ERROR, before STARTED\n"
        "   Error     GenerationFailed Script file 'a.groovy' not found\n"
        "\n"
        "Each is told once, and once more when it runs again. See docs/flows.md.\n"
    )
    assert told.attributes == {
        "tenant": "acme",
        "kind": "artifacts",
        "severity": "failed-to-start",
        "team": "unassigned",
        "artifact": ["Stock"],
    }


def test_a_flow_that_is_gone_was_undeployed() -> None:
    """It has no version and no status now; what it was is told."""
    told = digest(news("stopped", now=None))

    assert told.subject == "[acme] UNDEPLOYED: Stock levels"
    assert "1. Stock levels: was undeployed\n" in told.body
    assert "Version   1.0.0, deployed at 2026-11-21 12:00:00Z\n" in told.body
    assert "Status" not in told.body
    assert told.attributes["severity"] == "stopped"


def test_the_end_of_trouble_says_since_when_it_was() -> None:
    """And no status: it runs."""
    down = Down(trouble="stopped", since=NOON - 2 * HOUR, deployed=None)
    told = digest(news("runs again", now=replace(STOCK, status="STARTED"), down=down))

    assert told.subject == "[acme] RUNS AGAIN: Stock levels"
    assert "   Down      since 2026-11-22 10:00:00Z at the latest" in told.body
    assert "Status" not in told.body
    assert told.attributes["severity"] == "started"


def test_what_is_worst_comes_first() -> None:
    """Who reads the subject only learns of it."""
    told = digest(
        news("runs again", "A"), news("stopped", "B"), news("failed to start", "C"), news()
    )

    assert told.subject == (
        "[acme] 2 failed to start, 1 stopped, 1 runs again: Stock levels, Stock levels and 2 more"
    )
    assert told.attributes["severity"] == "failed-to-start"
    assert told.attributes["artifact"] == ["C", "Stock", "B", "A"]
    assert told.body.startswith(
        "4 flows of tenant acme: 2 failed to start, 1 stopped, 1 runs again."
    )


def test_at_the_first_look_it_is_said_that_nothing_was_known() -> None:
    """What does not run may never have run."""
    assert (
        "At the first look at what is deployed, at 2026-11-22" in digest(news(), is_first=True).body
    )


def test_many_are_told_by_name_only_and_very_many_by_number() -> None:
    """A whole tenant that is restarted is one readable mail."""
    told = digest(*(news("stopped", f"F{n:03}") for n in range(100)))

    assert "20. Stock levels: stopped" in told.body
    assert "21. " not in told.body
    assert "And 80 more:" in told.body
    assert "   and 20 further ones" in told.body


def test_names_and_texts_obey_nobody_and_stay_short() -> None:
    """They come from foreign systems."""
    evil = "a\nInjected: \x1b[31mline" + "x" * 500
    told = digest(news(now=replace(STOCK, name=evil, version=evil)), text=evil + "\n" + "y" * 5_000)

    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert len(told.subject) < 100
    assert not any(line.startswith("Injected") for line in told.body.splitlines())
    assert "\x1b" not in told.body
    assert "y" * 700 not in told.body
