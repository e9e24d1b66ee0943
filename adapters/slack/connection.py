"""One websocket of Socket Mode: slack_sdk's client, told not to reconnect, and watched for signs of life."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

import aiohttp
import msgspec
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from typing_extensions import override

CLOSE_SECONDS: Final = 1.0  # a dead peer answers no close; aiohttp would wait for ten seconds


class End(StrEnum):
    """Why a connection is of no more use (docs.slack.dev/apis/events-api/using-socket-mode, "Disconnecting")."""

    LOST = "lost"
    SILENT = "silent"
    REFRESH = "refresh"  # Slack wants a new one instead; this one works for some seconds more
    SWITCHED_OFF = "switched off"
    TOO_MANY = "too many"


_FAREWELLS: Final[Mapping[str, End]] = {
    "warning": End.REFRESH,
    "refresh_requested": End.REFRESH,
    "link_disabled": End.SWITCHED_OFF,
    "socket_mode_disabled": End.SWITCHED_OFF,
    "too_many_websockets": End.TOO_MANY,
}


class Envelope(msgspec.Struct, frozen=True):
    """What Slack brings, of any type; `hello` and `disconnect` come without an id."""

    type: str
    envelope_id: str = ""
    payload: dict[str, Any] = {}
    accepts_response_payload: bool = False
    retry_attempt: int = 0
    retry_reason: str | None = ""
    reason: str | None = ""


Take = Callable[["Connection", Envelope], None]


class Connection(SocketModeClient):
    """Lives once: from `connect()` to `close()`. What replaces it is another one.

    The library's own reconnecting goes round for ever with an address that is good once (python-slack-sdk issue 1922)
    and closes the old websocket before it has a new one. Its pings, its receiving and its sending are used.
    """

    def __init__(self, app_token: str, address: str, take: Take, *, ping_s: float, silence_s: float) -> None:
        super().__init__(
            app_token,
            logger=_quiet(),
            auto_reconnect_enabled=False,
            ping_interval=ping_s,
            on_close_listeners=[self._noticed],
            on_error_listeners=[self._noticed],
        )
        self.wss_uri = address
        # Without a first one the library would take its own ping for an answer.
        self.last_ping_pong_time = time.time()
        self._pong: float | None = self.last_ping_pong_time
        self._silence_s = silence_s
        self._take = take
        self._greeted = False
        self._farewell: End | None = None
        self._over = False
        self._news = asyncio.Event()
        self._heard = asyncio.get_running_loop().time()

    @property
    def works(self) -> bool:
        """True from Slack's hello on, for as long as it brings what people do."""
        return self._greeted and not self._over and not self.closed and self._death() is None

    @override
    async def connect(self) -> None:
        """One attempt. Raises `aiohttp.ClientError`, `OSError`."""
        await self.aiohttp_client_session.close()
        # Unlike the library's, it knows which addresses a proxy of the environment is to be spared with.
        self.aiohttp_client_session = aiohttp.ClientSession(trust_env=True)
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri or "",
            autoping=False,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
        )
        self._heard = asyncio.get_running_loop().time()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    @override
    async def enqueue_message(self, message: str) -> None:
        """Takes each message at once; the library's queue would start a task for it that nobody owns."""
        self._heard = asyncio.get_running_loop().time()
        try:
            envelope = _DECODER.decode(message)
        except msgspec.DecodeError:
            return  # Slack sends lines of other kinds too, and what is not acknowledged comes again
        if envelope.type == "hello":
            self._greeted = True
        elif envelope.type == "disconnect":
            self._farewell = _FAREWELLS.get(envelope.reason or "", End.REFRESH)
        elif envelope.envelope_id:
            self._take(self, envelope)
            return
        self._news.set()

    async def greeted(self) -> End | None:
        """Waits for Slack's hello; None when it came, or why it will not."""
        while not self._greeted:
            end = self._farewell or self._death()
            if end is not None:
                return end
            await self._look(self.ping_interval)
        return None

    async def ended(self, look_s: float) -> End:
        """Waits until it is of no more use. After REFRESH it may be waited for again: it goes on for a while."""
        while True:
            farewell, self._farewell = self._farewell, None
            end = farewell or self._death()
            if end is not None:
                self._over = end is not End.REFRESH
                return end
            await self._look(look_s)

    async def acknowledge(self, envelope_id: str, answer: Mapping[str, Any] | None) -> bool:
        """False when it could not be sent; Slack then takes the envelope for not acknowledged."""
        ack: dict[str, Any] = {"envelope_id": envelope_id}
        if answer is not None:
            ack["payload"] = dict(answer)
        try:
            await self.send_socket_mode_response(ack)
        except (aiohttp.ClientError, OSError):
            return False
        return True

    @override
    async def close(self) -> None:
        """Ends the websocket, its session and all tasks; also when nobody answers any more."""
        self.closed = True
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        try:
            await asyncio.wait(running)
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(2 * CLOSE_SECONDS):
                    await self.disconnect()  # type: ignore[no-untyped-call]
        finally:
            await self.aiohttp_client_session.close()

    def _death(self) -> End | None:
        if self.current_session is None or self.current_session.closed:
            return End.LOST
        now = asyncio.get_running_loop().time()
        if self.last_ping_pong_time != self._pong:
            self._pong, self._heard = self.last_ping_pong_time, now
        return End.SILENT if now - self._heard > self._silence_s else None

    async def _look(self, seconds: float) -> None:
        """Until there is news, at most so long."""
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _noticed(self, message: aiohttp.WSMessage) -> None:
        del message
        self._news.set()


def _quiet() -> logging.Logger:
    """The library writes down what people wrote, and addresses that are as good as a password."""
    logger = logging.getLogger("slack_sdk.pulssi")
    logger.setLevel(logging.CRITICAL)
    return logger


_DECODER: Final = msgspec.json.Decoder(Envelope)
