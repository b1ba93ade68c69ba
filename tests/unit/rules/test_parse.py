"""A file is understood as a whole, or refused with every line and reason."""

import pytest

from mpl_export.rules.parse import parse_rules
from mpl_export.rules.problems import RulesError

MUTE = 'name = "n"\nreason = "r"\n'
UNTIL = "until = 2026-12-01T06:00:00Z\n"


def refused(text: str) -> list[str]:
    """What is wrong with a text."""
    with pytest.raises(RulesError) as refusal:
        parse_rules(text)
    return [str(each) for each in refusal.value.problems]


def test_an_empty_file_is_no_rules() -> None:
    """So that they can be taken back."""
    rules = parse_rules("# nothing\n")

    assert (rules.routes, rules.mutes, bool(rules.masks)) == ([], [], False)


def test_everything_that_is_wrong_is_said_at_once_in_order() -> None:
    """Nobody wants to put a file five times."""
    found = refused(
        'teem = 1\n[owners]\n"a" = 3\n[[route]]\nteam = "x y"\n[[mute]]\n' + MUTE + 'text = "t"\n'
    )

    assert [each.split(":")[0] for each in found] == ["line 1", "line 3", "line 5", "line 6"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = =\n", 2, "is no TOML"),
        ("a = 'x", 1, "is no TOML"),
        ("[route]\nteam = 't'\n", 1, "write [[route]]"),
        ("route = 3\n", 1, "write [[route]]"),
        ("owners = 3\n", 1, "write [owners]"),
        ("default = 'a b'\n", 1, "letters, digits"),
        ("default = 'unassigned'\n", 1, "no rule gives"),
        ("[owners]\n'' = 't'\n", 2, "a text, or a list"),
        ("[[route]]\nteam = 't'\n", 1, "does not say what goes to a team"),
        ("[[route]]\nartifact = '*'\n", 1, "lacks 'team'"),
        ("[[route]]\nteam = []\nartifact = '*'\n", 2, "a text, or a list of texts"),
        ("[[route]]\nteam = 't'\nartifact = 7\n", 3, "a text, or a list of texts"),
        ("[[route]]\nteam = 't'\ntext = '/(a+)+/'\n", 3, "groups"),
        ("[[route]]\nteam = 't'\nheader = 'x'\n", 3, "header is a table"),
        ("[[route]]\nteam = 't'\nheader = {a = 1}\n", 3, "header a must be"),
        ("[[route]]\nteam = 't'\nstatus = '*'\nnmae = 1\n", 4, "has no 'nmae'"),
        ("[[mute]]\n" + MUTE + UNTIL, 1, "does not say what is muted"),
        ("[[mute]]\n" + MUTE + "artifact = '*'\n", 1, "a mute has to end"),
        ("[[mute]]\n" + MUTE + "artifact = '*'\nuntil = 2026-12-01\n", 5, "with its zone"),
        ("[[mute]]\n" + MUTE + "artifact = '*'\nuntil = 2026-12-01T06:00:00\n", 5, "its zone"),
        ("[[mute]]\n" + MUTE + "artifact = '*'\nuntil = 'soon'\n", 5, "with its zone"),
        (
            "[[mute]]\n" + MUTE + UNTIL + "artifact = '*'\nfrom = 2026-12-01T06:00:00Z\n",
            4,
            "before it begins",
        ),
        (
            "[[mute]]\n" + MUTE + UNTIL + "artifact = '*'\nfrom = 2025-01-01T00:00:00Z\n",
            4,
            "within 366 days",
        ),
        ("[[mute]]\nreason = 'r'\nartifact = '*'\n" + UNTIL, 1, "lacks 'name'"),
        ("[[mute]]\nname = 'n'\nartifact = '*'\n" + UNTIL, 1, "lacks 'reason'"),
        ("[[mute]]\nname = 'n'\nreason = ' '\nartifact = '*'\n" + UNTIL, 3, "1 to 300"),
        ("[[mute]]\nname = 'n'\nreason = \"a\\nb\"\nartifact = '*'\n" + UNTIL, 3, "one line"),
        ("[[mute]]\nname = 'a b'\nreason = 'r'\nartifact = '*'\n" + UNTIL, 2, "letters"),
        ("[[mask]]\nname = 'm'\n", 2, "either a pattern or a header"),
        ("[[mask]]\nname = 'm'\npattern = 'a'\nheader = 'b'\n", 2, "either"),
        ("[[mask]]\nname = 'm'\npattern = 'ba.*b'\n", 3, "without a bound"),
        ("[[mask]]\nname = 'm'\npattern = 'a'\nleave_out = true\n", 4, "only a header"),
        ("[[mask]]\nname = 'm'\npattern = 'a'\nin = 'Body'\n", 4, "masks reach ErrorText"),
        ("[[mask]]\nname = 'm'\nheader = 'a'\nin = 'Raw'\n", 4, "leave out in"),
        ("[[mask]]\nname = 'm'\nheader = 'a'\nleave_out = 'yes'\n", 4, "true or false"),
        ("[[mask]]\nname = 'm'\nheader = ''\n", 3, "a text, or a list"),
        ("# " + "x" * (129 << 10), 1, "larger than 128 kB"),
    ],
)
def test_a_refusal_names_line_and_reason(text: str, line: int, reason: str) -> None:
    """In words that say what to write."""
    found = refused(text)

    assert any(each.startswith(f"line {line}:") and reason in each for each in found), found


@pytest.mark.parametrize(
    "member", ["MessageGuid", "LogEnd", "Status", "Sender", "ApplicationMessageId", "CorrelationId"]
)
def test_a_member_of_the_digest_cannot_be_masked(member: str) -> None:
    """Each row that is read again would be new."""
    for of_mask in (f"pattern = 'a'\nin = ['ErrorText', '{member}']", f"header = '{member}'"):
        (problem,) = refused(f"[[mask]]\nname = 'm'\n{of_mask}\n")

        assert f"names {member}, which is part of what tells two versions" in problem
        assert "stored again" in problem


def test_two_mutes_do_not_share_a_name() -> None:
    """What is muted is counted by it."""
    mute = "[[mute]]\n" + MUTE + UNTIL + "artifact = '*'\n"

    assert refused(mute + mute) == ["line 7: 'n' is the name of another mute"]


def test_a_kind_of_rule_has_a_bound() -> None:
    """Each failure is held against each rule."""
    (problem,) = refused("[[route]]\nteam = 't'\nartifact = 'a'\n" * 501)

    assert "more than 500" in problem


def test_instants_are_taken_in_any_zone() -> None:
    """And kept in UTC."""
    rules = parse_rules("[[mute]]\n" + MUTE + "artifact = '*'\nuntil = 2026-12-01T07:00:00+01:00\n")

    assert rules.mutes[0].until.isoformat() == "2026-12-01T06:00:00+00:00"


def test_a_table_is_judged_by_itself() -> None:
    """What is wrong with one before hides nothing of it."""
    found = refused("[[route]]\nteam = 'x y'\nartifact = '*'\n[[route]]\nteam = 't'\n")

    assert [each.split(":")[0] for each in found] == ["line 2", "line 4"]
