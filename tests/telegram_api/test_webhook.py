"""Updates of the stand-in by webhook: in order per chat, again until confirmed."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import pytest_asyncio
from telegram import Bot, Update
from telegram.error import BadRequest

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.http_server import Connection, Reply, Request
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import YES_NO
from tests.telegram_api.rules import Answer, Json


@dataclass
class Hook:
    """A receiver of updates: does with each what `answers` says, then says 200."""

    api: BotApi
    answers: list[Reply] = field(default_factory=list)
    seen: list[Json] = field(default_factory=list)
    held: asyncio.Event | None = None
    inside: int = 0
    most_inside: int = 0
    url: str = ""

    async def take(self, request: Request) -> Reply:
        self.seen.append(request.params)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        with self.api.changes.changing():
            pass  # whoever waits looks again
        if self.held is not None:
            await self.held.wait()
        self.inside -= 1
        return self.answers.pop(0) if self.answers else Answer(200, {})

    def texts(self) -> list[str]:
        updates = [Update.de_json(update, None) for update in self.seen]
        return [update.message.text or "" for update in updates if update.message]


@pytest_asyncio.fixture
async def hook(api: BotApi) -> AsyncGenerator[Hook]:
    made, open_ones = Hook(api), set[Connection]()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(made.take, open_ones), "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield made
    server.close()
    for connection in list(open_ones):
        connection.abort()


async def test_a_webhook_gets_each_update_until_it_says_yes(
    api: BotApi, bot: Bot, hook: Hook, mikko: Person
) -> None:  # fmt: skip
    hook.answers = [Answer(500, {}), None, Answer(403, {})]
    await bot.set_webhook(hook.url, secret_token="s-1")
    await api.until(lambda: len(hook.seen) == 3)
    assert api.confirmed_updates == {}
    mikko.write("hei")
    await api.until(lambda: len(api.confirmed_updates) == 2)
    assert hook.texts() == ["/start"] * 4 + ["hei"]
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (hook.url, 0, 40)
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"


async def test_a_webhook_may_answer_with_a_call(api: BotApi, bot: Bot, hook: Hook, mikko: Person) -> None:
    await bot.send_message(41, "?", reply_markup=YES_NO)
    tap = mikko.tap(mikko.messages[-1], "Yes")
    call = {"method": "answerCallbackQuery", "callback_query_id": tap.id, "text": "Kiitos"}
    hook.answers = [Answer(200, {}), Answer(200, call)]
    await bot.set_webhook(hook.url)
    assert (await tap).text == "Kiitos"
    assert tap.update_id in api.confirmed_updates


async def test_chats_do_not_wait_for_each_other(api: BotApi, bot: Bot, hook: Hook, mikko: Person) -> None:
    for number in range(50, 55):
        person = api.private(number, "Somebody")
        person.start()
        person.write("second")
    hook.held = asyncio.Event()
    await bot.set_webhook(hook.url, max_connections=4)
    await api.until(lambda: hook.inside == 4)
    hook.held.set()
    await api.until(lambda: not api.pending_updates)
    assert hook.most_inside == 4
    by_chat: dict[int, list[int]] = {}
    for update in hook.seen:
        by_chat.setdefault(update["message"]["chat"]["id"], []).append(update["update_id"])
    assert len(by_chat) == 6
    assert all(one < other for ids in by_chat.values() for one, other in pairwise(ids))


async def test_the_secret_goes_along(api: BotApi, bot: Bot, mikko: Person) -> None:
    heads: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/", secret_token="s-1")
        await api.until(lambda: api.confirmed_updates)
    assert b"x-telegram-bot-api-secret-token: s-1" in heads[0].lower()


async def test_what_a_webhook_may_be(api: BotApi, bot: Bot, mikko: Person) -> None:
    with pytest.raises(BadRequest, match=r"(?i)an https url must be provided"):
        await bot.set_webhook("http://example.com/")
    with pytest.raises(BadRequest, match="ports 80, 88, 443 or 8443"):
        await bot.set_webhook("https://example.com:8080/")
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook("https://example.com/", secret_token="ä")
    await bot.set_webhook("https://example.com/hook", allowed_updates=["message"])
    info = await bot.get_webhook_info()
    assert (info.pending_update_count, info.allowed_updates) == (1, ("message",))
    await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).url == ""
    assert api.pending_updates == []
