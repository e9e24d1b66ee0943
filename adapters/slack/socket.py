"""Socket Mode: connections that are watched and replaced, and envelopes acknowledged after they are handled."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import structlog

from adapters.slack.connection import Connection, End, Envelope
from adapters.slack.opening import HOPELESS, UNREACHABLE, WORDS, Refused, connected
from bot.errors import StoreError, described

AT_ONCE: Final = 1000
CONNECTING: Final = "Slack is being connected."
log = structlog.get_logger()


class NotAcked(Enum):
    """What `handle` returns when Slack is to hear nothing."""

    NOT_ACKED = "not acked"


# The envelope's type, its payload, and of the Events API the number of this attempt again and why it is made.
Handle = Callable[[str, dict[str, Any], int, str], Awaitable[Mapping[str, Any] | NotAcked | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """All in seconds."""

    ack: float = 2.5  # Slack waits for three; what took longer is not acknowledged
    open: float = 15.0  # from asking for an address to hello
    ping: float = 4.0
    silence: float = 12.0
    look: float = 1.0
    linger: float = 10.0  # an old connection lives on beside its successor, for what is on its way
    first_wait: float = 1.0
    longest_wait: float = 30.0
    steady: float = 30.0  # a connection that lived shorter is no proof that all is well
    drain: float = 5.0


class Socket:
    """`run()` is one task's; `handle` is called for each envelope in a task of its own.

    `trouble` says for people what keeps it from working, and is empty while a connection works. `on_change` is called
    whenever it may have become another.
    """

    def __init__(
        self,
        app_token: str,
        base_url: str,
        handle: Handle,
        *,
        timings: Timings | None = None,
        at_once: int = AT_ONCE,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._app_token = app_token
        self._base_url = base_url
        self._handle = handle
        self._timings = timings or Timings()
        self._at_once = at_once
        self._on_change = on_change
        self._said = CONNECTING
        self._logged = ""
        self._failures = 0
        self._closing = False
        self._connections: set[Connection] = set()
        self._leaving: dict[Connection, asyncio.Task[None]] = {}
        self._handling: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str:
        return "" if any(one.works for one in self._connections - self._leaving.keys()) else self._said

    async def run(self) -> None:
        """Holds a connection until it is cancelled; then ends what was begun and closes everything."""
        try:
            while True:
                await self._guarded()
        finally:
            await self._end()

    async def _guarded(self) -> None:
        try:
            await self._hold()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next connection may go better
            log.error("slack connection failed", error=described(error))
            self._tell(UNREACHABLE)
            await self._wait()

    async def _hold(self) -> None:
        """Makes one connection and watches it to its end."""
        loop = asyncio.get_running_loop()
        try:
            connection = await self._connected()
        except Refused as refused:
            self._tell(refused.words)
            await self._wait(refused.after, patient=refused.patient)
            return
        self._connections.add(connection)
        since = loop.time()
        for older in self._connections - {connection} - self._leaving.keys():
            self._leave(older, self._timings.linger)
        self._said, self._logged = WORDS[End.LOST], ""  # what holds from the moment that it dies
        self._on_change()
        end = await connection.ended(self._timings.look)
        self._tell(WORDS[end])
        if end is not End.REFRESH:
            self._leave(connection, 0.0)
        if loop.time() - since >= self._timings.steady:
            self._failures = 0
        patient = end in HOPELESS
        if patient or self._failures:
            await self._wait(patient=patient)
        else:
            self._failures = 1  # the first loss costs no wait

    async def _connected(self) -> Connection:
        timings = self._timings
        return await connected(
            self._app_token,
            self._base_url,
            self._take,
            open_s=timings.open,
            ping_s=timings.ping,
            silence_s=timings.silence,
        )

    async def _drop(self, connection: Connection) -> None:
        await connection.close()
        self._connections.discard(connection)
        self._leaving.pop(connection, None)

    def _leave(self, connection: Connection, linger_s: float) -> None:
        """Lets it end beside us: closing may take a second, and what is on its way may still come."""
        task = asyncio.create_task(self._let_go(connection, linger_s), name="pulssi-slack-leaving")
        self._leaving[connection] = task

    async def _let_go(self, connection: Connection, linger_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(linger_s):
                while await connection.ended(self._timings.look) is End.REFRESH:
                    pass
        await self._drop(connection)
        self._on_change()

    async def _wait(self, after: float = 0.0, *, patient: bool = False) -> None:
        """Longer after each failure, or as long as Slack asked."""
        timings = self._timings
        waited = timings.longest_wait if patient else min(timings.first_wait * 2**self._failures, timings.longest_wait)
        self._failures = min(self._failures + 1, 10)
        # Spreads the attempts of many programs; guards nothing.
        await asyncio.sleep(max(waited * random.uniform(0.75, 1.25), after))  # noqa: S311

    def _take(self, connection: Connection, envelope: Envelope) -> None:
        if self._closing or len(self._handling) >= self._at_once:
            log.warning("slack envelope not taken", type=envelope.type, at_work=len(self._handling))
            return
        until = asyncio.get_running_loop().time() + self._timings.ack
        task = asyncio.create_task(self._work(connection, envelope, until), name="pulssi-slack-envelope")
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)

    async def _work(self, connection: Connection, envelope: Envelope, until: float) -> None:
        """Handles to the end, and acknowledges if that came in time for Slack to hear of it."""
        try:
            answer = await self._handle(
                envelope.type, envelope.payload, envelope.retry_attempt, envelope.retry_reason or ""
            )
        except StoreError as error:
            log.warning("slack envelope not stored", type=envelope.type, error=str(error))
            return
        except Exception as error:  # noqa: BLE001  # one envelope's trouble is not the others'
            log.error("slack envelope failed", type=envelope.type, error=described(error))
            return
        if isinstance(answer, NotAcked):
            return
        if asyncio.get_running_loop().time() > until:
            log.warning("slack envelope handled too late for an ack", type=envelope.type)
            return
        wanted = answer if envelope.accepts_response_payload else None
        if not await connection.acknowledge(envelope.envelope_id, wanted):
            log.warning("slack envelope not acknowledged: its connection is gone", type=envelope.type)

    async def _end(self) -> None:
        self._closing = True
        try:
            if self._handling:
                await asyncio.wait(self._handling, timeout=self._timings.drain)
        finally:
            tasks = [*self._handling, *self._leaving.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for connection in list(self._connections):
                await self._drop(connection)
            self._tell(CONNECTING)

    def _tell(self, trouble: str) -> None:
        if trouble not in {self._logged, CONNECTING, WORDS[End.REFRESH]}:
            log.warning("slack", trouble=trouble)
            self._logged = trouble
        self._said = trouble
        self._on_change()
