"""What values that hold key material have in common."""

from typing import Never, SupportsIndex


class Confidential:
    """A value that holds key material: it cannot be pickled, nor copied by way of pickling.

    So it does not slip into a queue, a cache file or a child process by accident.  Fields that are
    secret are declared with ``repr=False``.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError(f"{type(self).__name__} holds key material and is not pickled")
