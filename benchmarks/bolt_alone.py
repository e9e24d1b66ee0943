"""`python -m benchmarks.bolt_alone serve --port N`: Bolt's own listener, which acknowledges a tap and stores nothing.

On the same server program and event loop as ours, without anything around it, and without asking Slack at each
request. With `BOLT_WAITS=1` the answer waits for the listener (`process_before_response`), else Bolt's default way.
With `BOLT_SERVES=1` on Bolt's own server (`AsyncApp.start`: aiohttp on asyncio's loop), as its documentation has it.
"""

import os
import re
import sys
from typing import Any

import uvicorn
from aiohttp import web
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cli.running import run

PATH = "/slack/events"


def make_app(secret: str, *, waits: bool) -> AsyncApp:
    async def known() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="xoxb-none", bot_user_id="U0PULSSI")  # noqa: S106  # opens nothing

    app = AsyncApp(signing_secret=secret, authorize=known, process_before_response=waits)

    async def tapped(ack: AsyncAck) -> None:
        await ack()

    app.action(re.compile(r"s:\d+"))(tapped)
    return app


class Ready:
    """Says on `/readyz` that it is there; all else is Bolt's."""

    def __init__(self, bolt: AsyncSlackRequestHandler) -> None:
        self._bolt = bolt

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/readyz":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._bolt(scope, receive, send)


async def main(port: int, app: AsyncApp) -> None:
    ready = Ready(AsyncSlackRequestHandler(app, path=PATH))
    config = uvicorn.Config(ready, port=port, log_config=None, access_log=False, lifespan="off", server_header=False)
    await uvicorn.Server(config).serve()


def start(port: int, app: AsyncApp) -> None:
    async def is_ready(_: web.Request) -> web.Response:
        return web.Response()

    server = app.server(port, PATH, "127.0.0.1")
    server.web_app.router.add_get("/readyz", is_ready)
    server.start()


if __name__ == "__main__":
    bolt, chosen = make_app(os.environ["SLACK_SIGNING_SECRET"], waits=os.environ.get("BOLT_WAITS") == "1"), sys.argv[-1]
    if os.environ.get("BOLT_SERVES") == "1":
        start(int(chosen), bolt)
    else:
        run(lambda: main(int(chosen), bolt), serves=True)
