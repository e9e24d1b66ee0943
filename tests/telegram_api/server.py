"""The stand-in on loopback, `http://127.0.0.1:<port>/bot<token>/<method>`: long polls, faults, webhook deliveries."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial

import uvloop

from tests import loopback
from tests.telegram_api.bot_api import NOT_FOUND, BotApi
from tests.telegram_api.http_server import Connection, Reply, Request
from tests.telegram_api.rules import Answer, Json, Params
from tests.telegram_api.webhook import deliver_forever

LONGEST_POLL_SECONDS = 50


@asynccontextmanager
async def serving(api: BotApi, port: int = 0) -> AsyncGenerator[str]:
    """The base URL, as `TELEGRAM_API_BASE_URL` and PTB's `base_url=f"{url}/bot"` take it; in the running loop.

    `port` 0 is any that is free. The Date header tells the stand-in's own clock, which a test may shift.
    """
    open_ones: set[Connection] = set()
    loop = asyncio.get_running_loop()
    connect = partial(Connection, partial(_handle, api), open_ones, api.state.now)
    server = await loop.create_server(connect, "127.0.0.1", port)
    delivering = asyncio.create_task(deliver_forever(api), name="webhook deliveries")
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering
        server.close()
        for connection in list(open_ones):
            connection.abort()
        await server.wait_closed()


def in_thread(api: BotApi, port: int = 0) -> AbstractContextManager[str]:
    """The same in a thread with an event loop of its own, for tests that drive other processes."""
    return loopback.in_thread(serving(api, port), "telegram stand-in", uvloop.new_event_loop)


def _handle(api: BotApi, request: Request) -> Reply | Awaitable[Reply]:
    parts = request.path.split("/")
    if len(parts) != 3 or not parts[1].startswith("bot"):
        return NOT_FOUND
    refused = api.admit(parts[1].removeprefix("bot").replace("%3A", ":"))
    return refused or _do(api, parts[2], request.params)


def _do(api: BotApi, method: str, params: Json) -> Reply | Awaitable[Reply]:
    """Does a call; None breaks the connection, and what must wait is awaited."""
    fault = api.draw(method, params)
    if fault == "close_before":
        return None
    if fault in {"429", "403", "500"}:
        return api.failing(method, params, fault)
    answer = api.call(method, params)
    if fault == "close_after":
        return None
    if fault == "timeout":
        return _never()
    waits = method.lower() == "getupdates" and answer.status == 200 and not answer.body["result"]
    return _long_poll(api, params, api.state.updates.poll, answer) if waits else answer


async def _long_poll(api: BotApi, params: Json, poll: int, nothing: Answer) -> Answer:
    """Waits for updates, for the time that the call asks for in real seconds, or for what ends it."""
    seconds = min(max(Params(params).number("timeout"), 0), LONGEST_POLL_SECONDS)
    with api.changes.listening() as heard, suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                found = api.polled(params, poll)
                if found is not None:
                    return found
                await heard.wait()
                heard.clear()
    return nothing


async def _never() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")
