"""`POST /telegram/webhook`: Telegram's updates, or those that another program forwards."""

import hmac
from typing import Final

from fastapi import APIRouter, HTTPException

from adapters.http.hooks import Answer, Body, Headers, Taker, routed
from adapters.http.parts import Parts
from bot.settings import WEBHOOK_PATH

BODY_LIMIT: Final = 1024 * 1024  # as Telegram escapes it, a long message that quotes another is over 150 kB
HEADER: Final = b"x-telegram-bot-api-secret-token"  # core.telegram.org/bots/api#setwebhook
_JSON: Final = ((b"content-type", b"application/json"),)


def webhook(parts: Parts) -> Taker:
    """What answers there, even when Telegram is off: then it says so."""

    async def take(headers: Headers, body: Body) -> Answer:
        inlet = parts.telegram
        if inlet is None or not inlet.webhook_secret:
            raise HTTPException(404, "Telegram's webhook is not switched on here; set TELEGRAM_WEBHOOK_URL.")
        if not hmac.compare_digest(headers.get(HEADER, b""), inlet.webhook_secret.encode()):
            # Nothing of the body is read before that.
            raise HTTPException(403, "The secret token of this webhook is missing or wrong.")
        return Answer(headers=_JSON, body=await inlet.take(await body()))

    return take


def router(parts: Parts) -> APIRouter:
    """The route, for all that does not come the short way."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route(WEBHOOK_PATH, routed(webhook(parts)), methods=["POST"])
    return routes
