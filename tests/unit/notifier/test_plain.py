"""Foreign text reaches people as text: nothing of it obeys anybody, hides or turns around."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.notifier.plain import cut, one_line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("H\0T\0T\0P", "HTTP"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1bc", "c"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066a\u2069\u200eb\u200f", "ab"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\ufffe\uffff\U000e0041", ""),
        ("a\r\nb\rc\x85d\u2028e\vf", "a\nb\nc\nd\ne\nf"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("Straße, 订单, 👩‍🔧", "Straße, 订单, 👩‍🔧"),
    ],
)
def test_what_only_a_machine_obeys_goes(text: str, shown: str) -> None:
    """A terminal, a mail program or SNS would act on it, or refuse the whole message."""
    assert plain(text) == shown


@given(st.text(alphabet=st.characters(), max_size=200))
def test_no_text_keeps_a_character_that_xml_or_sns_refuses(text: str) -> None:
    """Of control characters only tab and line feed are left, and never half a character."""
    shown = plain(text)

    assert {each for each in shown if unicodedata.category(each) in {"Cc", "Cs"}} <= {"\t", "\n"}
    assert plain(shown) == shown
    assert "\n" not in one_line(text)
    shown.encode()


@given(st.text(max_size=50), st.integers(min_value=10, max_value=60))
def test_what_is_cut_stays_text(text: str, most: int) -> None:
    """A broken character would make SNS refuse the message."""
    shown = cut(text, most)

    assert len(shown.encode()) <= most
    if len(text.encode("utf-8", "replace")) <= most:
        assert shown == text.encode("utf-8", "replace").decode()
    else:
        assert shown.endswith("[cut]\n")
