"""Slack's real client and the real Bolt in front of the stand-in, and what its tests share."""

import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.rules import Json
from tests.slack_api.web_api import APP_TOKEN, BOT, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM

CHANNEL, PRIVATE, SHARED = "C0SUPPORT", "G0STAFF", "C0PARTNERS"


@dataclass
class Clock:
    """Stands still until it is set; it starts at the real time, because Bolt asks the real clock."""

    at: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def client(url: str, token: str = BOT_TOKEN, seconds: float = 5) -> AsyncGenerator[AsyncWebClient]:
    """slack_sdk's own client, without retries; it leaves the timeout to a session that is given."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        yield AsyncWebClient(token, base_url=url, session=session, retry_handlers=[])


def bolt_app(web_client: AsyncWebClient) -> AsyncApp:
    """Bolt with its own signature check, which answers after its listener ran."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_id=BOT, bot_user_id=BOT_USER, bot_token=BOT_TOKEN)

    return AsyncApp(signing_secret=SIGNING_SECRET, client=web_client, authorize=authorize, process_before_response=True)


@asynccontextmanager
async def by_http(app: AsyncApp) -> AsyncGenerator[str]:
    """Bolt behind HTTP; the request URL."""

    async def take(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async with listening(take) as url:
        yield url


@asynccontextmanager
async def listening(take: Any) -> AsyncGenerator[str]:
    """Any aiohttp handler at a request URL."""
    made = web.Application()
    made.router.add_post("/slack/events", take)
    runner = web.AppRunner(made, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def by_socket(app: AsyncApp, ping_seconds: float = 0.2) -> AsyncGenerator[AsyncSocketModeHandler]:
    """Bolt behind Socket Mode, connected."""
    handler = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=ping_seconds)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def refused(call: Coroutine[Any, Any, Any]) -> str:
    """The error with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def button(label: str, action_id: str, value: str = "v", **more: Any) -> Json:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action_id,
        "value": value,
    } | more


def asked(*buttons: Json) -> list[Json]:
    """A question with buttons."""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "How did it go?"}},
            {"type": "actions", "block_id": "scores", "elements": list(buttons)}]  # fmt: skip


YES_NO = asked(button("Yes", "s:1", "one"), button("No", "s:0", "zero"))


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal with a comment field, or with these blocks."""
    comment = {"type": "input", "block_id": "comment", "label": {"type": "plain_text", "text": "Comment"},
               "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20}}  # fmt: skip
    return {"type": "modal", "callback_id": "comment", "private_metadata": "kept",
            "title": {"type": "plain_text", "text": "Comment"}, "submit": {"type": "plain_text", "text": "Send"},
            "blocks": list(blocks) or [comment], **more}  # fmt: skip
