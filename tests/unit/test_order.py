"""The order in which several workers run the tests."""

from __future__ import annotations

from tests.conftest import dealt


def test_each_worker_begins_with_its_share_of_the_long_ones_and_nothing_is_lost() -> None:
    items = list(range(100))
    long = items[90:]
    ordered = dealt(items, long, 4)
    assert sorted(ordered) == items
    pieces = [ordered[start : start + 6] for start in (0, 6, 12, 18)]
    assert [[each for each in piece if each in long] for piece in pieces] == [
        [90, 94, 98],
        [91, 95, 99],
        [92, 96],
        [93, 97],
    ]
    assert all(piece[0] in long for piece in pieces)


def test_few_tests_that_are_all_long_are_dealt_too() -> None:
    assert sorted(dealt([1, 2, 3], [1, 2, 3], 4)) == [1, 2, 3]
    assert dealt([], [], 4) == []
