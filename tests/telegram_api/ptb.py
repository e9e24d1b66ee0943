"""python-telegram-bot's real client in front of the stand-in, and what its tests share."""

from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from tests.telegram_api.rules import Json

TOKEN = "110201543:a-token_for_tests"  # noqa: S105  (opens nothing)
GROUP = -1_001_234_567_890
DAY = 86400.0


@dataclass
class Clock:
    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def client(url: str, token: str = TOKEN, read_seconds: float = 5.0) -> AsyncGenerator[Bot]:
    """PTB's own client in front of the stand-in."""
    requests = [HTTPXRequest(connection_pool_size=64, read_timeout=read_seconds, httpx_kwargs={"trust_env": False})
                for _ in range(2)]  # fmt: skip
    async with Bot(token, base_url=f"{url}/bot", request=requests[0], get_updates_request=requests[1]) as bot:
        yield bot


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=value) for label, value in row] for row in rows]
    )


YES_NO = keyboard([("Yes", "y"), ("No", "n")])


async def refused(call: Coroutine[Any, Any, Any]) -> str:
    """What Telegram says against it, as PTB shows it."""
    with pytest.raises(TelegramError) as caught:
        await call
    return caught.value.message


async def raw(url: str, method: str, **params: Any) -> Json:
    """A call past PTB, which hides some of the words; as JSON."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{url}/bot{TOKEN}/{method}", json=params)
    body: Json = answer.json()
    assert body.get("error_code", 200) == answer.status_code
    return body
