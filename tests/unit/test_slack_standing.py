"""How the app stands, before the stand-in and on a real database: whose team it is, when Slack is asked, who sends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pytest
import structlog

from adapters.slack.channel import Slack as Channel
from adapters.slack.client import Client
from adapters.slack.pace import Limits, Pace
from adapters.slack.standing import REVOKED, Standing
from bot.errors import StoreUnavailable, WrongUse
from bot.ports import BOT_LEASE, Bot, Store, UnitOfWork
from bot.service.context import ensure_workspace
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, TEAM
from tests.world import World, world

ASKED = "auth.test"
T = TypeVar("T")


@dataclass
class Setup:
    """A process of the workspace `default`, and what its app says on the console."""

    here: World
    api: SlackApi
    client: Client
    keyring: Keyring
    said: list[str] = field(default_factory=list)

    def standing(self, store: "Counted | None" = None) -> tuple[Standing, Channel]:
        clock = self.here.clock
        channel = Channel(self.client, "", SignedTokens(self.keyring), Pace(Limits(), clock.now))
        made = Standing(
            client=self.client,
            channel=channel,
            store=cast(Store, store or self.here.store),
            clock=clock,
            workspace="default",
            owner="a",
            reaction="",
            way="HTTP",
            learn=lambda *_: None,
            say=self.said.append,
        )
        return made, channel

    @property
    def asked(self) -> int:
        return len(self.api.calls_of(ASKED))

    async def bots(self) -> list[Any]:
        return await self.here.rows("SELECT account, workspace, username FROM bot")


@pytest.fixture
async def process(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Setup]:
    api = SlackApi()
    async with (
        serving(api) as url,
        Client(BOT_TOKEN, url, seconds=1) as client,
        world(sqlite_url, keyring) as here,
    ):
        yield Setup(here, api, client, keyring)


async def test_the_first_team_becomes_the_workspaces(process: Setup) -> None:
    standing, channel = process.standing()
    await standing.register()
    assert channel.account == standing.me.account == TEAM
    assert await process.bots() == [(TEAM, "default", "pulssi")]
    await standing.look()
    assert (standing.trouble, channel.sends) == ("", True)
    assert process.said == ["Slack: @pulssi works (HTTP). Invite it to a channel: /invite @pulssi"]


async def test_a_workspace_keeps_its_team(process: Setup) -> None:
    first = Bot(channel="slack", account="T0FIRST", workspace="default")
    await process.here.store.write(lambda uow: uow.bots.add(first))
    standing, channel = process.standing()
    with pytest.raises(WrongUse, match=rf"works in the Slack team T0FIRST, .* of the team {TEAM}\. Serve another"):
        await standing.register()
    assert [account for account, _, _ in await process.bots()] == ["T0FIRST"]
    await standing.look()
    assert "T0FIRST" in standing.trouble
    assert not channel.sends


async def test_a_team_belongs_to_one_workspace(process: Setup) -> None:
    async def move(uow: UnitOfWork) -> None:
        await ensure_workspace(uow, process.here.context, "other")
        await uow.bots.add(Bot(channel="slack", account=TEAM, workspace="other"))

    await process.here.store.write(move)
    with pytest.raises(WrongUse, match="belongs to the workspace 'other'"):
        await process.standing()[0].register()


async def test_slack_is_asked_now_and_then_and_nothing_written_that_is_known(process: Setup) -> None:
    store = Counted(process.here.store)
    standing, _ = process.standing(store)
    await standing.register()
    await standing.look()
    assert process.asked == 2
    written = store.written
    for _ in range(59):
        process.here.clock.advance(seconds=5)
        await standing.look()
    assert process.asked == 2
    process.here.clock.advance(seconds=5)
    await standing.look()
    assert process.asked == 3
    assert store.written - written == 60, "the lease alone"
    with process.api.changes.changing():
        process.api.state.bot.name = "renamed"
    process.here.clock.advance(minutes=5)
    await standing.look()
    assert await process.bots() == [(TEAM, "default", "renamed")]


async def test_what_is_amiss_is_asked_about_every_half_minute(process: Setup) -> None:
    standing, channel = process.standing()
    await standing.register()
    await standing.look()
    process.api.state.revoked = "token_revoked"
    channel.in_doubt = True
    await standing.look()
    assert process.asked == 3, "at once when it begins"
    assert "SLACK_BOT_TOKEN" in standing.trouble
    for _ in range(5):
        process.here.clock.advance(seconds=5)
        channel.in_doubt = True
        await standing.look()
    assert process.asked == 3
    process.api.state.revoked = ""
    process.here.clock.advance(seconds=5)
    await standing.look()
    assert process.asked == 4
    assert (standing.trouble, channel.sends) == ("", True)


async def test_without_a_team_slack_is_asked_at_each_look(process: Setup) -> None:
    process.api.state.revoked = "account_inactive"
    standing, channel = process.standing()
    await standing.register()
    for _ in range(2):
        await standing.look()
    assert process.asked == 3
    process.api.state.revoked = ""
    await standing.look()
    assert (process.asked, channel.sends) == (4, True)


async def test_an_app_that_was_removed_sends_nothing_until_it_is_back(process: Setup) -> None:
    standing, channel = process.standing()
    await standing.register()
    await standing.look()
    standing.revoked()
    await standing.look()
    process.api.state.revoked = "account_inactive"
    process.here.clock.advance(seconds=30)
    await standing.look()
    assert process.asked == 3
    assert (standing.trouble, channel.sends) == (REVOKED, False), "a look does not replace what says more"
    process.api.state.revoked = ""
    process.here.clock.advance(seconds=30)
    await standing.look()
    assert (standing.trouble, channel.sends) == ("", True)
    await standing.step_back()
    assert not channel.sends
    assert await process.here.rows("SELECT leased_by FROM bot") == [(None,)]


@pytest.mark.parametrize("error", [TimeoutError(), StoreUnavailable("It is locked.")])
async def test_a_database_that_does_not_answer_is_no_trouble_of_slacks(process: Setup, error: Exception) -> None:
    store = Counted(process.here.store)
    standing, channel = process.standing(store)
    await standing.register()
    await standing.look()
    store.error = error
    process.here.clock.advance(seconds=5)
    with structlog.testing.capture_logs() as logs:
        await standing.look()
    assert [one["event"] for one in logs] == ["slack waits for the database"]
    assert (standing.trouble, channel.sends) == ("", True), "the lease still holds"
    process.here.clock.advance(seconds=BOT_LEASE.total_seconds())
    await standing.look()
    assert (standing.trouble, channel.sends) == ("", False)
    store.error = None
    process.here.clock.advance(seconds=5)
    await standing.look()
    assert channel.sends


class Counted:
    """The store of a process, whose writes are counted and may fail."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reading = store.reading
        self.written = 0
        self.error: Exception | None = None

    async def write(self, job: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        self.written += 1
        if self.error is not None:
            raise self.error
        return await self._store.write(job)
