"""What the platforms post to us: taps, thousands a second, answered past the router and the layers around it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import structlog
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.middleware import FAILED, RAW_HEADERS, Observe, declared
from adapters.http.problems import internal_error, log_unexpected, problem, too_large

METHOD: Final = "POST"
LATE: Final = "This was not stored in time; send it again."
log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]
# As the server gives them: names in lower case, in bytes.
Headers = Mapping[bytes, bytes]
# Reads the whole body; an `HTTPException` when it is longer than may be.
Body = Callable[[], Awaitable[bytes]]


class Answer(NamedTuple):
    """What goes back; its length is added, and to a refusal the headers of security."""

    status: int = HTTPStatus.OK
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    @classmethod
    def of(cls, response: Response) -> "Answer":
        headers = tuple(header for header in response.raw_headers if header[0] != b"content-length")
        return cls(response.status_code, headers, bytes(response.body))


Taker = Callable[[Headers, Body], Awaitable[Answer]]


def routed(taker: Taker) -> Endpoint:
    """As the endpoint of a route."""

    async def take(request: Request) -> Response:
        found = await taker(dict(request.scope["headers"]), request.body)
        response = Response(found.body, found.status)
        response.raw_headers.extend(found.headers)
        return response

    return take


@dataclass(frozen=True, slots=True)
class Hook:
    """What answers, how many bytes it takes, and after how many seconds the platform is told to send it again; the work
    goes on all the same."""

    taker: Taker
    limit: int
    patience: float | None = None


class Hooks:
    """Answers a POST to exactly one of these paths; everything else goes to `app`.

    Such a request gets in one place what all others get layer by layer: the limit of its body, the problems that
    `handlers` make of errors, security headers, and its count. Each layer of its own costs about as much as deciding
    what a tap does, and so do a request and response made for people. A line in the log is written only for what
    failed.
    """

    def __init__(self, app: ASGIApp, handlers: FastAPI, hooks: Mapping[str, Hook], observe: Observe) -> None:
        self._app = app
        self._handlers = handlers.exception_handlers
        self._hooks = {
            path: (hook, _Patience(hook.patience) if hook.patience is not None else None)
            for path, hook in hooks.items()
        }
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._hooks.get(scope["path"]) if scope["type"] == "http" and scope["method"] == METHOD else None
        if found is None:
            await self._app(scope, receive, send)
            return
        (hook, patience), once = found, _Once(send)
        if patience is not None:
            patience.begin(once)
        try:
            await once(await self._answer(hook, scope, receive))
        finally:
            if patience is not None:
                patience.end(once)
            self._observe(METHOD, scope["path"], once.status)
            if not 0 < once.status < FAILED:
                log.info("request", method=METHOD, route=scope["path"], status=once.status)

    async def _answer(self, hook: Hook, scope: Scope, receive: Receive) -> Answer:
        headers = dict(scope["headers"])
        try:
            length = declared(headers)
            if length is not None and length > hook.limit:
                raise too_large(hook.limit)
            return await hook.taker(headers, lambda: _read(receive, hook.limit))
        except ClientDisconnect:
            return Answer(HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001  # whatever it is, the platform gets an answer
            handler: Any = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is not None:
                return Answer.of(await handler(Request(scope), error))
            log_unexpected(error, scope["path"])
            return Answer.of(internal_error())


class _Once:
    """The one answer to a request; `status` is 0 until it is given."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, answer: Answer) -> None:
        if self.status:
            return
        self.status = int(answer.status)
        length = (b"content-length", b"%d" % len(answer.body))
        # What browsers are told is for whoever sends one here; a platform reads none of it.
        headers = [*answer.headers, length, *(() if self.status < FAILED else RAW_HEADERS)]
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": answer.body})


class _Patience:
    """Answers for what takes longer. One timer serves all that wait: one for each request, and a task to be waited
    for beside it, cost as much as reading the request does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[_Once, float] = {}  # the first to come is the first that is late
        self._timer: asyncio.TimerHandle | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def begin(self, once: _Once) -> None:
        loop = asyncio.get_running_loop()
        self._until[once] = until = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def end(self, once: _Once) -> None:
        self._until.pop(once, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        late = [once for once, until in self._until.items() if until <= loop.time()]
        for once in late:
            del self._until[once]
            task = loop.create_task(once(_LATE), name="pulssi-late")
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        first = next(iter(self._until.values()), None)
        self._timer = None if first is None else loop.call_at(first, self._look)


_LATE: Final = Answer.of(problem(HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable", LATE))


async def _read(receive: Receive, limit: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)
