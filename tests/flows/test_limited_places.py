"""Destinations that are limited to a team, tag or touchpoint: each reads of its own, and no other's words."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.destinations import parse_destination
from bot.events import AnswerDeleted, CommentWritten, Delivered, ScoreChosen
from bot.invitation import Interaction, Invitation
from bot.service.health import Check, Health
from bot.summary import to_json
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import GROUP, OLLI, Chat, chat, in_group, lines
from tests.world import TestClock, World, world

SUNDAY = datetime(2026, 3, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
PLACES = (
    "webchat:owner", "webchat:billing?team=Billing", "webchat:vat?tag=vat", "webchat:shop?touchpoint=shop",
    "webchat:nobody?team=Nobody",
)  # fmt: skip
WORDS = {"Billing": "the VAT line was wrong again", "Delivery": "the courier left it in the rain"}


async def wrote(here: World, team: str, **about: Any) -> Invitation:
    who = f"{team}-{len(about)}".lower()
    made = await here.asked(who, about=Interaction(ticket=f"T-{who}", team=team, **about))
    for event in (Delivered(), ScoreChosen(2), CommentWritten(WORDS[team])):
        await here.tells(event, made, who)
    return made


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(SUNDAY), owner_channel=PLACES) as made:
        yield made


async def read(here: World) -> dict[str, str]:
    """What each place reads on Monday."""
    here.clock.at = MONDAY
    await here.summaries.post_due()
    await here.quiet()
    found = {}
    for who in ("owner", "billing", "vat", "shop", "nobody"):
        [message] = await here.messages(who)
        found[who] = message.prompt.text
    return found


async def test_each_place_reads_everybodys_scores_and_its_own_words(here: World) -> None:
    secret = await wrote(here, "Billing", tags=("vat",))
    await wrote(here, "Delivery", touchpoint="shop", tags=())
    found = await read(here)
    billing, delivery = WORDS["Billing"], WORDS["Delivery"]
    assert {who: (billing in text, delivery in text) for who, text in found.items()} == {
        "owner": (True, True), "billing": (True, False), "vat": (True, False), "shop": (False, True),
        "nobody": (False, False),
    }  # fmt: skip
    assert all("CSAT 0 %" in text for text in found.values())
    assert {who: ("Open: 2" in text, "Open: 1" in text) for who, text in found.items()} == {
        "owner": (True, False), "billing": (False, True), "vat": (False, True), "shop": (False, True),
        "nobody": (False, False),
    }, "low scores of the group alone"  # fmt: skip
    assert "team Billing 0 %" in found["billing"]
    assert "Delivery" not in found["billing"]
    assert "tag vat: Considered 1 → asked 1 → delivered 1 → answered 1" in found["vat"]
    assert "team Nobody: nobody answered this week" in found["nobody"]
    assert found["owner"].splitlines()[0].startswith("Week 12 · 16")
    assert found["shop"].splitlines()[0].startswith("Week 12 · shop · 16")
    await here.tells(AnswerDeleted(), secret, "billing-1")
    await here.quiet()
    for who in ("owner", "billing", "vat"):
        assert billing not in (await here.messages(who))[0].prompt.text
    assert (await here.rows("SELECT figures IS NULL FROM summary"))[0][0] in {0}


async def test_the_figures_of_a_team_of_two_stay_with_the_owner(here: World) -> None:
    await wrote(here, "Billing", agent="Anna")
    found = await read(here)
    assert "The figures of one or two people are not shown here: team Billing." in found["billing"]
    assert WORDS["Billing"] in found["billing"]
    assert "team Billing 0 %" not in found["billing"]


async def test_the_funnel_of_a_group_is_that_of_its_people(here: World) -> None:
    await wrote(here, "Billing")
    await here.asked("kim", about=Interaction(team="Billing"))
    await here.asked("kim", "nps", about=Interaction(team="Billing"))  # another question is open
    await wrote(here, "Delivery")
    here.clock.at = MONDAY
    async with here.store.reading() as uow:
        place = parse_destination("webchat:billing?team=Billing")
        found = to_json(await here.summaries.week_in(uow, "default", place=place))
    assert found["funnel"] == {
        "considered": 3, "suppressed": 1, "asked": 2, "pending": 1, "failed": 0, "delivered": 1, "answered": 1,
        "commented": 1,
    }  # fmt: skip


async def test_doctor_points_out_a_group_that_there_is_not(database_url: str, keyring: Keyring) -> None:
    misspelt = ("webchat:owner", "webchat:one?team=billing", "webchat:two?tag=vat", "webchat:three?touchpoint=shop")
    clock = TestClock(SUNDAY)
    async with world(database_url, keyring, clock=clock, owner_channel=misspelt) as here:
        assert (await limits(here)).ok, "nothing has been asked yet, so nothing is known to be wrong"
        await wrote(here, "Billing", tags=("vat",))
        await wrote(here, "Delivery", tags=())
        found = await limits(here)
        assert not found.ok
        assert (
            "webchat:one?team=billing: no question of the last year had the team 'billing'; did you mean" in found.text
        )
        assert "did you mean Billing?" in found.text
        assert "webchat:three?touchpoint=shop: no question has had a touchpoint yet" in found.text
        assert "webchat:two" not in found.text
        await here.set(owner_channel="webchat:owner,webchat:one?team=Zebra")
        assert "there are Billing, Delivery" in (await limits(here)).text
        await here.set(owner_channel="webchat:owner,webchat:one?team=Billing")
        assert await limits(here) == Check("limited places", True, "webchat:one?team=Billing")


async def limits(here: World) -> Check:
    checks = await Health(here.store, here.context).checks("default", serving=True)
    return next(one for one in checks if one.name == "limited places")


async def test_doctor_says_nothing_of_limits_where_there_are_none(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring) as here:
        checks = await Health(here.store, here.context).checks("default", serving=True)
        assert "limited places" not in [one.name for one in checks]


async def test_a_place_that_was_stored_twice_reads_one_message(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(SUNDAY)) as here:
        await here.set(owner_channel="webchat:owner?team=Billing,webchat:owner?team=Delivery")
        await wrote(here, "Billing")
        here.clock.at = MONDAY
        await here.summaries.post_due()
        await here.quiet()
        [message] = await here.messages("owner")
        assert "Week 12 · Billing" in message.prompt.title


@pytest.fixture
async def talk(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(OLLI, Role.OWNER)
        await wrote(found.world, "Billing", tags=("vat", "Urgent case"))
        await wrote(found.world, "Delivery", touchpoint="shop", tags=())
        yield found


@pytest.mark.parametrize(
    ("typed", "limited"),
    [
        ("team Billing", "?team=Billing"), ("TEAM  billing", "?team=Billing"), ("team del", "?team=Delivery"),
        ("tag urgent CASE", "?tag=Urgent case"), ("touchpoint shop", "?touchpoint=shop"), ("all", ""), ("", ""),
    ],
)  # fmt: skip
async def test_here_limits_a_place(talk: Chat, typed: str, limited: str) -> None:
    (told,) = await talk.writes(OLLI, f"/here {typed}", at=in_group("8"))
    assert told.prompt.title == "The summary is posted here from now on."
    stored = (await talk.settings())["owner_channel"]
    assert stored == f"webchat:owner,telegram:-100200/5{limited}"
    (shown,) = await talk.writes(OLLI, "/settings")
    named = limited.removeprefix("?").replace("=", " ")
    assert f"telegram:-100200/5{f' ({named})' if named else ''}" in lines([shown])
    (again,) = await talk.writes(OLLI, f"/here {typed}", at=in_group("8"))
    assert again.prompt.title == "The summary is posted here already."
    assert (named.partition(" ")[2] in lines([again])) is True
    (other,) = await talk.writes(OLLI, "/here tag vat", at=in_group("8"))
    assert "It is about tag vat" in lines([other])
    assert (await talk.settings())["owner_channel"] == "webchat:owner,telegram:-100200/5?tag=vat"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("team", "There are: Billing, Delivery"), ("team Sales", "I do not know Sales. There are: Billing, Delivery"),
        ("agent Anna", "Write what it is to be about"), ("Billing", "Write what it is to be about"),
        ("touchpoint x", "There are: shop"),
    ],
)  # fmt: skip
async def test_an_unknown_group_is_refused_with_those_that_there_are(talk: Chat, typed: str, words: str) -> None:
    (told,) = await talk.writes(OLLI, f"/here {typed}", at=in_group("8"))
    assert words in told.prompt.title
    assert await talk.settings() == {}


async def test_a_command_in_a_limited_place_quotes_nobody_else(talk: Chat) -> None:
    await talk.writes(OLLI, "/here team Billing", at=in_group("8"))
    (shown,) = await talk.writes(OLLI, "/summary now", at=in_group("8"))
    assert shown.address == GROUP
    assert WORDS["Billing"] in shown.prompt.text
    assert WORDS["Delivery"] not in shown.prompt.text
    (own,) = await talk.writes(OLLI, "/summary now")
    assert WORDS["Delivery"] in own.prompt.text
