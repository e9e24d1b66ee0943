"""Slack in one process before the stand-in, by HTTP: what is acknowledged, and when."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.slack.runtime import MOST_AT_WORK, OK, Slack
from bot.address import Address
from bot.events import FormSent, MessageMarked, Person, Request
from bot.forms import Form
from bot.service.commands import Answer
from bot.settings import Settings
from storage.keys import Keyring
from tests.slack_api.deliveries import Form as Kind
from tests.slack_api.faults import Faults
from tests.slack_api.people import Person as Somebody
from tests.slack_api.places import Channel
from tests.slack_api.rules import Json
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, SIGNING_SECRET
from tests.world import World, world

SIGN = "mega"
FORM = Form(lang="en", title="Ask", submit="Go on", close="Cancel", state="", fields=())


@dataclass
class Core:
    """What the core is asked; it gives the prepared answers, then empty ones, once `gate` is open."""

    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    cancelled: int = 0

    async def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        async with self.came:
            self.came.notify_all()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.answers.pop(0) if self.answers else Answer()

    async def meet(self, workspace: str, person: Person, address: Address) -> None: ...

    async def name(self, workspace: str, person: Person, address: Address) -> None: ...

    async def lose(self, workspace: str, address: Address) -> None: ...

    async def move(self, old: Address, new: Address) -> None: ...


@dataclass
class Setup:
    """The app with its core, and Sofia and Kim in a channel."""

    api: SlackApi
    core: Core
    slack: Slack
    sofia: Somebody
    kim: Somebody
    channel: Channel

    async def take(self, payload: Json, kind: Kind = "interactive") -> tuple[int, Any]:
        """Status and body of our answer to a signed request."""
        request = self.api.signed(kind, payload)
        headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
        status, _, body = await self.slack.take(headers, request.body)
        return status, json.loads(body) if body else None

    @property
    def reacted(self) -> Json:
        """Sofia's sign on a first message of Kim's."""
        self.sofia.react(self.kim.say("It is broken", self.channel), SIGN)
        return self.api.events[-1].payload


@pytest.fixture
async def app(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Setup]:
    api = SlackApi()
    sofia, kim = api.person("U0SOFIA", "Sofia"), api.person("U0KIM", "Kim")
    core = Core()
    core.gate.set()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(api))
        here = await stack.enter_async_context(world(sqlite_url, keyring))
        slack = await stack.enter_async_context(_slack(url, here, core))
        await slack.register()
        yield Setup(api, core, slack, sofia, kim, api.channel("C0SUPPORT", "support", sofia, kim))


def _slack(url: str, here: World, core: Core) -> Slack:
    given: dict[str, Any] = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET,
                             "SLACK_API_BASE_URL": url, "SLACK_REACTION": SIGN}  # fmt: skip
    return Slack(
        settings=Settings(**{"_env_file": None, **given}),
        token=BOT_TOKEN,
        workspace="default",
        owner="a",
        clock=here.clock,
        tokens=here.context.tokens,
        store=here.store,
        people=core,
        commands=core,
        learn=lambda *_: None,
        say=lambda _: None,
    )


@pytest.mark.parametrize("fault", ["500", "429", "service_unavailable"])
async def test_a_sign_that_slack_cannot_tell_of_now_comes_again(app: Setup, fault: str) -> None:
    reacted = app.reacted
    app.api.faults = Faults(planned={"chat.getPermalink": [fault]}, methods=frozenset())
    status, _ = await app.take(reacted, "events_api")
    assert status != OK
    assert app.core.requests == []
    assert (await app.take(reacted, "events_api"))[0] == OK
    assert [type(one.event) for one in app.core.requests] == [MessageMarked]


async def test_a_sign_on_what_is_gone_is_acknowledged(app: Setup) -> None:
    reacted = app.reacted
    with app.api.changes.changing():
        app.channel.messages[-1].deleted = True
    app.api.faults = Faults(planned={"chat.getPermalink": ["message_not_found"]}, methods=frozenset())
    assert (await app.take(reacted, "events_api"))[0] == OK
    assert app.core.requests == []


async def test_a_form_that_was_sent_already_says_so(app: Setup) -> None:
    app.core.answers = [Answer(form=FORM), Answer(known=True)]
    await app.take(app.sofia.command("/survey", send=False).payload, "slash_commands")
    await app.api.until(lambda: app.sofia.modal is not None)
    view = app.sofia.modal
    assert view is not None
    status, body = await app.take(app.sofia.submit(view, send=False).payload)
    assert (status, body["response_action"]) == (OK, "update")
    assert "This was sent already." in json.dumps(body["view"])
    assert isinstance(app.core.requests[-1].event, FormSent)


@pytest.mark.timeout(60)
async def test_more_than_can_be_done_at_once_is_not_taken_and_the_end_waits_for_nobody(app: Setup) -> None:
    app.core.gate.clear()
    command = app.sofia.command("/survey", "help", send=False).payload
    async with app.slack.running():
        taking = [asyncio.create_task(app.take(command, "slash_commands")) for _ in range(MOST_AT_WORK)]
        async with app.core.came:
            await app.core.came.wait_for(lambda: len(app.core.requests) == MOST_AT_WORK)
        assert (await app.take(command, "slash_commands"))[0] == 503
        assert len(app.core.requests) == MOST_AT_WORK
    assert app.core.cancelled == MOST_AT_WORK
    assert all(task.cancelled() for task in taking)
