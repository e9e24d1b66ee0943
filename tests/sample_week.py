"""The sample history's weekly message as each channel renders it: `python -m tests.sample_week` keeps the goldens.

The history ends in the week of `tests/golden/summary`; clock, chance and ids are fixed, so the renderings are exact.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from adapters.slack.channel import Slack
from adapters.slack.client import Client as SlackClient
from adapters.slack.pace import Pace as SlackPace
from adapters.telegram.channel import Telegram
from adapters.telegram.client import Client as TelegramClient
from adapters.telegram.pace import Pace as TelegramPace
from adapters.webchat import render
from adapters.webchat.pictures import Pictures
from bot import demo
from bot.ports import Bot, StoredMessage, StoredNote, UnitOfWork
from bot.texts import LOCALES
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.flows import slack_world, telegram_world
from tests.flows.telegram import ACCOUNT, TOKEN
from tests.sample_pictures import DAYS, NOTES
from tests.slack_api import server as slack_server
from tests.slack_api.places import Message as SlackMessage
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, TEAM
from tests.telegram_api import server as telegram_server
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Message as TelegramMessage
from tests.world import TestClock, World, world

GOLDEN: Final = Path(__file__).parent / "golden" / "summary_rendered"
CHANNELS: Final = ("webchat", "telegram", "slack")
MONDAY: Final = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 09:00 in Helsinki
WEEK: Final = Week(2026, 47)
KIM, OWNERS = 4711, "C0OWNERS"
GOAL: Final = 82.0
KEYRING: Final = Keyring(bytes(range(32)))


@dataclass
class SampleWeek:
    """The message of each channel in one language at a time."""

    here: World
    telegram: BotApi
    slack: SlackApi

    async def posted(self, locale: str) -> None:
        """Has the message sent in this language; what stood in Telegram and the web chat before is
        cleared away."""
        self.telegram.chat(KIM).kept.clear()
        await self.here.execute("DELETE FROM summary_post", "DELETE FROM message", "DELETE FROM note")
        await self.here.store.write(lambda uow: _prepare(uow, locale))
        await self.here.summaries.post_again(demo.WORKSPACE, WEEK)
        await self.here.quiet()

    async def in_web_chat(self) -> StoredMessage:
        async with self.here.store.reading() as uow:
            business = await self.here.context.business(uow, demo.WORKSPACE)
            address = next(one for one in business.owner_channels if one.channel == "webchat")
            [found] = await uow.messages.newest(demo.WORKSPACE, address, 9)
        return found

    @property
    def in_telegram(self) -> list[TelegramMessage]:
        return self.telegram.chat(KIM).from_bot

    @property
    def in_slack(self) -> SlackMessage:
        return self.slack.channel_of(OWNERS).messages[-1]

    async def rendered(self) -> Mapping[str, Any]:
        """As JSON by channel, without what the platforms add: numbers of messages, sizes and dates."""
        stored = await self.in_web_chat()
        size = await Pictures().size(stored.prompt)
        prompt = json.loads(render.message(replace(stored, id="d-1"), self.here.context.tokens, size))["prompt"]
        kept = ("text", "caption", "entities", "caption_entities", "reply_markup")
        said = [message.json() for message in self.in_telegram]
        slack = self.in_slack.json()
        file = self.slack.files[-1].id
        blocks = json.loads(json.dumps(slack["blocks"]).replace(file, "F0000000001"))
        return {
            "webchat": prompt,
            "telegram": [
                {name: one[name] for name in kept if name in one} | ({"photo": True} if "photo" in one else {})
                for one in said
            ],
            "slack": {
                "text": slack["text"],
                "blocks": [{k: v for k, v in b.items() if k != "block_id"} for b in blocks],
            },
        }


def _without(block: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != name}


async def _prepare(uow: UnitOfWork, locale: str) -> None:
    found = await uow.workspaces.get(demo.WORKSPACE)
    assert found is not None
    places = f"webchat:owner,telegram:{KIM},slack:{OWNERS}"
    settings = {**found.settings, "locale": locale, "owner_channel": places}
    await uow.workspaces.change(replace(found, settings=settings))
    newest = await uow.surveys.newest(demo.WORKSPACE, "csat")
    assert newest is not None
    await uow.surveys.set_goal(demo.WORKSPACE, replace(newest.survey, goal=GOAL))
    for number, (day, words) in enumerate(zip(DAYS, NOTES[locale], strict=True)):
        await uow.notes.add(StoredNote(f"n{number}", demo.WORKSPACE, day, words, MONDAY))


@asynccontextmanager
async def sample_week(url: str) -> AsyncGenerator[SampleWeek]:
    """On a fresh database; it takes some seconds to make the history up."""
    clock = TestClock(MONDAY)
    telegram = BotApi(TOKEN, now=lambda: clock.now().timestamp())
    slack = SlackApi(now=lambda: clock.now().timestamp())
    tokens = SignedTokens(KEYRING)
    telegram.private(KIM, "Kim").start()
    slack.channel(OWNERS, "owners", slack.person("U0KIM", "Kim"))
    async with (
        telegram_server.serving(telegram) as at_telegram,
        slack_server.serving(slack) as at_slack,
        TelegramClient(TOKEN, at_telegram) as bot,
        SlackClient(BOT_TOKEN, at_slack) as app,
    ):
        in_telegram = Telegram(bot.bot, ACCOUNT, tokens, TelegramPace(telegram_world.NO_LIMITS, clock.now), _no_pause)
        in_slack = Slack(app, TEAM, tokens, SlackPace(slack_world.NO_LIMITS, clock.now))
        in_telegram.sends = in_slack.sends = True
        async with world(
            url,
            KEYRING,
            clock=clock,
            channels=[in_telegram, in_slack],
            telegram_bot_token=TOKEN,
            learned={"slack": TEAM},
        ) as here:
            await demo.fill(cast(Any, here), lambda _done, _total: None, _no_rest)
            for channel, account in (("telegram", ACCOUNT), ("slack", TEAM)):
                bot_row = Bot(channel=channel, account=account, workspace=demo.WORKSPACE, username="acme_bot")
                await here.store.write(lambda uow, one=bot_row: uow.bots.add(one))  # type: ignore[misc]  # mypy and defaults
            yield SampleWeek(here, telegram, slack)


async def _no_pause(_until: datetime) -> None:
    raise AssertionError("nobody asked for a pause")


async def _no_rest(_seconds: float) -> None:
    """Nobody else uses this database."""


async def renderings() -> dict[str, str]:
    """The JSON of each, by `channel.locale`."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        async with sample_week(f"sqlite+aiosqlite:///{place}/sample.db") as sample:
            for locale in LOCALES:
                await sample.posted(locale)
                for channel, rendering in (await sample.rendered()).items():
                    found[f"{channel}.{locale}"] = json.dumps(rendering, indent=1, ensure_ascii=False) + "\n"
    return found


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rendering in asyncio.run(renderings()).items():
        (folder / f"{name}.json").write_text(rendering, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
