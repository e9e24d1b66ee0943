"""`python -m benchmarks.bolt_alone serve --port N`: Bolt's own listener, which acknowledges a tap and stores nothing.

On the same server program and event loop as ours, without anything around it, and without asking Slack at each
request. With `BOLT_WAITS=1` the answer waits for the listener (`process_before_response`), else Bolt's default way.
"""

import os
import re
import sys
from typing import Any

import uvicorn
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


async def main(port: int) -> None:
    app = make_app(os.environ["SLACK_SIGNING_SECRET"], waits=os.environ.get("BOLT_WAITS") == "1")
    ready = Ready(AsyncSlackRequestHandler(app, path=PATH))
    config = uvicorn.Config(ready, port=port, log_config=None, access_log=False, lifespan="off", server_header=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    run(lambda: main(int(sys.argv[-1])), serves=True)
