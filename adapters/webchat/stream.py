"""The stream of a web chat, fed from message rows and never from memory."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection
from typing import Final

import structlog

from adapters.webchat import render
from adapters.webchat.pictures import Pictures
from adapters.webchat.sessions import Visitor, is_current
from bot.errors import StoreError
from bot.ports import Store, StoredMessage, Tokens

log = structlog.get_logger()
SHOWN_FIRST: Final = 50
LOOK_AGAIN_SECONDS: Final = 20.0


class Hub:
    """Tells the streams of this process which conversations have new rows: one look for all of them."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self.pictures = Pictures()
        self._store = store
        self._tokens = tokens
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._wake = asyncio.Event()
        self._last: int | None = None  # unknown while nobody listens, so that it costs nothing then

    def wake(self) -> None:
        """Somebody committed something."""
        self._wake.set()

    @property
    def streams(self) -> int:
        return sum(len(events) for events in self._listeners.values())

    async def run(self) -> None:
        """Owned by the server's task group; ends by cancellation."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._listeners:
                self._last = None
                continue
            try:
                places = await self._changed()
            except StoreError as error:
                # Each stream looks again by itself, so nothing is lost but some seconds.
                log.warning("streams could not be woken", error=str(error))
                continue
            for place in places:
                for event in self._listeners.get(place, ()):
                    event.set()

    async def _changed(self) -> Collection[str]:
        """The places to wake: those with news, or at the first look all that listen here, and none of the past."""
        async with self._store.reading() as uow:
            if self._last is None:
                self._last = await uow.messages.newest_seq()
                return tuple(self._listeners)
            self._last, places = await uow.messages.changed_places(self._last)
            return places

    async def messages(self, visitor: Visitor, last_seen: int | None) -> AsyncGenerator[tuple[str, int | None, str]]:
        """`(event, id, data)`: first what was missed, then `ready`, then what comes, until a member is one no more.

        Without `last_seen` the first messages carry no id, for they come in the order in which they first appeared.
        """
        listener, key = asyncio.Event(), self._tokens.digest("place", visitor.address.place)
        self._listeners[key].add(listener)
        try:
            async with self._store.reading() as uow:
                if last_seen is None:
                    first = await uow.messages.newest(visitor.workspace, visitor.address, SHOWN_FIRST)
                else:
                    first = await uow.messages.after(visitor.workspace, visitor.address, last_seen)
            for stored in first:
                yield "message", None, await self._rendered(stored)
            seen = max((stored.seq for stored in first), default=last_seen or 0)
            yield "ready", seen, "{}"
            while True:
                news = await self._next(visitor, listener, seen)
                if news is None:
                    return
                for stored in news:
                    seen = max(seen, stored.seq)
                    yield "message", stored.seq, await self._rendered(stored)
        finally:
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    async def _rendered(self, stored: StoredMessage) -> str:
        size = await self.pictures.size(stored.prompt) if stored.prompt.picture is not None else None
        return render.message(stored, self._tokens, size)

    async def _next(self, visitor: Visitor, listener: asyncio.Event, seen: int) -> list[StoredMessage] | None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await listener.wait()
        except TimeoutError:
            pass  # a wake-up may have been lost with a connection: look anyway
        listener.clear()
        async with self._store.reading() as uow:
            if not await is_current(visitor, uow):
                return None
            return list(await uow.messages.after(visitor.workspace, visitor.address, seen))
