"""Who somebody is, as Slack tells it: asked once, together, not during a pause; and who may be asked what."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import chosen
from adapters.slack.client import Client
from adapters.slack.completing import completed
from adapters.slack.faces import SPARE, Face, Faces
from bot.address import Address
from bot.events import CommandGiven, FormSent, FormWanted, MessageMarked, Person, Request
from bot.texts import texts
from bot.values import replace
from tests.slack_api.faults import Faults
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, PARTNER, TEAM
from tests.world import TestClock

ASKED = "users.info"


def somebody(user: str) -> Person:
    return Person(Address("slack", user, TEAM))


@pytest.fixture
def api() -> SlackApi:
    made = SlackApi()
    made.person("U0MIKKO", "Mikko Mallikas", "fi-FI")
    made.person("U0LIISA", "Liisa", team=PARTNER)
    made.person("U0APP", "Some App", is_bot=True)
    return made


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def faces(api: SlackApi, clock: TestClock) -> AsyncIterator[Faces]:
    async with serving(api) as url, Client(BOT_TOKEN, url) as client:
        yield Faces(client.web, clock.now)


async def test_a_face_has_what_slack_tells(faces: Faces, api: SlackApi) -> None:
    assert await faces.face("U0MIKKO", TEAM) == Face("Mikko Mallikas", "fi-FI")
    liisa, app = await faces.face("U0LIISA", TEAM), await faces.face("U0APP", TEAM)
    assert liisa is not None
    assert liisa.stranger
    assert app is not None
    assert (app.is_bot, app.stranger) == (True, False)
    api.person("U0NONAME", "")  # has a login all the same
    api.state.users["U0NONAME"].name = "w1234"
    assert await faces.person(somebody("U0NONAME")) == replace(somebody("U0NONAME"), locale="en-US")


async def test_several_who_want_to_know_ask_once(faces: Faces, api: SlackApi) -> None:
    found = await asyncio.gather(*(faces.face("U0MIKKO", TEAM) for _ in range(5)))
    assert found == [Face("Mikko Mallikas", "fi-FI")] * 5
    assert len(api.calls_of(ASKED)) == 1


async def test_whoever_gives_up_leaves_the_others_their_answer(faces: Faces) -> None:
    first, second = (asyncio.create_task(faces.face("U0MIKKO", TEAM)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == Face("Mikko Mallikas", "fi-FI")
    assert first.cancelled()


async def test_while_slack_asks_for_a_pause_nobody_is_asked_about(
    faces: Faces, api: SlackApi, clock: TestClock
) -> None:
    api.faults = Faults(planned={ASKED: ["429"]}, retry_after=7)
    assert await faces.face("U0MIKKO", TEAM) is None
    assert await faces.face("U0LIISA", TEAM) is None
    assert not faces.spare()
    clock.advance(seconds=6.9)
    assert await faces.face("U0MIKKO", TEAM) is None
    assert len(api.calls_of(ASKED)) == 1
    clock.advance(seconds=0.1)
    assert faces.spare()
    assert await faces.face("U0MIKKO", TEAM) == Face("Mikko Mallikas", "fi-FI")


def test_thirty_looks_a_minute_are_left_for_those_whom_nobody_waits_for(faces: Faces, clock: TestClock) -> None:
    assert [faces.spare() for _ in range(SPARE + 2)] == [True] * SPARE + [False] * 2
    clock.advance(seconds=59.9)
    assert not faces.spare()
    clock.advance(seconds=0.1)
    assert [faces.spare() for _ in range(SPARE + 1)] == [True] * SPARE + [False]


async def test_what_slack_did_not_tell_is_asked_again_after_a_minute(
    faces: Faces, api: SlackApi, clock: TestClock
) -> None:
    api.faults = Faults(planned={ASKED: ["500"]})
    assert await faces.face("U0MIKKO", TEAM) is None
    assert await faces.face("U0MIKKO", TEAM) is None
    assert len(api.calls_of(ASKED)) == 1
    clock.advance(seconds=60)
    assert await faces.face("U0MIKKO", TEAM) is not None


class Together:
    """Slack's client, which answers when two are asked about at the same time."""

    def __init__(self, **more: Any) -> None:
        self._both = asyncio.Barrier(2)
        self._more = more

    async def users_info(self, *, user: str, include_locale: bool) -> dict[str, Any]:
        assert include_locale
        await self._both.wait()
        return {"user": {"team_id": TEAM, "profile": {"real_name": f"Name of {user}"}, **self._more}}


@contextmanager
def together(**more: Any) -> Iterator[Faces]:
    yield Faces(cast(AsyncWebClient, Together(**more)), TestClock().now)


WHOM = somebody("U0WHOM")


@pytest.mark.parametrize(
    "event", [FormWanted("", about=WHOM), FormSent({}, person=WHOM), MessageMarked(WHOM, "C0/1.2")]
)
async def test_both_people_of_a_request_are_asked_about_at_once(event: Any) -> None:
    request = Request(
        event_id="e", workspace="default", address=Address("slack", "U0WHO", TEAM), person=somebody("U0WHO"),
        event=event,
    )  # fmt: skip
    with together() as faces:
        found = await completed(request, faces)
    assert found.person.name == "Name of U0WHO"
    assert "Name of U0WHOM" in repr(found.event)


async def test_a_request_about_nobody_asks_about_who_made_it(faces: Faces) -> None:
    mikko = somebody("U0MIKKO")
    request = Request(
        event_id="e", workspace="default", address=mikko.address, person=mikko, event=CommandGiven("home")
    )  # fmt: skip
    assert (await completed(request, faces)).person.name == "Mikko Mallikas"


async def test_an_organisation_of_several_teams_is_none_of_strangers() -> None:
    with together(team_id="E0ORG", enterprise_user={"teams": ["T0OTHER", TEAM]}) as faces:
        found = await asyncio.gather(faces.face("U0A", TEAM), faces.face("U0B", TEAM))
    assert [one is not None and one.stranger for one in found] == [False, False]


HERE_ONLY = "People of another organisation can be asked here only."


@pytest.mark.parametrize(
    ("user", "values", "errors"),
    [
        ("U0MIKKO", {"where": "direct"}, {}),
        ("U0LIISA", {"where": "here"}, {}),
        ("U0LIISA", {"where": "direct"}, {"where": HERE_ONLY}),
        ("U0LIISA", {}, {"person": HERE_ONLY}),
        ("U0APP", {"where": "here"}, {"person": "This is an app; choose a person."}),
        ("U0NOBODY", {"where": "direct"}, {}),
    ],
)
async def test_who_cannot_be_asked_like_that_is_told_at_the_field(
    faces: Faces, user: str, values: dict[str, str], errors: dict[str, str]
) -> None:
    await faces.face(user, TEAM)
    assert chosen.unfit(FormSent(values, person=somebody(user)), faces, texts("en")) == errors


def test_a_form_about_nobody_in_slack_is_the_cores() -> None:
    with together() as faces:
        assert chosen.unfit(FormSent({"customer": "Kim"}), faces, texts("en")) == {}
        assert chosen.unfit(CommandGiven("home"), faces, texts("en")) == {}
        assert chosen.unfit(FormSent({}, person=WHOM), faces, texts("en")) == {}, "not known yet"
