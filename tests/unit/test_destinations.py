"""Where the owner's messages go, and what each place is told of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address, parse_address
from bot.destinations import LIMITS, LONGEST_KEY, Destination, concerned, listed, parse_destination, parse_destinations
from bot.errors import WrongUse

HERE = Address("webchat", "owner", user="owner")


@given(st.sampled_from(LIMITS), st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40))
def test_a_limited_place_reads_as_it_was_written(limit: str, key: str) -> None:
    place = Destination(HERE, limit, key)
    assert parse_destinations(listed((place, Destination(HERE))), {}) == (place, Destination(HERE))


def test_places_speak_as_the_account_of_their_channel() -> None:
    [place] = parse_destinations("slack:C0123?team=Billing and more", {"slack": "T1"})
    assert (place.address.account, place.limit, place.key) == ("T1", "team", "Billing and more")


def test_a_place_in_a_group_is_written_without_a_person() -> None:
    assert str(Destination(parse_address("slack:C0123@U42"))) == "slack:C0123"


@pytest.mark.parametrize(
    "written",
    ["slack:C0123?", "slack:C0123?team", "slack:C0123?team= ", "slack:C0123?agent=Anna", "webchat:owner?team=a%00b",
     f"webchat:owner?team={'x' * (LONGEST_KEY + 1)}", "nowhere:1?team=Billing"],
)  # fmt: skip
def test_what_limits_to_nothing_known_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(WrongUse, match="form"):
        parse_destination(written)


def test_an_answer_goes_to_its_team_and_else_to_those_who_read_all() -> None:
    owner = Destination(HERE)
    billing = Destination(parse_address("webchat:billing"), "team", "Billing")
    vip = Destination(parse_address("webchat:vip"), "tag", "vip")
    places = (owner, billing, vip)
    assert concerned(places, "Billing", ("vip",)) == (billing, vip)
    assert concerned(places, "Delivery") == (owner,)
    assert concerned((billing,), "Delivery") == ()
    assert owner.tells_of(None, (), None)
    assert not billing.tells_of(None, ("Billing",), "Billing")
