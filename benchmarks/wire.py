"""HTTP over a plain connection: the least a client can cost, so that what is measured is the server."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self

FORM: Final = "application/x-www-form-urlencoded"


class Wire:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    async def get(self, path: str) -> int:
        """The status."""
        return await self._exchange(_head("GET", path))

    async def post(self, path: str, body: bytes, token: str) -> int:
        """The status of a JSON body sent with this bearer token."""
        return await self.deliver(path, body, "Authorization", f"Bearer {token}")

    async def deliver(self, path: str, body: bytes, header: str, value: str) -> int:
        """The status of a JSON body sent with this header."""
        return await self._exchange(_head("POST", path, f"{header}: {value}", len(body)) + body)

    async def send_form(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of a body of form fields sent with these headers."""
        lines = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
        return await self._exchange(_head("POST", path, lines, len(body), FORM) + body)

    async def stream(self, path: str, token: str) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        """Server-sent events as `(event, data)`, for as long as the server sends; nothing else on this connection."""
        self._writer.write(_head("GET", path, f"Authorization: Bearer {token}"))
        event = ""
        while line := await self._reader.readline():
            name, _, value = line.decode().strip().partition(": ")
            if name == "event":
                event = value
            elif name == "data":
                yield event, json.loads(value)

    async def _exchange(self, request: bytes) -> int:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
        await self._reader.readexactly(length)
        return int(lines[0].split()[1])


def _head(method: str, path: str, header: str = "", length: int = 0, kind: str = "application/json") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}"]
    if header:
        lines.append(header)
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()
