"""The digest of mutes that mute nothing."""

from mpl_export.notifier.digest import Origin
from mpl_export.notifier.muted import MuteNotice
from mpl_export.notifier.mutes_digest import idle_mutes_digest
from mpl_export.rules.mutes import Mute
from mpl_export.rules.parse import parse_rules
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY

ORIGIN = Origin(tenant="acme", bucket="archive")


def mutes() -> list[Mute]:
    """Three mutes."""
    rules = parse_rules(
        "".join(
            f'[[mute]]\nname = "{name}"\nartifact = "x"\n'
            f'until = 2026-12-24T00:00:00Z\nreason = "{name} is down"\n'
            for name in ("crm", "erp", "pos")
        )
    )
    return list(rules.mutes)


def test_each_is_told_with_its_reason_and_its_end() -> None:
    """And since when: of one that never muted anything, since it was seen."""
    crm, erp, _ = mutes()
    digest = idle_mutes_digest(
        [
            (crm, MuteNotice(since=NOON, matched=NOON + DAY)),
            (erp, MuteNotice(since=NOON)),
        ],
        ORIGIN,
        ["sales", "finance"],
    )

    assert digest.subject == "[acme] crm, erp muted nothing for 30 days"
    blocks = digest.body.split("\n\n")
    assert blocks[0] == (
        "crm has muted nothing since 2026-11-23 12:00:00Z.\n"
        "   Reason    crm is down\n"
        "   Ends      2026-12-24 00:00:00Z"
    )
    assert blocks[1].startswith("erp has muted nothing since 2026-11-22 12:00:00Z.")
    assert "every 30 days" in blocks[2]


def test_it_is_told_as_what_it_is_to_all_teams() -> None:
    """Subscriptions filter by kind, severity and team; it is about no artifact."""
    crm, *_ = mutes()
    digest = idle_mutes_digest([(crm, MuteNotice(since=NOON))], ORIGIN, ["sales", "finance"])

    assert digest.attributes["kind"] == "mutes"
    assert digest.attributes["severity"] == "idle"
    assert digest.attributes["team"] == ["sales", "finance"]
    assert "artifact" not in digest.attributes


def test_many_are_few_words_in_the_subject() -> None:
    """The body names all of them."""
    digest = idle_mutes_digest(
        [(mute, MuteNotice(since=NOON)) for mute in mutes()], ORIGIN, ["sales"]
    )

    assert digest.subject == "[acme] crm, erp and 1 more muted nothing for 30 days"
    assert digest.body.count("has muted nothing") == 3
