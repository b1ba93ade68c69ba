"""Where things stand in a file."""

from mpl_export.rules.lines import Lines

TEXT = '''# a comment
default = "x"
[owners]
"a.b" = "t"
'c d' = "t"

[[route]]  # first
team = "t"
[[route]]
text = """
team = "not a key"
"""
team = "t"
header.Country = "DE"
[[mute]]
name = "n"
[mute.header]
Country = "DE"
'''


def test_tables_and_keys_are_found() -> None:
    """Also what is quoted, dotted or stands after a long text."""
    lines = Lines(TEXT)

    assert lines.of("", 0, "default") == 2
    assert lines.of("owners") == 3
    assert lines.of("owners", 0, "a.b") == 4
    assert lines.of("owners", 0, "c d") == 5
    assert (lines.of("route", 0), lines.of("route", 1)) == (7, 9)
    assert (lines.of("route", 0, "team"), lines.of("route", 1, "team")) == (8, 13)
    assert lines.of("route", 1, "header") == 14
    assert lines.of("mute", 0, "header") == 17


def test_what_is_missing_is_looked_for_at_its_table() -> None:
    """And what has no table, at the top."""
    lines = Lines(TEXT)

    assert lines.of("route", 1, "status") == 9
    assert lines.of("mask", 3, "name") == 1
