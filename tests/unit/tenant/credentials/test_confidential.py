"""Values that hold key material stay where they are."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from mpl_export.tenant.credentials.confidential import Confidential


@dataclass(frozen=True, slots=True)
class Key(Confidential):
    """A value with a secret."""

    secret: str = field(repr=False)


@pytest.mark.parametrize(
    "leave", [pickle.dumps, copy.copy, copy.deepcopy, lambda key: pickle.dumps({"deep": [key]})]
)
def test_it_does_not_leave_the_process_by_accident(leave: Callable[[Key], object]) -> None:
    """Pickle is how values reach queues, caches and children; the error knows the type only."""
    with pytest.raises(TypeError, match="Key holds key material and is not pickled") as caught:
        leave(Key("hunter2"))

    assert "hunter2" not in str(caught.value)


def test_it_is_a_value_all_the_same() -> None:
    """It is compared and replaced as any other."""
    assert replace(Key("a"), secret="b") == Key("b") != Key("a")
    assert not hasattr(Key("a"), "__dict__")
