"""What surrounds every route: the access log, security headers, the last net for errors, and the limit of a body."""

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.problems import internal_error, log_unexpected, problem, too_large

BODY_LIMIT: Final = 64 * 1024
LONGEST_NUMBER: Final = 18  # digits of a length
FAILED: Final = 400
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
RAW_HEADERS: Final = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in HEADERS.items()]
Observe = Callable[[str, str, int], None]
log = structlog.get_logger()


class AccessLog:
    """Logs and counts each finished request by its route's template, so that no id, query or token is written.

    What comes in thousands a second is counted, and a line for it is written only at the level of debugging or when it
    failed.
    """

    def __init__(self, app: ASGIApp, observe: Observe) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            # A made-up method or address must not become a label or a line of its own.
            method = scope["method"] if scope["method"] in METHODS else "other"
            found = scope.get("route")
            route = getattr(found, "path", "unknown")
            self._observe(method, route, status)
            common = getattr(found, "frequent", False) and 0 < status < FAILED
            (log.debug if common else log.info)("request", method=method, route=route, status=status)


class SecurityHeaders:
    """Sets `HEADERS` where a route has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_already = {name.lower() for name, _ in message["headers"]}
                more = [header for header in RAW_HEADERS if header[0] not in set_already]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


class LastNet:
    """An error that nobody foresaw is logged and answered with 500, without internals."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log_unexpected(error, getattr(scope.get("route"), "path", "unknown"))
            if started or scope["type"] != "http":
                raise  # the server must cut the connection: half an answer cannot be taken back
            await internal_error()(scope, receive, send)


class BodyLimit:
    """Refuses bodies over `limit` bytes: at once by their declared length, else while they are read."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if is_over(scope, self._limit):
            refused = too_large(self._limit)
            await problem(413, "Content too large", refused.detail, headers={"Connection": "close"})(
                scope, receive, send
            )
            return
        await self._app(scope, counted(scope, receive, self._limit), send)


def is_over(scope: Scope, limit: int) -> bool:
    """Does it say itself that its body is longer?"""
    length = declared(dict(scope["headers"]))
    return length is not None and length > limit


def counted(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Where a request does not say how long its body is, that is found out while it is read: an `HTTPException`."""
    if declared(dict(scope["headers"])) is not None:
        return receive  # the server reads no more than that
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise too_large(limit)
        return message

    return counting


def declared(headers: Mapping[bytes, bytes]) -> int | None:
    """How long the body is to be. None also for one that comes in pieces: then its length is what comes, whatever is
    declared beside it."""
    length = headers.get(b"content-length", b"")
    counts = length.isdigit() and len(length) <= LONGEST_NUMBER and b"transfer-encoding" not in headers
    return int(length) if counts else None
