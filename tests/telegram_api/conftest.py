"""A stand-in with a person and a group, and a client in front of it."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from telegram import Bot

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import GROUP, TOKEN, Clock, client
from tests.telegram_api.server import serving


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it PTB warns on every 429


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> BotApi:
    return BotApi(TOKEN, now=clock)


@pytest_asyncio.fixture
async def url(api: BotApi) -> AsyncGenerator[str]:
    async with serving(api) as found:
        yield found


@pytest_asyncio.fixture
async def bot(url: str) -> AsyncGenerator[Bot]:
    async with client(url) as found:
        yield found


@pytest.fixture
def mikko(api: BotApi) -> Person:
    """Has started the bot."""
    person = api.private(41, "Mikko", "fi", username="mikko_m")
    person.start()
    return person


@pytest.fixture
def group(api: BotApi) -> Chat:
    return api.group(GROUP, "Asiakkaat", forum=True)
