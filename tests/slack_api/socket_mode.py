"""Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode): connections, envelopes, acks, and how they die."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from aiohttp import WSMsgType, web

from tests.slack_api.deliveries import Deliveries, Delivery
from tests.slack_api.rules import Json
from tests.slack_api.state import State

MOST_CONNECTIONS = 10
Reason = Literal["warning", "refresh_requested", "link_disabled", "socket_mode_disabled", "too_many_websockets"]


@dataclass(eq=False)
class Connection:
    """One websocket: `silent` says and hears nothing more (`pongs`: but answers pings), `leaving` gets nothing new."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    silent: bool = False
    pongs: bool = False
    leaving: bool = False
    envelopes: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Sockets:
    """The connections of the app. The controls may be called from any thread; they take effect soon after.

    `acks` holds every ack that came, the later ones of an envelope too, with its payload.
    """

    state: State
    deliveries: Deliveries
    connections: list[Connection] = field(default_factory=list)
    opened: int = 0
    refusing: str = ""
    acks: list[tuple[str, Any]] = field(default_factory=list)
    _waiting: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _turn: int = 0

    # Controls.

    def drop(self) -> None:
        """Breaks all connections without a word."""
        self._soon(self._drop)

    def go_silent(self, *, pongs: bool = False) -> None:
        """From now on the open connections bring nothing and, unless `pongs`, answer no ping; the app is not told."""
        with self.state.changes.changing():
            for one in self.connections:
                one.silent, one.pongs = True, pongs

    def refuse_connections(self, error: str = "internal_error") -> None:
        """apps.connections.open fails with this error, and so does a websocket that has a ticket already."""
        with self.state.changes.changing():
            self.refusing = error

    def accept_connections(self) -> None:
        with self.state.changes.changing():
            self.refusing = ""

    def disconnect(self, reason: Reason = "refresh_requested", *, close: bool = False) -> None:
        """Says `disconnect` on all connections, which get no new envelopes; with `close` they end then."""
        self._soon(lambda: self._disconnect(reason, close=close))

    def refresh(self) -> None:
        """Asks for new connections while the old ones still live, as Slack does every few hours."""
        self.disconnect("refresh_requested")

    def ping(self) -> None:
        """Pings all connections, as Slack does every few seconds."""
        self._soon(self._ping)

    # The server's side.

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from its ticket to its end."""
        self._loop = asyncio.get_running_loop()
        with self.state.changes.changing():
            ticket = request.query.get("ticket", "")
            admitted = ticket in self.state.tickets and not self.refusing
            self.state.tickets.discard(ticket)
        if not admitted or not isinstance(request.transport, asyncio.Transport):
            return web.Response(status=401 if not self.refusing else 503)
        socket = web.WebSocketResponse(autoping=False, autoclose=False)
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        if len(self.connections) >= MOST_CONNECTIONS:
            await self._say(connection, {"type": "disconnect", "reason": "too_many_websockets", "debug_info": _DEBUG})
            await socket.close()
            return socket
        with self.state.changes.changing():
            self.connections.append(connection)
            self.opened += 1
        try:
            await self._say(connection, {"type": "hello", "num_connections": len(self.connections),
                                         "debug_info": _DEBUG | {"approximate_connection_time": 18060},
                                         "connection_info": {"app_id": self.state.app_id}})  # fmt: skip
            await self._listen(connection)
        finally:
            with self.state.changes.changing():
                self.connections.remove(connection)
        return socket

    async def send(self, delivery: Delivery) -> None:
        """Brings a delivery to one of the connections and waits for its ack; notes what became of it."""
        connection = self._next()
        if connection is None:
            self.deliveries.finish(delivery, "connection_failed")
            return
        envelope_id = self.state.number("envelope-")
        envelope: Json = {"envelope_id": envelope_id, "type": delivery.form, "payload": delivery.payload,
                          "accepts_response_payload": _answerable(delivery)}  # fmt: skip
        if delivery.form == "events_api":
            envelope |= {"retry_attempt": delivery.attempts, "retry_reason": delivery.trouble and "timeout"}
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = ack
        connection.envelopes.append(envelope_id)
        try:
            await self._say(connection, envelope)
            async with asyncio.timeout(self.deliveries.ack_seconds):
                payload = await ack
        except TimeoutError:
            self.deliveries.finish(delivery, "http_timeout")
        else:
            self.deliveries.finish(delivery, "", payload or None)
        finally:
            del self._waiting[envelope_id]

    def abort(self) -> None:
        """Breaks everything; for the end of the server, in its loop."""
        self._drop()

    async def _listen(self, connection: Connection) -> None:
        while True:
            message = await connection.socket.receive()
            if message.type in {WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
                return
            if connection.silent and not (connection.pongs and message.type is WSMsgType.PING):
                if message.type is WSMsgType.CLOSE:
                    await asyncio.Event().wait()  # its close is not answered; the end of the connection cancels this
                continue
            match message.type:
                case WSMsgType.CLOSE:
                    await connection.socket.close()
                    return
                case WSMsgType.PING:
                    await connection.socket.pong(message.data)
                case WSMsgType.TEXT:
                    self._acked(message.data)
                case _:
                    pass

    def _acked(self, text: str) -> None:
        ack = msgspec.json.decode(text)
        envelope_id, payload = str(ack.get("envelope_id", "")), ack.get("payload")
        with self.state.changes.changing():
            self.acks.append((envelope_id, payload))
        waiting = self._waiting.get(envelope_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(payload)

    def _next(self) -> Connection | None:
        """The connection whose turn it is: "may be sent to any of them"; Slack does not know which are dead."""
        able = [one for one in self.connections if not one.leaving]
        self._turn += 1
        return able[self._turn % len(able)] if able else None

    async def _say(self, connection: Connection, message: Json) -> None:
        if not connection.silent:
            with suppress(ConnectionError):  # then nobody acks it
                await connection.socket.send_str(msgspec.json.encode(message).decode())

    def _drop(self) -> None:
        for one in self.connections:
            one.leaving = True
            one.transport.abort()

    def _disconnect(self, reason: Reason, *, close: bool) -> None:
        for one in list(self.connections):
            one.leaving = True
            task = asyncio.ensure_future(self._leave(one, reason, close=close))
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    async def _leave(self, connection: Connection, reason: Reason, *, close: bool) -> None:
        await self._say(connection, {"type": "disconnect", "reason": reason, "debug_info": _DEBUG})
        if close:
            await connection.socket.close()

    def _ping(self) -> None:
        for one in self.connections:
            if not one.silent:
                asyncio.ensure_future(one.socket.ping(b"Ping from applink-1"))  # noqa: RUF006  (nobody waits for it)

    def _soon(self, do: "Any") -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do)


def _answerable(delivery: Delivery) -> bool:
    """Whether the ack may carry an answer: to commands and submissions."""
    return delivery.form == "slash_commands" or delivery.payload.get("type") == "view_submission"


_DEBUG: Json = {"host": "applink-1", "build_number": 1}
