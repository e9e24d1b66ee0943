"""The way to the Bot API: python-telegram-bot's real client, with our time limits and no address in any log."""

import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec
import telegram
from telegram.request import HTTPXRequest

CONNECT_SECONDS: Final = 5.0
POOL_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
CONNECTIONS: Final = 64

Hook = Callable[[httpx.Response], Awaitable[None]]


def make_bot(token: str, base_url: str, *, read_timeout: float = READ_SECONDS) -> telegram.Bot:
    """A bot at `base_url` (as `https://api.telegram.org`), for short calls. It needs no `initialize()`, which would
    call Telegram and fail without it; `bot.request.shutdown()` closes its connections."""
    return _bot(token, base_url, _request(read_timeout), _request(read_timeout))


class Client:
    """One bot's connections: `bot` for calls, and others for the long poll, so that neither waits for the other.

    Nothing is asked at the start: a dead network stops nobody from starting.
    """

    def __init__(self, token: str, base_url: str, *, read_timeout: float = READ_SECONDS) -> None:
        self.last_date: datetime | None = None
        self._read_timeout = read_timeout
        self._calls = _request(read_timeout, self._note_date)
        self._polls = _request(read_timeout, self._note_date)
        self.bot = _bot(token, base_url, self._calls, self._polls)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._calls)
        await self._stack.enter_async_context(self._polls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def raw_updates(self, offset: int, timeout_s: int, allowed: Sequence[str]) -> bytes:
        """getUpdates as JSON, unparsed (core.telegram.org/bots/api#getupdates).

        Waits up to `timeout_s` for updates from `offset` on, of the kinds `allowed`. Raises `TelegramError` as the
        bot's methods do.

        `Bot.get_updates` would parse each update for 100 µs and keep the JSON to itself.
        """
        kinds = msgspec.json.encode(list(allowed)).decode()
        asked = httpx.QueryParams({"offset": offset, "timeout": timeout_s, "allowed_updates": kinds})
        url = f"{self.bot.base_url}/getUpdates?{asked}"
        return await self._polls.retrieve(url, read_timeout=timeout_s + self._read_timeout)

    async def _note_date(self, response: httpx.Response) -> None:
        """Keeps the time of day that the server's last answer told, for a look at our own clock."""
        try:
            told = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.last_date = told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def _bot(token: str, base_url: str, calls: HTTPXRequest, polls: HTTPXRequest) -> telegram.Bot:
    base = base_url.rstrip("/")
    return telegram.Bot(token, f"{base}/bot", f"{base}/file/bot", request=calls, get_updates_request=polls)


def _request(read_timeout: float, hook: Hook | None = None) -> HTTPXRequest:
    _keep_quiet()
    # Without it the library warns at every 429: it moves from seconds to spans and asks to opt in early.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    hooks: dict[str, Any] = {"event_hooks": {"response": [hook]}} if hook else {}
    return HTTPXRequest(
        connection_pool_size=CONNECTIONS,
        read_timeout=read_timeout,
        connect_timeout=CONNECT_SECONDS,
        pool_timeout=POOL_SECONDS,
        httpx_kwargs=hooks,
    )


def _keep_quiet() -> None:
    """The address of every call holds the token, and what the library logs holds people's words."""
    for name, level in (("httpx", logging.WARNING), ("httpcore", logging.WARNING), ("telegram", logging.CRITICAL)):
        logging.getLogger(name).setLevel(level)
