"""Where the owner's messages go, and what each place is told of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address, parse_address
from bot.destinations import (
    LIMITS,
    LONGEST_KEY,
    Destination,
    concerned,
    doubled,
    listed,
    parse_destination,
    parse_destinations,
)
from bot.errors import WrongUse

HERE = Address("webchat", "owner", user="owner")


@given(st.sampled_from(LIMITS), st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40))
def test_a_limited_place_reads_as_it_was_written(limit: str, key: str) -> None:
    place = Destination(HERE, limit, key)
    places = (place, Destination(parse_address("webchat:other")))
    assert parse_destinations(listed(places), {}) == places


def test_a_place_that_stands_twice_counts_once_as_it_stands_first() -> None:
    written = "slack:C01?team=A,webchat:owner,slack:C01?team=B,slack:C01@U42"
    found = parse_destinations(written, {"slack": "T1"})
    assert [str(one) for one in found] == ["slack:C01?team=A", "webchat:owner"]
    assert str(doubled([parse_destination(part) for part in written.split(",")])) == "slack:C01?team=B"
    assert doubled(found) is None


def test_a_topic_is_a_place_of_its_own() -> None:
    assert len(parse_destinations("telegram:-100,telegram:-100/5?team=A,telegram:-100/6?team=B", {})) == 3


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
