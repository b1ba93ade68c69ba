"""Members of a seal, checked for their type: a verifier trusts no writer."""

from collections.abc import Callable, Mapping


def text(value: object) -> str:
    """A text.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def number(value: object, *, least: int = 0) -> int:
    """A number of things.

    Raises:
        TypeError: It is no whole number.
        ValueError: It is too small.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    if value < least:
        raise ValueError("too small a number")
    return value


def numbers(value: object) -> Mapping[str, int]:
    """Numbers by name.

    Raises:
        TypeError, ValueError: They are none.
    """
    if not isinstance(value, dict):
        raise TypeError("not numbers by name")
    return {text(name): number(each) for name, each in value.items()}


def unless_none[T](read: Callable[[object], T], value: object) -> T | None:
    """A member that may be null."""
    return None if value is None else read(value)
