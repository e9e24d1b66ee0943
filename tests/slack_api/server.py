"""The stand-in on loopback: `/api/<method>`, uploads, response URLs and Socket Mode, and the deliveries to the app."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from email.utils import formatdate
from functools import partial
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from tests import loopback
from tests.slack_api.deliver import deliver_forever
from tests.slack_api.rules import Answer, Json
from tests.slack_api.slack_api import SlackApi


@asynccontextmanager
async def serving(api: SlackApi, port: int = 0) -> AsyncGenerator[str]:
    """The base URL `http://127.0.0.1:<port>/api/`, as `SLACK_API_BASE_URL` and slack_sdk take it; in this loop.

    `port` 0 is any that is free.
    """
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/api/{method}", partial(_call, api))
    app.router.add_post("/upload/v1/{file}", partial(_upload, api))
    app.router.add_post("/actions/{team}/{name}", partial(_respond, api))
    app.router.add_get("/link/", api.sockets.serve)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    api.state.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        delivering = asyncio.create_task(deliver_forever(api, http), name="slack deliveries")
        try:
            yield f"{api.state.origin}/api/"
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            api.sockets.abort()
            await runner.cleanup()


def in_thread(api: SlackApi, port: int = 0) -> AbstractContextManager[str]:
    """The same in a thread with an event loop of its own, for tests that drive other processes."""
    return loopback.in_thread(serving(api, port), "slack stand-in")


async def _call(api: SlackApi, request: web.Request) -> web.StreamResponse:
    given = await _given(request)
    method = request.match_info["method"]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or str(given.get("token", ""))
    return await _faulty(api, request, method, given, partial(api.call, method, token, given))


async def _respond(api: SlackApi, request: web.Request) -> web.StreamResponse:
    given = await _given(request)
    return await _faulty(api, request, "response_url", given, partial(api.respond, request.match_info["name"], given))


async def _upload(api: SlackApi, request: web.Request) -> web.StreamResponse:
    data = await request.read()
    if request.content_type.startswith("multipart/"):
        fields = await request.post()
        parts = [one.file.read() for one in fields.values() if isinstance(one, web.FileField)]
        data = b"".join(parts)
    return await _faulty(api, request, "upload", {}, partial(api.upload, request.match_info["file"], data))


async def _faulty(
    api: SlackApi, request: web.Request, method: str, given: Json, do: "partial[Answer]"
) -> web.StreamResponse:
    """Does a call unless a fault keeps it from that."""
    fault = api.draw(method, given)
    if fault == "close_before":
        return _broken(request)
    if fault not in {None, "close_after", "timeout"}:
        return _answered(api, api.failing(method, given, fault))
    answer = do()
    if fault == "close_after":
        return _broken(request)
    if fault == "timeout":
        await asyncio.Event().wait()
    return _answered(api, answer)


def _broken(request: web.Request) -> web.Response:
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.abort()
    return web.Response()


def _answered(api: SlackApi, answer: Answer) -> web.Response:
    """The Date header tells the stand-in's own clock, which a test may shift."""
    headers = {**answer.headers, "Date": formatdate(api.state.now(), usegmt=True)}
    if isinstance(answer.body, str):
        return web.Response(status=answer.status, text=answer.body, headers=headers)
    body = msgspec.json.encode(answer.body)
    return web.Response(status=answer.status, body=body, content_type="application/json", headers=headers)


async def _given(request: web.Request) -> Json:
    """The parameters of the query and the form or JSON body."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        with suppress(msgspec.DecodeError):  # then the call has no parameters
            decoded = msgspec.json.decode(await request.read())
            given |= decoded if isinstance(decoded, dict) else {}
    elif request.can_read_body:
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return given
