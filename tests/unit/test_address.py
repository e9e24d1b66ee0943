"""Addresses as people type them: each form of SURFACE.md, and what must not pass for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address, parse_address
from bot.errors import WrongUse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("webchat:mikko", Address("webchat", "mikko", user="mikko")),
        ("webchat:a.b_c~d-9", Address("webchat", "a.b_c~d-9", user="a.b_c~d-9")),
        ("webchat:new", Address("webchat", "new")),
        ("telegram:new", Address("telegram", "new")),
        ("telegram:123", Address("telegram", "123")),
        ("telegram:-100123", Address("telegram", "-100123")),
        ("telegram:-100123/7", Address("telegram", "-100123", thread="7")),
        ("telegram:-100123@42", Address("telegram", "-100123", user="42")),
        ("telegram:-100123/7@42", Address("telegram", "-100123", thread="7", user="42")),
        ("slack:U0ABC", Address("slack", "U0ABC")),
        ("slack:C0ABC", Address("slack", "C0ABC")),
        ("slack:C0ABC/1700000000.000100", Address("slack", "C0ABC", thread="1700000000.000100")),
        ("slack:C0ABC@W0DEF", Address("slack", "C0ABC", user="W0DEF")),
        ("slack:C0ABC/17.1@U0DEF", Address("slack", "C0ABC", thread="17.1", user="U0DEF")),
    ],
)
def test_forms(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(f"  {text}\n") == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ":", "webchat", "webchat:", "telegram:", "slack:", "mail:a@b.c", "Telegram:1", "new", ":new",
        "telegram:abc", "telegram:--1", "telegram:1/2/3", "telegram:1@", "telegram:1/", "telegram:1@2@3", "telegram:@5",
        "telegram:1 2", "telegram:1\n2", "telegram:+1", "telegram:1.5", "telegram:1@-5", "telegram:NEW",
        "telegram:\uff11\uff12", "telegram:1/٣", "telegram:007", "telegram:0",
        "slack:u0abc", "slack:X0ABC", "slack:C0ABC/abc", "slack:C0ABC/17", "slack:C0ABC@C0DEF", "slack:<!channel>",
        "slack:C0ABC/\uff11.1", "slack:#general",
        "webchat:a b", "webchat:a|b", "webchat:a/b", "webchat:../x", "webchat:<script>", "webchat:ä", "webchat:-x",
        "webchat:a\x00", "webchat:'; drop table invitation; --", "webchat:new:new",
        "webchat:" + "a" * 129, "telegram:" + "1" * 21, "slack:C" + "A" * 31,
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(WrongUse, match="form"):
        parse_address(text)


@pytest.mark.parametrize("channel", ["webchat", "telegram", "slack", "smoke"])
def test_absurd_length_is_refused_in_a_readable_sentence(channel: str) -> None:
    with pytest.raises(WrongUse) as refused:
        parse_address(f"{channel}:{'x ' * 500_000}")
    assert len(str(refused.value)) < 400


typed = st.one_of(
    st.from_regex(r"\Awebchat:[A-Za-z0-9][A-Za-z0-9._~-]{0,127}\Z"),
    st.from_regex(r"\Atelegram:[1-9][0-9]{0,15}\Z"),
    st.from_regex(r"\Atelegram:-[1-9][0-9]{0,15}(/[1-9][0-9]{0,5})?(@[1-9][0-9]{0,9})?\Z"),
    st.from_regex(r"\Aslack:[UWC][A-Z0-9]{2,10}(/[0-9]{1,10}\.[0-9]{1,6})?(@[UW][A-Z0-9]{2,10})?\Z"),
)


@given(typed)
def test_round_trip(text: str) -> None:
    address = parse_address(text)
    again = parse_address(str(address))
    assert again == address
    assert again.key == address.key


@given(st.text(max_size=40), st.sampled_from(["webchat:", "telegram:", "slack:", ""]))
def test_any_text_is_an_address_or_wrong_use(text: str, channel: str) -> None:
    try:
        address = parse_address(channel + text)
    except WrongUse:
        return
    assert str(address) == (channel + text).strip()
    assert address.key.count("|") == 4


@pytest.mark.parametrize("text", ["telegram:42@42", "slack:U0ABC@U0ABC"])
def test_one_person_in_their_own_conversation_has_one_key(text: str) -> None:
    alone = text.partition("@")[0]
    assert parse_address(text).key == parse_address(alone).key


def test_keys_tell_places_and_people_apart() -> None:
    texts = [
        "telegram:-1",
        "telegram:-1@5",
        "telegram:-1@6",
        "telegram:-1/5",
        "telegram:-1/5@5",
        "webchat:5",
        "telegram:5",
    ]
    addresses = [parse_address(text) for text in texts]
    assert len({address.key for address in addresses}) == len(texts)
    assert addresses[1].place == addresses[2].place != addresses[4].place
    assert Address("slack", "U1", account="T1").place != Address("slack", "U1", account="T2").place


def test_new_is_a_request_for_a_link() -> None:
    assert parse_address("webchat:new").is_new
    assert not parse_address("webchat:newt").is_new


@pytest.mark.parametrize(
    "text", ["telegram:41@42", "telegram:41/5", "telegram:99999999999999999999", "telegram:-0", "telegram:-100/0"]
)
def test_what_nobody_could_answer_at_is_no_address(text: str) -> None:
    with pytest.raises(WrongUse):
        parse_address(text)


def test_a_persons_own_chat_is_the_same_from_every_group() -> None:
    here, there = parse_address("telegram:-100/7@42"), parse_address("telegram:-200@42")
    assert here.own == there.own == parse_address("telegram:42") == parse_address("telegram:42@42")
    assert (here.shared, here.private, here.is_open_call) == (True, False, False)
    assert parse_address("telegram:-100").is_open_call
    assert parse_address("webchat:kim").own == parse_address("webchat:kim")
