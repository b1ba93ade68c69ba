"""The gist of an error text is what a person can use of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.notifier.gist import gist


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\r\n  \n  Order   4711 not found \n", "Order 4711 not found"),
        ("java.io.IOException:\tdown\n\tat x.y.z(A.java:1)", "IOException: down"),
        ("at com.sap.it.A.b(A.java:12)\n\tat java.lang.Thread.run(T.java:1)\nNo route", "No route"),
        ("at com.sap.it.A.b(A.java:12)\n... 23 more", ""),
        ("----------\n==========\nNo route", "No route"),
        ("java.lang.NullPointerException\n\tat com.sap.A.b(A.java:1)", "NullPointerException"),
        ("a.b.C: a.b.D: a.b.E$Inner: The real thing", "The real thing"),
        ("The MPL ID for the failed message is : AGkiDL7n0d8VwGc0mqYl0bq1xJ3p", ""),
        ("Refused. The MPL ID for the failed message is : AGkiDL7n", "Refused."),
        ("Failed: {\n", "Failed: {"),
        ('{"error":{"message":"Locked"', "Locked"),
        ('{"d":{"results":[{"x":{"Reason":"Too late"}}]}}', "Too late"),
        ('{"a":1}', '{"a":1}'),
        ("<html><style>p {}</style><!-- x --><body>Bad &amp; worse</body>", "Bad & worse"),
        ("Exchange[]: order < 5 and {0} missing", "Exchange[]: order < 5 and {0} missing"),
        ("\x1b[31mcom.sap.it.X: down\x1b[0m", "X: down"),
        ("", ""),
    ],
)
def test_what_is_in_the_way_goes(text: str, said: str) -> None:
    """Classes, stacks, pages, wrappings, and what the tenant adds to each text."""
    assert gist(text) == said


@given(st.text(max_size=400))
def test_any_text_has_a_gist_on_one_line(text: str) -> None:
    """Texts come from foreign systems; none may stop the telling."""
    said = gist(text)

    assert said == " ".join(said.split())
    assert len(said) <= 1_000


@pytest.mark.parametrize(
    "text",
    [
        "a1" * 32_000,
        "a." * 32_000,
        "<" * 64_000,
        "{" * 64_000,
        '{"message":"' + "\\\\" * 32_000,
        "<title>" * 9_000,
        "<!--" * 16_000,
        "<html>" + "<title>" * 9_000,
        "<html>" + "<!--" * 16_000,
        "<html>" + "<script>" * 8_000,
        "<html>" + "<message" * 8_000,
        " " * 64_000 + "x",
        "\xa0\t" * 32_000,
        "a.b." + "$" * 64_000,
        "<script>" * 8_000,
        "at a" * 16_000,
        "\n" * 64_000,
        "(" * 64_000,
        "com.sap.A: " * 6_000,
        "Caused by: " * 6_000,
        '{"a":' * 12_000,
        "\x1b[" * 32_000,
    ],
)
@pytest.mark.timeout(20)  # a pattern that backtracks takes minutes; this does not judge speed
def test_a_long_text_comes_to_an_end(text: str) -> None:
    """64 kB of what a pattern could stumble over are bounded before anything is searched."""
    assert len(gist(text)) <= len(text)
