"""What is taken out of a customer's words, and what stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summary.masking import GONE, masked


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Call me: +358 40 123 4567, thanks", f"Call me: {GONE}, thanks"),
        ("040-1234567 tai 0401234567", f"{GONE} tai {GONE}"),
        ("(09) 310 1691", GONE),
        ("mail mikko.virtanen+x@example.co.uk.", f"mail {GONE}."),
        ("I am @mikko_v on Telegram, tell @all", f"I am {GONE} on Telegram, tell @all"),
        ("ticket T-1042 of 12.11.2026, room 204", "ticket T-1042 of 12.11.2026, room 204"),
        ("on 2026-11-16 at 9:30 for 1 250 euros", "on 2026-11-16 at 9:30 for 1 250 euros"),
        ("INV-20261116001 was wrong", "INV-20261116001 was wrong"),
        ("5 of 5, 100 %", "5 of 5, 100 %"),
        ("", ""),
    ],
)
def test_numbers_and_addresses(words: str, left: str) -> None:
    assert masked(words) == left


@pytest.mark.parametrize(
    ("words", "name", "left"),
    [
        ("Regards, Mikko Virtanen", "Mikko Virtanen", f"Regards, {GONE}"),
        ("mikko asked, Virtaselle ei vastattu", "Mikko Virtanen", f"{GONE} asked, Virtaselle ei vastattu"),
        ("Annalle ja Annan kissalle", "Anna", f"{GONE} ja {GONE} kissalle"),
        ("Li rang, livet är kort", "Li Ek", f"{GONE} rang, livet är kort"),
        ("O'Brien and O\u2019Brien", "Pat O'Brien", f"{GONE} and O\u2019Brien"),
        ("nothing of that kind", "", "nothing of that kind"),
        ("a.b* (c", "a.b* (c", GONE),
    ],
)
def test_the_stored_name(words: str, name: str, left: str) -> None:
    assert masked(words, name) == left


@given(st.text(), st.text(max_size=20))
def test_anything_can_be_masked_and_twice_is_once(words: str, name: str) -> None:
    once = masked(words, name)
    assert masked(once, name) == once


@given(st.from_regex(r"\+358 ?[1-9][0-9] ?[0-9]{3} ?[0-9]{4}", fullmatch=True), st.text(alphabet="abc ,.", max_size=9))
def test_no_finnish_number_stays(number: str, around: str) -> None:
    assert number not in masked(f"{around} {number} {around}")
