"""`POST /slack/events`: Slack's events, interactions and commands alike."""

from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

from adapters.http.hooks import Endpoint
from adapters.http.parts import Parts
from bot.settings import SLACK_PATH

BODY_LIMIT: Final = 1024 * 1024  # a press brings its whole message along, percent-encoded
NOT_YET: Final = 503


def events(parts: Parts) -> Endpoint:
    """What answers there, even when Slack is off: then it says so."""

    async def take(request: Request) -> Response:
        inlet = parts.slack
        if inlet is None or not inlet.by_http:
            raise HTTPException(404, "Slack's requests are not switched on here; set SLACK_SIGNING_SECRET.")
        body = await request.body()
        if not inlet.is_genuine(request.headers, body):
            # Nothing of it is read before that.
            raise HTTPException(403, "The signature of this request is missing, wrong or too old.")
        status, headers, answer = await inlet.take(request.headers, body)
        if status == NOT_YET:
            raise HTTPException(NOT_YET, "This was not stored in time; send it again.")
        return Response(answer, status, headers)

    return take


def router(parts: Parts) -> APIRouter:
    """The route, for all that does not come the short way."""
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route(SLACK_PATH, events(parts), methods=["POST"])
    return routes
