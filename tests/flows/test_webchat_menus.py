"""Buttons of menus and forms in the web chat, over HTTP: who may press, what comes back, what replaces a message."""

import json
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from adapters.webchat import parse, requests
from adapters.webchat.sessions import Visitor
from bot.address import OWNER, Address
from bot.events import FormWanted, Person, Request
from bot.ports import StoredMessage
from bot.prompts import PromptKind
from bot.service.commands import Answer, Commands
from bot.service.membership import Joining, Membership
from bot.service.people import People
from bot.weeks import Week
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.api_server import Api
from tests.world import World, world

OWNERS = Address("webchat", OWNER, user=OWNER)
EVENT = "0b51e6a4-6f0c-4b0e-9a5e-8f2f3b5e9a11"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def member(api: Api, role: Role = Role.OWNER, name: str = "Olli") -> str:
    """The member token of somebody new."""
    code = await api.parts.membership.invite("default", role)
    _, token = await api.parts.membership.join(Joining(workspace="default", code=code, name=name))
    return token


async def owners_token(api: Api, member_token: str) -> str:
    desk = await api.bare.get("/chat/desk", headers=bearer(member_token))
    return str(desk.json()["owner_token"])


async def visitor(api: Api, **body: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (await api.bare.post("/webchat/session", json=body)).json()
    return found


async def sends(
    api: Api, token: str, kind: str, *, path: str = "/webchat/events", event_id: str = "", **body: Any
) -> httpx.Response:
    event = {"event_id": event_id or str(uuid.uuid4()), "type": kind, **body}
    return await api.bare.post(path, json=event, headers=bearer(token))


async def presses(api: Api, token: str, value: str, **body: Any) -> Mapping[str, Any]:
    answer = await sends(api, token, "menu", value=value, **body)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


@asynccontextmanager
async def page(
    url: str, keyring: Keyring
) -> AsyncGenerator[tuple[World, Callable[[str, str | None], Awaitable[Answer]]]]:
    """A world whose weekly message is read on the page, with a message there, and how an owner presses below it."""
    async with world(url, keyring) as here:
        await here.set(owner_channel="webchat:owner")
        membership, people = Membership(here.store, here.context), People(here.store, here.context)
        commands = Commands(here.store, here.context, here.asking, membership, here.summaries, people)
        code = await membership.invite("default", Role.OWNER)
        olli, _ = await membership.join(Joining(workspace="default", code=code, name="Olli"))
        reader = requests.of_visitor(Visitor("default", OWNER, here.clock.now(), olli.id))
        await here.summaries.post_again("default")
        await here.quiet()

        async def press(value: str, message: str | None) -> Answer:
            event = {"event_id": str(uuid.uuid4()), "type": "menu", "value": value, "message": message}
            posted = parse.decode(json.dumps(event).encode())
            answer = await commands.handle(requests.read(posted, reader, here.context.tokens, "en"))
            await here.quiet()
            return answer

        yield here, press


async def on_page(here: World) -> list[StoredMessage]:
    async with here.store.reading() as uow:
        return list(await uow.messages.newest("default", OWNERS, 50))


async def test_what_an_owner_looks_up_comes_back_and_is_stored_nowhere(both: Api) -> None:
    token = await owners_token(both, await member(both))
    answer = await presses(both, token, "f:kpi", message="d-7", locale="fi")
    [prompt] = answer["prompts"]
    assert prompt["title"] == "Tämä viikko tähän mennessä ja viime viikko"
    assert (answer["notice"], answer["form"], answer["errors"]) == (None, None, {})
    async with both.store.reading() as uow:
        assert await uow.messages.newest("default", OWNERS, 50) == []
        assert not await uow.outbox.claimable(both.clock.now())


async def test_the_same_press_counts_once_and_says_that_its_answer_was_lost(api: Api) -> None:
    token = await owners_token(api, await member(api))
    first = await presses(api, token, "f:kpi", event_id=EVENT)
    again = await presses(api, token, "f:kpi", event_id=EVENT)
    assert len(first["prompts"]) == 1
    assert again["prompts"] == []
    assert again["notice"] == "The answer was lost on its way here. Press the button once more."
    # Another owner's browser may have made the same number: it is another press.
    other = await owners_token(api, await member(api, name="Outi"))
    assert len((await presses(api, other, "f:kpi", event_id=EVENT))["prompts"]) == 1


async def test_what_all_owners_read_is_replaced_in_its_place(database_url: str, keyring: Keyring) -> None:
    async with page(database_url, keyring) as (here, press):
        [message] = await on_page(here)
        assert message.id.startswith("d-")
        assert (await press("h:stop", message.id)).prompts == ()
        [replaced] = await on_page(here)
    assert replaced.id == message.id
    assert replaced.seq > message.seq
    assert replaced.prompt.title == "The summary is not posted here any more."


@pytest.mark.parametrize("message", ["preview", "m-", "x-1", "d-1; drop", "d-" + "9" * 90, None])
async def test_a_message_that_is_none_of_ours_is_not_replaced(
    sqlite_url: str, keyring: Keyring, message: str | None
) -> None:
    async with page(sqlite_url, keyring) as (here, press):
        await press("h:stop", message)
        first, second = await on_page(here)
    assert first.prompt.kind is PromptKind.SUMMARY
    assert second.id.startswith("d-")
    assert second.id != message


@pytest.mark.parametrize("value", ["", "q:1", "ä", "f:" + "x" * 60, "f:kpi:" + "ü" * 5000])
async def test_a_value_that_stood_on_no_button_is_refused_kindly(api: Api, value: str) -> None:
    token = await owners_token(api, await member(api))
    answer = await presses(api, token, value, locale="en")
    assert answer["prompts"] == []
    assert answer["notice"] == "This button does nothing any more."


async def test_a_press_without_a_value_is_no_event(api: Api) -> None:
    token = await owners_token(api, await member(api))
    assert (await sends(api, token, "menu")).status_code == 422
    assert (await sends(api, token, "menu", value=["f"])).status_code == 422


async def test_staff_press_at_their_desk_by_their_role(api: Api) -> None:
    staff = await member(api, Role.STAFF, "Sari")
    told = await presses(api, staff, "g:", path="/chat/menu", locale="sv")
    assert told["notice"] == "Det kan bara ägare göra."
    own = await presses(api, staff, "d:", path="/chat/menu", locale="en")
    assert own["prompts"][0]["title"] == "Nothing is stored about you."
    assert own["prompts"][0]["lines"][0].startswith("You are a member here")


async def test_the_desk_takes_menus_and_forms_and_nobody_elses_token(api: Api) -> None:
    staff = await member(api, Role.STAFF)
    assert (await sends(api, staff, "stop", path="/chat/menu")).status_code == 422
    guest = (await visitor(api))["token"]
    for token in ("x", "nobody", guest):
        assert (await sends(api, token, "menu", path="/chat/menu", value="d:")).status_code == 401


async def test_who_was_removed_or_made_staff_presses_no_more(api: Api) -> None:
    token = await member(api)
    reading = await owners_token(api, token)
    members = await api.parts.membership.members("default")
    await api.parts.membership.remove("default", members[0].id)
    assert (await sends(api, reading, "menu", value="f:kpi")).status_code == 401
    assert (await sends(api, token, "menu", path="/chat/menu", value="f:kpi")).status_code == 401


async def test_a_customer_presses_for_themselves_alone(both: Api) -> None:
    mikko, stranger = await visitor(both), await visitor(both)
    await both.asked(mikko["address"], ticket="T-1042")
    told = await presses(both, mikko["token"], "d:", locale="en")
    assert "T-1042" in " ".join(told["prompts"][0]["lines"])
    assert [button["value"] for button in told["prompts"][0]["buttons"]] == ["d:all", "d:stop"]
    hers = await presses(both, stranger["token"], "d:", locale="en")
    assert hers["prompts"][0]["title"] == "Nothing is stored about you."
    refused = await presses(both, stranger["token"], "f:kpi", locale="fi")
    assert refused["notice"] == "Vain työtilan jäsenet voivat tehdä tämän."
    await presses(both, mikko["token"], "d:yes", locale="en")
    gone = await presses(both, mikko["token"], "d:", locale="en")
    assert gone["prompts"][0]["title"] == "Nothing is stored about you."


async def test_a_form_comes_back_with_its_state_and_only_from_whom_it_was_given_to(api: Api) -> None:
    olli, outi = await member(api), await member(api, name="Outi")
    form = await sends(api, olli, "form", path="/chat/menu", state="made up")
    assert form.status_code == 403
    states = {name: await _state(api, token) for name, token in (("olli", olli), ("outi", outi))}
    values = {"ticket": "T-7", "person": "", "survey": "csat", "customer": "webchat:new"}
    stolen = await sends(api, olli, "form", path="/chat/menu", state=states["outi"], values=values)
    assert stolen.status_code == 403
    empty = await sends(api, olli, "form", path="/chat/menu", state=states["olli"], values={}, locale="en")
    assert empty.json()["errors"] == {"person": "Choose somebody, or write a name, a ticket or an address."}
    sent = await sends(api, olli, "form", path="/chat/menu", state=states["olli"], values=values, locale="en")
    [prompt] = sent.json()["prompts"]
    assert any("T-7" in line for line in (prompt["title"], *prompt["lines"]))


async def _state(api: Api, token: str) -> str:
    """The state of the form to ask with, as this member's desk would get it."""
    found = await api.parts.membership.member_of(token, "default")
    reader = requests.of_member("default", found.id)
    tokens = api.parts.context.tokens
    opened = Request(
        event_id=str(uuid.uuid4()),
        workspace="default",
        address=reader.place,
        person=Person(reader.own),
        event=FormWanted(),
        in_place=True,
        member=found.id,
    )
    answer = requests.answered(await api.parts.commands.handle(opened), reader, tokens, "en")
    form = answer["form"]
    assert [field["name"] for field in form["fields"]][:2] == ["customer", "survey"]
    return str(form["state"])


DETAILS = ("com", "team", "tp", "12", "low", "why", "def")


async def test_every_button_below_the_weekly_message_answers_by_role(both: Api) -> None:
    for number in range(4):
        await both.answered(
            f"webchat:v{number}", 1 + number, team="Billing", agent=f"Agent {number}", touchpoint="phone"
        )
    week = str(Week.of(both.clock.at.date()))
    owner = await owners_token(both, await member(both))
    staff, stranger = await member(both, Role.STAFF, "Sari"), (await visitor(both))["token"]
    for what in DETAILS:
        value = f"f:{what}:{week}"
        mine = await presses(both, owner, value, locale="en", message="d-7")
        assert [one["title"].split(" · ")[1] for one in mine["prompts"]] == [f"Week {int(week[-2:])}"]
        theirs = await presses(both, staff, value, locale="en", path="/chat/menu")
        for_owners = what in {"com", "low"}
        assert theirs["notice"] == ("Only owners can do that." if for_owners else None)
        assert bool(theirs["prompts"]) != for_owners
        nobodys = await presses(both, stranger, value, locale="en")
        assert (nobodys["prompts"], nobodys["notice"]) == ([], "Only members of the workspace can do that.")
    low = await presses(both, owner, f"f:low:{week}", locale="en")
    assert low["prompts"][0]["lines"][0] == "2 answers"
    assert "Billing" in " ".join((await presses(both, owner, f"f:team:{week}", locale="fi"))["prompts"][0]["lines"])


async def test_the_preview_brings_the_buttons(api: Api) -> None:
    await api.answered("webchat:v1", 1)
    token = await member(api)
    shown = await api.bare.post("/chat/preview", json={"week": None}, headers=bearer(token))
    buttons = {button["label"]: button["value"] for button in shown.json()["prompt"]["buttons"]}
    assert buttons["Low scores"] == f"f:low:{Week.of(api.clock.at.date())}"
