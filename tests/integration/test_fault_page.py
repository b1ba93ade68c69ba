"""The page of faults says what the tests have seen."""

from tests.support.faults.fault_page import PAGE, page


def test_the_page_is_the_table() -> None:
    """Else someone who is called at night reads what was true once."""
    assert PAGE.read_text(encoding="utf-8") == page()
