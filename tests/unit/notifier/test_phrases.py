"""What adapters say in many words, in few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.notifier.phrases import in_few_words

INVOKING = "HTTP operation failed invoking http://crm.example:8080/x with statusCode: 400"
CONVERSION = (
    "Error during type conversion from type: java.lang.String to the required type: x.y.Document"
)


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("An internal server error occured: No route", "No route"),
        ("An internal server error occurred: No route", "No route"),
        ("Message processing failed. No route", "No route"),
        ("Message processing failed. ", "Message processing failed. "),
        ("An internal server error occured: Message processing failed. No route", "No route"),
        (f"{CONVERSION} with value abc due to No prolog", "No prolog"),
        (f"{CONVERSION} due to lineNumber: 1; columnNumber: 1; No prolog", "No prolog"),
        ("The cause: org.apache.camel.CamelException: No route", "The cause: No route"),
        ("a.B: No route", "a.B: No route"),
        (
            "HTTP operation failed invoking https://crm.example/orders?id=7 with statusCode: 503",
            "HTTP 503 from crm.example",
        ),
        (f"{INVOKING}.", "HTTP 400 from crm.example:8080"),
        (f"{INVOKING}., response: Locked", "HTTP 400 from crm.example:8080: Locked"),
        (f"{INVOKING}, body: Locked", "HTTP 400 from crm.example:8080: Locked"),
        (f"{INVOKING}, response body: Locked", "HTTP 400 from crm.example:8080: Locked"),
        (f"{INVOKING}, responseBody: Locked", "HTTP 400 from crm.example:8080: Locked"),
        (
            "HTTP Request failed with error : Service Unavailable, HTTP status code : 503",
            "HTTP 503: Service Unavailable",
        ),
        ("HTTP Request failed with error: Bad, 400, response: Locked", "HTTP 400: Locked"),
        ("Connection refused (Connection refused)", "Connection refused"),
        ("Connection refused (Connection reset)", "Connection refused (Connection reset)"),
        ("ab (ab)", "ab (ab)"),
        ("No such property: x@ line 7", "No such property: x at line 7"),
        ("mail to me@ line x", "mail to me@ line x"),
        ("Order 4711 not found", "Order 4711 not found"),
        ("", ""),
    ],
)
def test_what_every_message_of_its_kind_says_goes(said: str, short: str) -> None:
    """A subject has room for sixty characters, and these phrases would take them all."""
    assert in_few_words(said) == short


@given(st.text(max_size=300))
def test_what_is_short_stays_short(said: str) -> None:
    """Nothing is added to what is not one of the phrases."""
    assert len(in_few_words(said)) <= len(said) + said.count("@ line ") * 2


@pytest.mark.parametrize(
    "said",
    [
        "a." * 5_000,
        "Error during type conversion from type: x to the required type: y with value " * 200,
        "HTTP Request failed with error: " * 300,
        "abc" * 5_000 + " (" + "abc" * 5_000,
    ],
    ids=["dots", "conversions", "requests", "twice"],
)
@pytest.mark.timeout(20)  # a pattern that backtracks takes minutes; this does not judge speed
def test_a_long_text_comes_to_an_end(said: str) -> None:
    """Texts come from foreign systems; none may stop the telling."""
    assert len(in_few_words(said)) <= len(said)
