"""What the platforms post to us: taps, thousands a second, answered past the router and the layers around it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.middleware import FAILED, RAW_HEADERS, Observe, counted, is_over
from adapters.http.problems import internal_error, log_unexpected, too_large

Endpoint = Callable[[Request], Awaitable[Response]]
METHOD: Final = "POST"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hook:
    """What answers, and how many bytes it takes."""

    endpoint: Endpoint
    limit: int


class Hooks:
    """Answers a POST to exactly one of these paths; everything else goes to `app`.

    Such a request gets in one place what all others get layer by layer: the limit of its body, the problems that
    `handlers` make of errors, security headers, and its count. Each layer of its own costs about as much as deciding
    what a tap does. A line in the log is written only for what failed.
    """

    def __init__(self, app: ASGIApp, handlers: FastAPI, hooks: Mapping[str, Hook], observe: Observe) -> None:
        self._app = app
        self._handlers = handlers.exception_handlers
        self._hooks = hooks
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hook = self._hooks.get(scope["path"]) if scope["type"] == "http" and scope["method"] == METHOD else None
        if hook is None:
            await self._app(scope, receive, send)
            return
        status = 0
        try:
            response = await self._answer(hook, scope, receive)
            response.raw_headers.extend(RAW_HEADERS)
            status = response.status_code
            await response(scope, receive, send)
        finally:
            self._observe(METHOD, scope["path"], status)
            if not 0 < status < FAILED:
                log.info("request", method=METHOD, route=scope["path"], status=status)

    async def _answer(self, hook: Hook, scope: Scope, receive: Receive) -> Response:
        request = Request(scope, counted(scope, receive, hook.limit))
        try:
            if is_over(scope, hook.limit):
                raise too_large(hook.limit)
            return await hook.endpoint(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, the platform gets an answer
            handler: Any = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is not None:
                found: Response = await handler(request, error)
                return found
            log_unexpected(error, scope["path"])
            return internal_error()
