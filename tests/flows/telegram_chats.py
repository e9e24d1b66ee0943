"""Customers' chats in Telegram, private and in a group, with what is stored of a question and what a chat shows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.address import Address
from bot.invitation import Invitation, State
from bot.ports import Bot
from storage.keys import Keyring
from tests.contracts.channels import Shown
from tests.contracts.telegram import ACCOUNT, BOT_NAME, TelegramDriver, seen, telegram
from tests.telegram_api.chats import Chat

GROUP = -1001234567890


@asynccontextmanager
async def connected(url: str, keyring: Keyring) -> AsyncGenerator[TelegramDriver]:
    """Customers of a workspace whose bot is known."""
    async with telegram(url, keyring) as driver:
        bot = Bot(channel="telegram", account=ACCOUNT, workspace="default", username=BOT_NAME)
        await driver.world.store.write(lambda uow: uow.bots.add(bot))
        yield driver


def in_group(chat: TelegramDriver, person: str = "kim", thread: int | None = None) -> Address:
    who = str(chat.person(person).id) if person else ""
    return Address("telegram", str(GROUP), ACCOUNT, str(thread or ""), who)


async def asked_in_group(
    chat: TelegramDriver, person: str = "kim", survey: str = "csat", *, forum: bool = False
) -> tuple[Invitation, Chat]:
    group = chat.api.group(GROUP, "Customers", forum=forum)
    chat.person("eve").write("Welcome", group)  # no topic has the number of the first message
    thread = chat.api.topic(group, "Invoices", chat.person("eve")) if forum else None
    await chat.taken()
    made = await chat.world.asked(person or "kim", survey, to=in_group(chat, person, thread))
    await chat.world.quiet()
    return made, group


async def stored(chat: TelegramDriver, made: Invitation) -> tuple[State, int | None, str]:
    found = await chat.world.invitation(made.id)
    return found.state, found.answer.score if found.answer else None, found.answer.comment if found.answer else ""


def last(group: Chat) -> Shown:
    return seen(group)[-1]
