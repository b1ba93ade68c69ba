"""What a window holds, what of a batch is new, and how much goes into a part."""

from copy import replace

from hypothesis import given
from hypothesis import strategies as st

from mpl_export.archive.held import HeldVersions, batches
from mpl_export.model import Log
from tests.unit.samples import log


def version(state: int, rest: int) -> bytes:
    """A version id of this state and this rest."""
    return state.to_bytes(8) + rest.to_bytes(8)


def having(state: int, rest: int, size: int = 0) -> Log:
    """A log with this version, of so many bytes."""
    return replace(log(), version=version(state, rest), members=bytes(size))


def test_the_next_number_follows_what_was_read() -> None:
    """A put under it fails exactly if somebody wrote a part that is not known here."""
    held = HeldVersions()
    assert held.next_part == 0

    held.part_read(0, [version(1, 1)])
    assert held.next_part == 1

    held.part_read(4, [])
    held.part_read(2, [])
    assert held.next_part == 5


def test_what_is_held_is_not_missing() -> None:
    """Read again by the next run, stored never again."""
    held = HeldVersions()
    held.part_read(0, [version(1, 1), version(2, 1), version(2, 2)])

    assert held.missing([having(1, 1), having(2, 1), having(2, 2)]) == []
    assert len(held) == 3


def test_a_known_state_with_another_rest_is_amended() -> None:
    """A silent correction is kept, but is neither late nor told again."""
    held = HeldVersions()
    held.part_read(0, [version(1, 1)])
    amended, new = having(1, 2), having(2, 1)

    assert held.missing([amended, new]) == [(amended, True), (new, False)]


def test_duplicates_in_one_batch_count_once() -> None:
    """Pages overlap by a millisecond, so a batch may hold a row twice, or twice but amended."""
    held = HeldVersions()
    first, again, amended = having(1, 1), having(1, 1), having(1, 2)

    assert held.missing([first, again, amended, amended]) == [(first, False), (amended, True)]


def test_to_ask_changes_nothing() -> None:
    """What is missing is missing until a part with it was acknowledged."""
    held = HeldVersions()

    assert held.missing([having(1, 1)]) == held.missing([having(1, 1)]) != []
    assert len(held) == 0


def test_a_rest_is_compared_whole() -> None:
    """Rests of one state stand side by side; one that spans two of them is not held."""
    held = HeldVersions()
    one, other = bytes(range(8)), bytes(range(8, 16))
    held.part_read(0, [bytes(8) + one, bytes(8) + other])

    between = bytes(8) + (one + other)[4:12]
    found = held.missing([replace(log(), version=between)])

    assert [entry.version for entry, _ in found] == [between]


versions = st.builds(version, st.integers(0, 3), st.integers(0, 3))


@given(st.lists(versions), st.lists(versions))
def test_held_and_missing_are_a_difference_of_sets(known: list[bytes], asked: list[bytes]) -> None:
    """No more, no less; and each once, in the order in which they came."""
    held = HeldVersions()
    held.part_read(0, known)

    found = [entry.version for entry, _ in held.missing([replace(log(), version=v) for v in asked])]

    assert found == [v for v in dict.fromkeys(asked) if v not in known]
    assert len(held) == len(known)


@given(
    st.lists(st.integers(0, 50), max_size=40),
    st.integers(1, 10),
    st.integers(1, 100),
)
def test_batches_are_bounded_and_lose_nothing(sizes: list[int], logs: int, size: int) -> None:
    """A part is in memory whole; a single log beyond the bound is still stored, alone."""
    missing = [(having(number, 0, one), False) for number, one in enumerate(sizes)]

    cut = list(batches(missing, most_logs=logs, most_bytes=size))

    assert [entry for batch in cut for entry in batch] == missing
    for batch in cut:
        assert 1 <= len(batch) <= logs
        assert len(batch) == 1 or sum(len(entry.members) for entry, _ in batch) <= size


def test_batches_are_not_smaller_than_they_have_to_be() -> None:
    """Each part is a request, an event and a line in a listing."""
    missing = [(having(number, 0, 10), False) for number in range(6)]

    by_logs = [len(batch) for batch in batches(missing, most_logs=4, most_bytes=1000)]
    by_bytes = [len(batch) for batch in batches(missing, most_logs=100, most_bytes=30)]

    assert by_logs == [4, 2]
    assert by_bytes == [3, 3]
