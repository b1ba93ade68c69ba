"""Masks reach all that may be masked, and nothing that tells two versions apart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.properties import FLAGS, TEXTS
from mpl_export.rules.masking import NO_MASKS
from mpl_export.rules.parse import parse_rules
from mpl_export.version import version_of

CANARY = "DE89370400440532013000"
MASKS = parse_rules(
    r"""
    [[mask]]
    name = "iban"
    pattern = '\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b'
    [[mask]]
    name = "token"
    header = ["Authorization", "X-*-Token"]
    [[mask]]
    name = "customer"
    header = "Customer*"
    leave_out = true
    """
).masks


def test_a_pattern_is_masked_wherever_masks_reach() -> None:
    """Deep inside of what nobody knows, too, and in a number."""
    masked = MASKS.record(
        {
            "ErrorText": f"account {CANARY} is closed",
            "CustomHeaderProperties": [{"Name": "Account", "Value": CANARY}],
            "AdapterAttributes": [{"Name": "Account", "Value": f"x {CANARY}"}],
            "NewMember": {"of": ["the", {"next": f"{CANARY}, {CANARY}"}], "n": 7, "t": True},
            "IntegrationArtifact": {"Id": "i", "New": CANARY},
            "Raw": json.dumps({"Sender": CANARY, "É": f"\u00e9 {CANARY}"}),
        }
    )

    assert CANARY not in json.dumps(masked)
    assert masked["ErrorText"] == "account [masked: iban] is closed"
    assert masked["CustomHeaderProperties"] == [{"Name": "Account", "Value": "[masked: iban]"}]
    assert masked["NewMember"]["n"] == 7
    assert masked["NewMember"]["t"] is True
    assert json.loads(masked["Raw"])["É"] == "é [masked: iban]"


def test_a_number_that_fits_is_masked() -> None:
    """A tenant may show an account as one."""
    masks = parse_rules("[[mask]]\nname = 'n'\npattern = '\\d{8}'\n").masks

    assert masks.record({"Account": 12345678, "n": 1.5}) == {"Account": "[masked: n]", "n": 1.5}


def test_a_header_is_masked_or_left_out_by_its_name() -> None:
    """In lists, in members of that name, and in rows that could not be read."""
    raw = {
        "CustomHeaderProperties": {"results": [{"Name": "x-api-token", "Value": "s3"}]},
        "CustomerId": "s4",
    }
    masked = MASKS.record(
        {
            "CustomHeaderProperties": [
                {"Name": "authorization", "Value": "s1"},
                {"Name": "CustomerName", "Value": "s2"},
                {"Name": "Country", "Value": "DE"},
                {"Name": "X-Api-Token", "Value": None},
            ],
            "CustomerNumber": 5,
            "Raw": json.dumps(raw),
        }
    )

    assert masked["CustomHeaderProperties"] == [
        {"Name": "authorization", "Value": "[masked: token]"},
        {"Name": "Country", "Value": "DE"},
        {"Name": "X-Api-Token", "Value": None},
    ]
    assert "CustomerNumber" not in masked
    assert json.loads(masked["Raw"]) == {
        "CustomHeaderProperties": {"results": [{"Name": "x-api-token", "Value": "[masked: token]"}]}
    }


def test_a_header_of_any_name_keeps_its_name() -> None:
    """``*`` is about values; the word Name is no header."""
    masks = parse_rules("[[mask]]\nname = 'all'\nheader = '*'\n").masks

    assert masks.record({"AdapterAttributes": [{"Name": "a", "Value": "b"}]}) == {
        "AdapterAttributes": [{"Name": "a", "Value": "[masked: all]"}]
    }


def test_a_pattern_may_be_for_some_places() -> None:
    """What is an order's number in a header may be anything in a text."""
    masks = parse_rules("[[mask]]\nname = 'n'\npattern = '\\d+'\nin = 'ErrorText'\n").masks

    assert masks.record({"ErrorText": "7", "New": "7", "Raw": '"7"'}) == {
        "ErrorText": "[masked: n]",
        "New": "7",
        "Raw": '"7"',
    }


@pytest.mark.parametrize("raw", ["no JSON " + CANARY, "[" * 5000 + CANARY])
def test_what_cannot_be_looked_into_is_masked_as_text(raw: str) -> None:
    """Nothing passes for being broken, or deep."""
    assert CANARY not in MASKS.raw(raw)


def test_what_lies_too_deep_is_masked_as_text() -> None:
    """A hundred levels down."""
    value: object = CANARY
    for _ in range(100):
        value = [value]

    assert CANARY not in json.dumps(MASKS.record({"New": value}))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**9) | st.text("AZ019 ", max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {"MessageGuid": st.text(min_size=1)},
    optional={
        **dict.fromkeys((name for name in TEXTS if name != "MessageGuid"), st.text(max_size=9)),
        **dict.fromkeys(FLAGS, st.booleans()),
        "New": VALUES,
        "Customer": VALUES,
        "IntegrationArtifact": st.fixed_dictionaries({"Id": st.just(CANARY)}),
    },
)


@given(record=RECORDS)
def test_no_mask_makes_another_version(record: dict[str, object]) -> None:
    """Whatever the masks, the id is the same, and what is known stays as it is."""
    masks = parse_rules(
        "[[mask]]\nname = 'all'\npattern = '[A-Z0-9]+'\n[[mask]]\nname = 'h'\nheader = '*'\n"
    ).masks

    masked = masks.record(record)

    assert version_of(masked) == version_of(record)
    assert all(masked[name] == record[name] for name in record if name in (*TEXTS, *FLAGS))


def test_no_masks_are_none() -> None:
    """Then no record has to be looked at."""
    assert not NO_MASKS
    assert MASKS
