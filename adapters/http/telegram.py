"""`POST /telegram/webhook`: Telegram's updates, or those that another program forwards."""

import hmac
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

from adapters.http.hooks import Endpoint
from adapters.http.parts import Parts
from bot.settings import WEBHOOK_PATH

BODY_LIMIT: Final = 1024 * 1024  # as Telegram escapes it, a long message that quotes another is over 150 kB
HEADER: Final = "x-telegram-bot-api-secret-token"  # core.telegram.org/bots/api#setwebhook


def webhook(parts: Parts) -> Endpoint:
    """What answers there, even when Telegram is off: then it says so."""

    async def take(request: Request) -> Response:
        inlet = parts.telegram
        if inlet is None or not inlet.webhook_secret:
            raise HTTPException(404, "Telegram's webhook is not switched on here; set TELEGRAM_WEBHOOK_URL.")
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), inlet.webhook_secret.encode()):
            # Nothing of the body is read before that.
            raise HTTPException(403, "The secret token of this webhook is missing or wrong.")
        return Response(await inlet.take(await request.body()), media_type="application/json")

    return take


def router(parts: Parts) -> APIRouter:
    """The route, for all that does not come the short way."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route(WEBHOOK_PATH, webhook(parts), methods=["POST"])
    return routes
