"""Asks once per Idempotency-Key: the look-up, the ask and remembering its answer are one transaction."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from bot.errors import Conflict, StoreError
from bot.events import Arrival, Outcome
from bot.ports import Job, Store, UnitOfWork
from bot.service.asked import Asked, AskRequest
from bot.service.asking import Asking
from bot.service.context import Context

T = TypeVar("T")
REMEMBERED_FOR = timedelta(hours=24)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Once:
    """The caller's key, unique in the workspace, and the request's whole meaning as text."""

    key: str
    body: str


class AskingOnce:
    """`Asking.ask`, made safe to repeat for 24 hours, also at the same moment and from several processes."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def ask(
        self, request: AskRequest, once: Once, answer: Callable[[Asked], dict[str, Any]]
    ) -> tuple[dict[str, Any], bool]:
        """`(answer, repeated)`; `answer` makes plain JSON of what came of it, and a repeat gets the very same.

        Errors: those of `Asking.ask`, after which the key is free, and `Conflict` when it was used for another body.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self._store.write(lambda uow: self._ask(uow, request, once, answer))
            except _LostRaceError:
                continue  # another process was first; looking again finds what it did
        raise Conflict("Others ask the same person at this very moment; send the same request again.")

    async def _ask(
        self, uow: UnitOfWork, request: AskRequest, once: Once, answer: Callable[[Asked], dict[str, Any]]
    ) -> tuple[dict[str, Any], bool]:
        now = self._context.clock.now()
        key = self._context.tokens.digest("idempotency-key", f"{request.workspace}|{once.key}")
        body = self._context.tokens.digest("idempotency-body", once.body)
        known = await uow.api_keys.remembered(key, now - REMEMBERED_FOR)
        if known is not None:
            if known[0] != body:
                raise Conflict("This Idempotency-Key was used for another request; take a new key for a new question.")
            return known[1], True
        made = answer(await Asking(_Joined(uow), self._context).ask(request))
        await uow.api_keys.remember(key, body, made, now)
        if await uow.api_keys.remembered(key, now - REMEMBERED_FOR) != (body, made):
            raise _LostRaceError
        return made, False


class _LostRaceError(Exception):
    """Another process was first; this transaction is to be undone."""


class _Joined:
    """A store whose every transaction is the one that runs already."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[UnitOfWork]:
        yield self._uow

    async def write(self, job: Job[T]) -> T:
        try:
            return await job(self._uow)
        except Conflict as error:
            # After a refused key PostgreSQL takes nothing more in this transaction, so it is begun anew.
            raise _LostRaceError from error

    async def record(self, arrival: Arrival) -> Outcome:
        raise StoreError(f"The event {arrival.event_id} cannot be recorded within another transaction.")
