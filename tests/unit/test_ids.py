"""Ids are twenty digits that begin with their time, so that rows stay near their neighbours."""

import time

from storage.tokens import RandomIds

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def number(digits: str) -> int:
    found = 0
    for digit in digits:
        found = 32 * found + ALPHABET.index(digit)
    return found


def test_an_id_begins_with_its_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    first = RandomIds().new()
    after = time.time_ns() // 1_000_000
    assert len(first) == 20
    assert before <= number(first[:9]) <= after
    assert number(first[9:]) < 2**55


def test_many_ids_differ_and_grow() -> None:
    ids = RandomIds()
    made = [ids.new() for _ in range(2000)]
    assert made == sorted(set(made))
    assert len({one[9:] for one in made}) == len(made)
    assert {digit for one in made for digit in one[9:]} == set(ALPHABET)
