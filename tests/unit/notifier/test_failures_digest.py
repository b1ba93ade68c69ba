"""A digest says the thing in its subject, and in its body what a tired person needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.notifier.digest import MESSAGE_BYTES, Digest, Origin
from mpl_export.notifier.failures_digest import Telling, failures_digest
from mpl_export.notifier.grouping import Group
from mpl_export.notifier.subject import SUBJECT_CHARACTERS
from tests.support.manual_clock import NOON
from tests.support.notifier.groups import group
from tests.unit.samples import HOUR

ORIGIN = Origin(tenant="acme", bucket="archive")


def digest_of(*groups: Group) -> Digest:
    """The digest of groups that are new."""
    return failures_digest([Telling(group=each, told_before=None) for each in groups], ORIGIN)


def test_a_digest_as_a_person_gets_it() -> None:
    """The whole of it: what, how many, since when, why, where to look, and how to find all."""
    told = Telling(group=group(statuses={"FAILED": 2, "ESCALATED": 1}), told_before=NOON - HOUR)

    digest = failures_digest([told], ORIGIN)

    assert digest.subject == (
        "[acme] AGAIN 1 ESCALATED, 2 FAILED: Order to Cash - The receiver answered 500"
    )
    assert digest.body == (
        "3 messages of tenant acme failed (1 ESCALATED, 2 FAILED), of one kind.\n"
        "The first ended at 2026-11-22 12:00:00Z, the last at 2026-11-22 12:05:00Z.\n"
        "\n"
        "1. Order to Cash: 1 ESCALATED, 2 FAILED, again\n"
        "   Artifact  Order_to_Cash\n"
        "   Package   Sales\n"
        "   Route     ERP to CRM\n"
        "   Error     The receiver answered 500\n"
        "   Ended     2026-11-22 12:00:00Z to 2026-11-22 12:05:00Z\n"
        "   Monitor   https://tenant.example/shell/monitoring/Messages/1\n"
        "   Told      last at 2026-11-22 11:00:00Z; these since then\n"
        "\n"
        "The records lie in s3://archive/mpl/v1/tenant=acme/dt=2026-11-22/, window 12Z.\n"
        "In Athena:\n"
        "   SELECT logend, integrationartifact.name, status, messageguid, errortext\n"
        "   FROM mpl\n"
        "   WHERE tenant = 'acme' AND dt IN ('2026-11-22')\n"
        "     AND status IN ('ESCALATED', 'FAILED')\n"
        "     AND logend >= '2026-11-22T12:00:00.000Z' AND logend < '2026-11-22T12:05:00.001Z'\n"
        "   ORDER BY logend\n"
    )
    assert digest.attributes == {
        "tenant": "acme",
        "kind": "failures",
        "severity": "escalated",
        "team": "unassigned",
        "artifact": ["Order_to_Cash"],
    }


def test_the_most_frequent_comes_first() -> None:
    """Who reads only the subject learns of the storm, not of the single failure beside it."""
    digest = digest_of(
        group(name="Rare", statuses={"FAILED": 1}), group(name="Storm", statuses={"FAILED": 9_000})
    )

    assert digest.subject == "[acme] NEW 9001 FAILED: Storm 9000, Rare 1"
    assert digest.body.index("1. Storm") < digest.body.index("2. Rare")


def test_what_is_not_known_is_not_written() -> None:
    """An empty line behind a name looks like something that got lost."""
    digest = digest_of(
        group(package="", sender="", receiver="", error="", link="", name="Order_to_Cash")
    )

    for word in ("Package", "Route", "Error", "Monitor", "Artifact", "None"):
        assert word not in digest.body


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("Empfänger nicht gefunden", "Empfanger nicht gefunden"),
        ("Größe", "Grosse"),
        ("a\tb\u2028c", "a b c"),
        ("\u201eStraße\u201c \u2013 5\xa0€", '"Strasse" - 5 EUR'),
        ("x" * 200, "x" * 59 + "..."),
    ],
)
def test_a_subject_is_ascii_on_one_short_line(error: str, shown: str) -> None:
    """SNS refuses a line break or a character too many, and mail breaks others."""
    subject = digest_of(group(error=error)).subject

    assert subject.startswith("[acme] NEW 2 FAILED: Order to Cash - ")
    assert subject.removeprefix("[acme] NEW 2 FAILED: Order to Cash - ")[: len(shown)] == shown


def test_a_name_that_ascii_cannot_show_is_told_by_the_id_of_the_artifact() -> None:
    """A row of question marks tells nobody anything; the body has the name as it is."""
    digest = digest_of(group(name="订单到现金", error="找不到订单"))

    assert digest.subject == "[acme] NEW 2 FAILED: Order_to_Cash"
    assert "1. 订单到现金: 2 FAILED, new" in digest.body
    assert "   Error     找不到订单" in digest.body


def test_a_long_name_of_a_tenant_does_not_eat_the_line() -> None:
    """It may have 63 characters; what failed, and why, has to stand beside it."""
    origin = Origin(tenant="a-tenant-with-a-very-long-name-that-says-all", bucket="b")
    told = Telling(
        group=group(name="A flow with quite a long name, too, as they have"), told_before=None
    )

    assert failures_digest([told], origin).subject == (
        "[a-tenant-with-a-v...] NEW 2 FAILED: A flow with quite a long name, too, a... - "
        "The receiver ans..."
    )


def test_escalations_come_first_then_what_is_new() -> None:
    """Who reads only the subject learns of what needs a person most."""
    digest = failures_digest(
        [
            Telling(group=group(name="Storm", statuses={"FAILED": 900}), told_before=NOON - HOUR),
            Telling(group=group(name="Fresh", statuses={"FAILED": 1}), told_before=None),
            Telling(group=group(name="Raised", statuses={"ESCALATED": 1}), told_before=NOON - HOUR),
        ],
        ORIGIN,
    )

    assert digest.subject == "[acme] NEW 1 ESCALATED, 901 FAILED: Raised 1, Fresh 1 and 1 more"
    assert digest.body.index("1. Raised") < digest.body.index("2. Fresh")
    assert digest.body.index("2. Fresh") < digest.body.index("3. Storm: 900 FAILED, again")


def test_a_digest_leads_to_the_alarm_and_to_what_to_do() -> None:
    """As links that a mail program makes clickable: alone at the end of a line."""
    origin = Origin(
        tenant="acme",
        bucket="b",
        alarm_url="https://console.example/alarm",
        runbook_url="https://wiki.example/mpl",
    )

    body = failures_digest([Telling(group=group(), told_before=None)], origin).body

    assert body.endswith(
        "\n\nAlarm: https://console.example/alarm\n"
        "What to do: https://wiki.example/mpl#messages-fail\n"
    )


def test_what_hides_in_names_and_texts_reaches_nobody() -> None:
    """A NUL makes SNS refuse the message, and with it every digest after; ESC obeys terminals."""
    evil = "a\0b\x1b[31mc\u202ed\nInjected: line"

    digest = digest_of(group(name=evil, error=evil, artifact=evil, package=evil, sender=evil))

    for text in (digest.subject, digest.body, *digest.attributes["artifact"]):
        assert not {"\0", "\x1b", "\u202e"} & set(text)
    assert digest.attributes["artifact"] == ["abcd Injected: line"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_fits(name: str, error: str) -> None:
    """Names and errors come from foreign systems."""
    digest = digest_of(group(name=name, error=error), group(name=error, error=name))

    for each in (digest.subject, digest_of(group(name=name, error=error)).subject):
        assert each.isascii()
        assert each.isprintable()
        assert 0 < len(each) <= SUBJECT_CHARACTERS
    assert len(digest.body.encode()) <= MESSAGE_BYTES


def test_a_thousand_kinds_of_long_names_fit() -> None:
    """Body and attributes together are what SNS limits."""
    groups = [group(name="ü" * 150 + str(n), artifact="ü" * 145 + str(n)) for n in range(3_000)]

    digest = digest_of(*groups)

    assert len(digest.body.encode()) + len(str(digest.attributes).encode()) < MESSAGE_BYTES
    assert "in 2920 more flows" in digest.body
