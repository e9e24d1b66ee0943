"""`POST /slack/events`: Slack's events, interactions and commands alike."""

from typing import Final

from fastapi import APIRouter, HTTPException

from adapters.http.hooks import LATE, Answer, Body, Headers, Taker, routed
from adapters.http.parts import Parts
from bot.settings import SLACK_PATH

BODY_LIMIT: Final = 1024 * 1024  # a press brings its whole message along, percent-encoded
PATIENCE: Final = 2.5  # seconds; Slack waits for 3 (docs.slack.dev/interactivity/handling-user-interaction)
NOT_YET: Final = 503


def events(parts: Parts) -> Taker:
    """What answers there, even when Slack is off: then it says so."""

    async def take(headers: Headers, body: Body) -> Answer:
        inlet = parts.slack
        if inlet is None or not inlet.by_http:
            raise HTTPException(404, "Slack's requests are not switched on here; set SLACK_SIGNING_SECRET.")
        raw = await body()
        if not inlet.is_genuine(headers, raw):
            # Nothing of it is read before that.
            raise HTTPException(403, "The signature of this request is missing, wrong or too old.")
        status, shown, answer = await inlet.take(headers, raw)
        if status == NOT_YET:
            raise HTTPException(NOT_YET, LATE)
        return Answer(status, tuple((name.encode(), value.encode()) for name, value in shown.items()), answer)

    return take


def router(parts: Parts) -> APIRouter:
    """The route, for all that does not come the short way."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route(SLACK_PATH, routed(events(parts)), methods=["POST"])
    return routes
