"""What it means when the API refuses a request, and who has to act."""

import pytest

from mpl_export.errors import AccessRefusedError, ServiceKeyError, UnexpectedResponseError
from mpl_export.tenant.odata.refusals import (
    NothingThereError,
    RefusedQueryError,
    TokenRefusedError,
    no_api_there,
    refused,
    unexpected_refusal,
)


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_does_not_open_the_api_lacks_a_role(status: int) -> None:
    """The message names the plan, the role and how long a change takes."""
    error = refused(status)

    assert isinstance(error, AccessRefusedError)
    assert f"({status})" in str(error)
    for words in ("plan api", "MonitoringDataRead", "an hour"):
        assert words in str(error)


def test_only_a_refused_token_is_worth_another_one() -> None:
    """With 403 another token would have the same rights."""
    assert isinstance(refused(401), TokenRefusedError)
    assert not isinstance(refused(403), TokenRefusedError)


def test_a_refused_query_and_a_missing_thing_are_the_callers_to_judge() -> None:
    """A query may be asked otherwise, and a log without a text is none."""
    assert isinstance(refused(400), RefusedQueryError)
    assert isinstance(refused(404), NothingThereError)


@pytest.mark.parametrize("status", [406, 414, 418, 501])
def test_a_status_that_nobody_expected_is_named(status: int) -> None:
    """To guess what it means would be worse than to say that we do not know."""
    error = refused(status)

    assert isinstance(error, UnexpectedResponseError)
    assert str(status) in str(error)


def test_a_query_that_is_refused_in_every_form_is_ours_to_mend() -> None:
    """So the message asks for a report."""
    assert "please report" in str(unexpected_refusal())


def test_a_host_without_the_api_is_the_wrong_key() -> None:
    """The key of plan integration-flow has another URL; that is the usual mistake."""
    error = no_api_there("a.example")

    assert isinstance(error, ServiceKeyError)
    assert error.member == "url"
    assert "a.example" in str(error)
    assert "plan api, not integration-flow" in str(error)
