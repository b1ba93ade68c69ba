"""The tree of errors: drawn at the top of its module, and true."""

import re
from datetime import timedelta

import pytest

from mpl_export import errors
from mpl_export.errors import (
    ConfigurationError,
    ExportError,
    ServiceKeyError,
    TemporaryError,
    TenantThrottledError,
    UnexpectedResponseError,
)


def drawn() -> dict[str, str]:
    """Each error of the drawing with the one that it is drawn below."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for indent, name in re.findall(r"^( *)\* (\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(indent) // 2
        above[depth:] = [name]
        parents[name] = above[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_is_drawn_as_it_is() -> None:
    """A reader learns the failure model from fifteen lines; they must be the right ones."""
    classes = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }

    assert drawn() == classes


def test_everybody_who_may_have_to_act_has_a_branch() -> None:
    """Three ways to act, and no error belongs to two of them."""
    branches = {ConfigurationError, TemporaryError, UnexpectedResponseError}

    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, ExportError) and kind is not ExportError:
            assert sum(issubclass(kind, branch) for branch in branches) == 1, kind


@pytest.mark.parametrize(
    ("wait", "words"),
    [(None, "an unnamed time"), (timedelta(seconds=90), "90 s"), (timedelta(0), "0 s")],
)
def test_a_throttled_run_says_how_long_it_was_to_wait(wait: timedelta | None, words: str) -> None:
    """The log line has to tell a limit that passes from one that does not."""
    error = TenantThrottledError(wait)

    assert words in str(error)
    assert error.retry_after == wait


def test_a_service_key_error_names_the_member() -> None:
    """The operator corrects one member, not the whole key."""
    assert "member 'url' of the service key is missing" in str(
        ServiceKeyError("is missing", member="url")
    )
    assert str(ServiceKeyError("is no JSON")) == "the service key is no JSON"
