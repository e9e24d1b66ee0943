"""/start, /help, /claim, /join, /invite and /whoami; what strangers and groups are told."""

from collections.abc import AsyncIterator

import pytest

from bot.events import CommandGiven, Request
from bot.service.commands import commands_for
from bot.texts import LOCALES, texts
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, GROUP, MIKKO, OLLI, STRANGER, Chat, chat, in_group, lines


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        yield found


async def roles(here: Chat) -> dict[str, str]:
    return {member.name: member.role.value for member in await here.membership.members("default")}


async def test_claiming_by_chat(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here:
        code = await here.membership.claim_code("default")
        (welcome,) = await here.writes(replace(OLLI, locale="fi"), f"/claim {code}", event="u1")
        assert welcome.prompt.title == "Tervetuloa, Olli. Roolisi: omistaja."
        assert "/business Esimerkki Oy" in lines([welcome])
        assert "/here" in lines([welcome])
        assert await here.membership.claim_code("default") is None
        assert await roles(here) == {"Olli": "owner"}
        # The business speaks its owner's language, as the page has it.
        assert (await here.settings())["locale"] == "fi"
        assert await here.writes(OLLI, f"/claim {code}", event="u1") == []
        assert here.outcome.known
        (again,) = await here.writes(OLLI, f"/claim {code}")
        assert again.prompt.title == "You are a member already."
        (wrong,) = await here.writes(STRANGER, f"/claim {code}")
        assert wrong.prompt.title == "This code is wrong, used or too old. Ask an owner for a new one."
        assert await roles(here) == {"Olli": "owner"}


async def test_a_code_in_a_group_is_not_used(here: Chat) -> None:
    code = await here.membership.claim_code("default")
    (told,) = await here.writes(OLLI, f"/claim {code}", at=in_group("8"))
    assert told.address == GROUP
    assert told.prompt.title.startswith("Please write this to me in private, with a new code")
    assert await roles(here) == {}


async def test_inviting_and_joining(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    (how,) = await here.writes(OLLI, "/invite")
    assert how.prompt.title == "Write /invite staff or /invite owner."
    (invited,) = await here.writes(OLLI, "/invite Staff")
    assert invited.prompt.title == "A one-time code for staff, good for 48 hours:"
    command, sent_on = invited.prompt.lines
    assert "@acme_bot" in sent_on
    (welcome,) = await here.writes(replace(ANNA, name="<b>Anna\u202e"), command)
    assert welcome.prompt.title == "Welcome, <b>Anna. You are now staff."
    (told,) = await here.writes(STRANGER, command)
    assert told.prompt.title.startswith("This code is wrong")
    (how,) = await here.writes(STRANGER, "/join")
    assert how.prompt.title.startswith("Write the code behind the command")


async def test_an_owners_code_makes_staff_an_owner_and_another_one_stays_unused(here: Chat) -> None:
    await here.member(ANNA)
    staff, owner = [await here.membership.invite("default", role) for role in (Role.STAFF, Role.OWNER)]
    (told,) = await here.writes(ANNA, f"/join {staff}")
    assert told.prompt.title == "You are a member already."
    (welcome,) = await here.writes(ANNA, f"/join {owner}")
    assert "You are now owner" in welcome.prompt.title
    assert await roles(here) == {"Anna": "owner"}
    assert "Roolisi: asiakaspalvelija" in lines(await here.writes(MIKKO, f"/JOIN {staff.upper()}"))


async def test_a_code_for_one_more_account_of_a_member(here: Chat) -> None:
    anna = await here.member(ANNA)
    code = await here.membership.invite("default", Role.STAFF, anna.id)
    phone = replace(STRANGER, name="Anna's other phone")
    (welcome,) = await here.writes(phone, f"/join {code}")
    assert welcome.prompt.title == "Welcome, Anna. You are now staff."
    assert await roles(here) == {"Anna": "staff"}
    assert (await here.writes(phone, "/whoami"))[0].prompt.title == "Anna"


async def test_who_one_is(here: Chat) -> None:
    await here.member(ANNA)
    await here.world.set(business_name="Acme <Oy>")
    (me,) = await here.writes(replace(ANNA, locale="sv"), "/whoami", at=in_group("7"))
    assert me.address == ANNA.address
    assert (me.prompt.title, me.prompt.lines) == (
        "Anna",
        ("medarbetare · Acme <Oy>", "Språk: svenska", "Adress: telegram:7"),
    )
    (nobody,) = await here.writes(STRANGER, "/whoami")
    assert nobody.prompt.title == "You are not a member here. Members join with /join <code>."
    assert nobody.prompt.lines == ("Address: telegram:666",)


@pytest.mark.parametrize("command", ["summary", "kpi", "note", "here", "settings", "invite", "timezone", "business"])
async def test_only_owners(here: Chat, command: str) -> None:
    await here.member(ANNA)
    (told,) = await here.writes(ANNA, f"/{command} x", at=in_group("7"))
    assert (told.address, told.prompt.title) == (ANNA.address, "Only owners can do that.")
    (told,) = await here.writes(STRANGER, f"/{command} x", at=in_group("666"))
    assert (told.address, told.prompt.title) == (GROUP, "Only members of the workspace can do that.")


async def test_an_invitation_is_made_in_private(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    (told,) = await here.writes(OLLI, "/invite staff", at=in_group("8"))
    assert told.prompt.title == "Please write this to me in private."


async def test_help_by_role(here: Chat) -> None:
    (help_,) = await here.writes(MIKKO, "/help")
    assert help_.prompt.title == "Mitä voit tehdä täällä"
    assert [line.partition(" · ")[0] for line in help_.prompt.lines] == ["/start", "/mydata", "/stop", "/help"]
    await here.member(OLLI, Role.OWNER)
    assert len((await here.writes(OLLI, "/help"))[0].prompt.lines) == 15


def test_the_menus() -> None:
    names = {role: {name for name, _ in commands_for(role, texts("en"))} for role in (None, *Role)}
    assert names[None] == {"start", "mydata", "stop", "help"}
    assert names[Role.STAFF] - names[None] == {"survey", "cancel", "cases", "mine", "whoami"}
    assert names[Role.OWNER] - names[Role.STAFF] == {"summary", "kpi", "note", "here", "settings", "invite"}
    for locale in LOCALES:
        for name, about in commands_for(Role.OWNER, texts(locale)):
            assert 1 <= len(about) <= 256
            assert name.isascii()
            assert name.islower()


async def test_unknown_commands(here: Chat) -> None:
    (told,) = await here.writes(STRANGER, "/weather")
    assert told.prompt.title == "I do not know that command. /help shows what you can do here."
    assert await here.writes(STRANGER, "/weather", at=in_group("666")) == []


async def test_start_by_link(here: Chat) -> None:
    (unknown,) = await here.writes(MIKKO, "/start nonsense")
    assert unknown.prompt.title == "Linkki ei kelpaa täällä, tai joku muu on jo avannut sen."
    links = [(await here.world.ask(to=replace(MIKKO.address, conversation="new"), ticket=t)).link for t in "ABC"]
    assert await here.writes(MIKKO, f"/start {links[0]}", at=in_group("42")) == []
    (question,) = await here.writes(MIKKO, f"/start {links[0]}")
    assert question.asks
    # An open link that is opened again says nothing, as its question is there.
    assert await here.writes(MIKKO, f"/start {links[0]}") == []
    (busy,) = await here.writes(replace(MIKKO, locale="en"), f"/start {links[1]}")
    assert busy.prompt.title.startswith("Another question waits for your answer above")
    async with here.world.store.reading() as uow:
        known = await uow.customers.at("default", MIKKO.address)
        assert known is not None
        assert (known.name, known.locale) == ("Mikko Virtanen", "fi")
        assert await uow.customers.seen_at("default", MIKKO.address) == here.world.clock.now()


async def test_a_workspace_that_is_gone_is_no_error(here: Chat) -> None:
    request = Request(event_id="u1", workspace="gone", address=MIKKO.address, person=MIKKO, event=CommandGiven("help"))
    assert (await here.commands.handle(request)).notice is None
    assert (await here.commands.handle(request)).known
