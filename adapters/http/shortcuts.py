"""The short way past the router for what comes in thousands a second from our own page: taps."""

from collections.abc import Mapping
from types import SimpleNamespace

from fastapi import FastAPI, Request
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.hooks import METHOD, Endpoint


class Shortcuts:
    """Answers a POST to exactly one of these paths by its endpoint; everything else goes to the application.

    Its errors become the problems that the application's handlers make of them. Choosing the route by FastAPI costs
    more than all that is decided about a tap.
    """

    def __init__(self, app: FastAPI, endpoints: Mapping[str, Endpoint]) -> None:
        self._app = app
        self._ways = {path: (_route(path), _app(app, endpoint)) for path, endpoint in endpoints.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._ways.get(scope["path"]) if scope["type"] == "http" and scope["method"] == METHOD else None
        if way is None:
            await self._app(scope, receive, send)
            return
        scope["route"], answer = way
        await answer(scope, receive, send)


def _route(path: str) -> SimpleNamespace:
    """As much of a route as the access log reads."""
    return SimpleNamespace(path=path, frequent=True)


def _app(app: FastAPI, endpoint: Endpoint) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)

    return ExceptionMiddleware(answer, handlers=app.exception_handlers)
