"""Slack's own framework in front of our inbox: one set of listeners for Socket Mode and HTTP.

Each listener comes to its end before anything is acknowledged (`process_before_response`): by then all is committed.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import parse
from adapters.slack.inbox import Body, Inbox
from bot.errors import described

Authorize = Callable[[], AuthorizeResult]
Decode = Callable[[Mapping[str, Any]], parse.Payload]
_ANY: Final = re.compile("")
_quiet: Final = logging.getLogger("pulssi.slack")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False
OK: Final = 200
UNREADABLE: Final = 400
UNKNOWN: Final = 404  # what Bolt answers when no listener matches
log = structlog.get_logger()


def make_app(client: AsyncWebClient, secret: str, authorize: Authorize, inbox: Inbox) -> AsyncApp:
    """`authorize` answers from what is known: Bolt's own would ask Slack (`auth.test`) at each request."""

    async def known() -> AuthorizeResult:
        return authorize()

    app = AsyncApp(
        name="pulssi",
        logger=_quiet,
        client=client,
        authorize=known,
        signing_secret=secret,
        process_before_response=True,
    )

    def listener(decode: Decode) -> Callable[..., Awaitable[None]]:
        async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
            try:
                payload = decode(body)
            except parse.NotOurs as error:
                log.warning("slack sent what cannot be read", error=described(error))
                await ack()  # it would be the same the next time
                return
            await _acknowledge(ack, await inbox.take(payload))

        return listen

    interaction, command = listener(parse.decode_interaction), listener(parse.decode_command)
    app.action(_ANY)(interaction)
    app.view(_ANY)(interaction)
    app.view_closed(_ANY)(interaction)
    app.shortcut(_ANY)(interaction)
    app.command(_ANY)(command)
    app.event(_ANY)(listener(parse.decode_event))
    return app


async def _acknowledge(ack: AsyncAck, body: Body) -> None:
    if body:
        await ack(response_action=body["response_action"], view=body.get("view"), errors=body.get("errors"))
    else:
        await ack()


async def over_http(app: AsyncApp, raw: bytes, headers: Mapping[str, str]) -> BoltResponse:
    """What Bolt answers to a request; other than 200, Slack takes it as not delivered."""
    try:
        request = AsyncBoltRequest(body=raw.decode("utf-8", "replace"), headers={**headers})
    except Exception as error:  # noqa: BLE001  # Bolt reads it here, and says nothing of what it raises
        log.warning("slack sent what cannot be read", error=described(error))
        return BoltResponse(status=UNREADABLE)
    return await _dispatched(app, request)


async def over_socket(app: AsyncApp, payload: dict[str, Any], headers: Mapping[str, str]) -> BoltResponse:
    """As `over_http`, for an envelope of Socket Mode; whoever holds the app token has been verified."""
    return await _dispatched(app, AsyncBoltRequest(mode="socket_mode", body=payload, headers={**headers}))


async def _dispatched(app: AsyncApp, request: AsyncBoltRequest) -> BoltResponse:
    response: BoltResponse = await app.async_dispatch(request)
    if response.status != UNKNOWN:
        return response
    # No listener wants it: a kind that is none of ours, or newer than we are. It would be the same the next time.
    log.info("slack sent a kind that is not known here")
    return BoltResponse(status=OK)


def answered(response: BoltResponse) -> dict[str, Any] | None:
    """What goes back with a socket's acknowledgement: what becomes of a dialogue, mostly nothing."""
    found = json.loads(response.body) if response.body and response.body.startswith("{") else None
    return found if isinstance(found, dict) else None
