"""HTTP/1.1 by hand, because a fault must be able to break a connection without an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import httptools
import msgspec
from typing_extensions import override

from tests.telegram_api.rules import Answer, Json

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
            429: "Too Many Requests", 500: "Internal Server Error"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One call: its path and the parameters of its query, form or JSON body."""

    path: str
    params: Json


Reply = Answer | None  # None breaks the connection
Handle = Callable[[Request], Reply | Awaitable[Reply]]


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it are answered one after the other.

    With `now` (epoch seconds) each answer tells the time of day in a Date header.
    """

    def __init__(self, handle: Handle, open_ones: set["Connection"], now: Callable[[], float] | None = None) -> None:
        self._handle = handle
        self._open = open_ones
        self._now = now
        self._parser = httptools.HttpRequestParser(self)
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._reset()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        request = _request(self._url, self._kind, self._body)
        self._reset()
        reply = self._handle(request)
        if isinstance(reply, Awaitable):
            self._task = asyncio.ensure_future(self._answer_later(reply))
        else:
            self._answer(reply)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _answer_later(self, reply: Awaitable[Reply]) -> None:
        self._answer(await reply)

    def _answer(self, reply: Reply) -> None:
        if reply is None or self._transport is None:
            self.abort()
            return
        body = msgspec.json.encode(reply.body)
        head = (
            f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
        )
        date = f"Date: {formatdate(self._now(), usegmt=True)}\r\n" if self._now is not None else ""
        self._transport.write(f"{head}{date}\r\n".encode() + body)

    def _reset(self) -> None:
        self._url = b""
        self._kind = ""
        self._body = b""


def _request(url: bytes, content_type: str, body: bytes) -> Request:
    parts, kind = urlsplit(url.decode("latin-1")), content_type.lower()
    params: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if kind.startswith("application/json") and body:
        with suppress(msgspec.DecodeError):  # then the call has no parameters
            given = msgspec.json.decode(body)
            params |= given if isinstance(given, dict) else {}
    elif kind.startswith("application/x-www-form-urlencoded"):
        params |= parse_qsl(body.decode(), keep_blank_values=True)
    elif kind.startswith("multipart/form-data"):
        params |= _parts(body, content_type.partition("boundary=")[2].strip('"').encode("latin-1"))
    return Request(parts.path, params)


def _parts(body: bytes, boundary: bytes) -> Json:
    """The fields of a form with files (RFC 7578): texts as texts, files as bytes."""
    found: Json = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        content = content.removesuffix(b"\r\n")
        found[name] = content if b"filename=" in head else content.decode()
    return found
