"""Takes what is decided to the channels: in order per place, with backoff, and told apart by what went wrong."""

import asyncio
import random
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

import structlog
from prometheus_client import Counter

from bot.conversation import advance
from bot.errors import RecipientUnreachable, StoreError, TryAgainLater, described
from bot.events import Delivered, Failed
from bot.invitation import State
from bot.ports import Channel, Clock, Dispatch, Receipt, Saved, Store, UnitOfWork
from bot.prompts import PromptKind
from bot.service.context import Context
from bot.service.messages import replacing
from bot.service.questions import first_contacts
from bot.steps import View

CLAIMED_AT_ONCE: Final = 100
FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=30)
SEND_SECONDS: Final = 20.0  # below the lease, so that nobody else sends the same row meanwhile
GIVE_UP_AFTER: Final = 40  # about 19 hours of half-hour waits
STALE_AFTER: Final = timedelta(days=1)
_WAITS_TO_BE_SENT: Final = frozenset({State.SCHEDULED, State.FAILED})

log = structlog.get_logger()
SENT = Counter("pulssi_sends_total", "Messages handed to a channel", ["channel", "outcome"])


class Delivery:
    """The sender of one process. `offer` takes what this process just committed, `claim` what others left or lost.

    Sends are at least once: a process that dies between the platform's answer and our note of it sends again.
    """

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Clock, context: Context | None = None
    ) -> None:
        """`context` names the business in the message that takes a question back which was cancelled while it went out;
        without it such a question keeps its buttons, and a tap on them is told that it was withdrawn."""
        self._context = context
        self._store = store
        self._channels = channels
        self._clock = clock
        self._lines: dict[str, deque[Dispatch]] = {}
        self._tasks: asyncio.TaskGroup
        self._stack = AsyncExitStack()
        self._ending = False

    async def __aenter__(self) -> Self:
        self._tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        await self._stack.__aexit__(kind, error, trace)

    def offer(self, dispatches: Sequence[Dispatch]) -> None:
        """Queues dispatches that are leased to this process; a place's line keeps their order.

        Once this sender ends, it takes no more: the rows are sent by another process, or at the next start.
        """
        if self._ending:
            return
        for dispatch in dispatches:
            place = dispatch.address.place
            if place in self._lines:
                self._lines[place].append(dispatch)
            else:
                self._lines[place] = deque([dispatch])
                self._tasks.create_task(self._serve(place), name="pulssi-send")

    async def claim(self) -> int:
        """Leases due rows and queues them; how many. Without any it only reads, and so wakes nobody for nothing."""
        now = self._clock.now()
        async with self._store.reading() as look:
            if not await look.outbox.claimable(now):
                return 0
        claimed = await self._store.write(lambda uow: uow.outbox.claim(now, CLAIMED_AT_ONCE))
        self.offer([dispatch for dispatch in claimed if dispatch.address.place not in self._lines])
        return len(claimed)

    async def _serve(self, place: str) -> None:
        line = self._lines[place]
        while line:
            dispatch = line.popleft()
            try:
                await self._deliver(dispatch)
            except StoreError as error:
                # The row stays leased; when the lease ends it is claimed again.
                log.warning("delivery could not be noted", error=str(error))
                line.clear()
            except Exception as error:  # noqa: BLE001  # one row that nobody foresaw must not end the sender of all others
                log.error("delivery failed", channel=dispatch.address.channel, error=described(error))
                line.clear()
        del self._lines[place]

    async def _deliver(self, dispatch: Dispatch) -> None:
        if self._is_stale(dispatch) or await self._is_over(dispatch):
            await self._store.write(lambda uow: uow.outbox.done(dispatch))
            return
        channel = self._channels.get(dispatch.address.channel)
        try:
            if channel is None:
                raise TryAgainLater(f"The channel {dispatch.address.channel!r} is not switched on.")
            async with asyncio.timeout(SEND_SECONDS):
                receipt = await channel.send(dispatch)
        except RecipientUnreachable as error:
            SENT.labels(dispatch.address.channel, "unreachable").inc()
            reason = error.reason
            await self._store.write(lambda uow: self._unreachable(uow, dispatch, reason))
        except Exception as error:  # noqa: BLE001  # whatever a vendor's client raises, the row must be tried again
            SENT.labels(dispatch.address.channel, "again").inc()
            await self._later(dispatch, error)
        else:
            SENT.labels(dispatch.address.channel, "sent").inc()
            await self._store.write(lambda uow: self._sent(uow, dispatch, receipt))

    def _is_stale(self, dispatch: Dispatch) -> bool:
        """Is it an answer to a tap that is too old to matter?"""
        if dispatch.asks or dispatch.week is not None or dispatch.prompt.kind is PromptKind.CONSENT:
            return False
        return dispatch.created_at is not None and self._clock.now() - dispatch.created_at > STALE_AFTER

    async def _is_over(self, dispatch: Dispatch) -> bool:
        """Was the question taken back, or even answered, while its message waited?"""
        if not dispatch.asks or dispatch.invitation is None:
            return False
        async with self._store.reading() as uow:
            found = (await uow.invitations.load([dispatch.invitation])).get(dispatch.invitation)
        return found is None or found.state not in _WAITS_TO_BE_SENT

    async def _later(self, dispatch: Dispatch, error: Exception) -> None:
        if dispatch.attempts >= GIVE_UP_AFTER and dispatch.week is None:
            await self._store.write(lambda uow: self._unreachable(uow, dispatch, "gave_up"))
            return
        at = self._clock.now() + wait(dispatch.attempts, error)
        words = described(error)[:300]
        log.warning("send failed, will try again", channel=dispatch.address.channel, at=at.isoformat(), error=words)
        await self._store.write(lambda uow: uow.outbox.again(dispatch, at, words))
        line = self._lines[dispatch.address.place]
        rest = list(line)
        line.clear()
        for later in rest:  # a place keeps its order: what stands behind waits as long
            await self._store.write(lambda uow, later=later: uow.outbox.again(later, at, "waits for the one before"))  # type: ignore[misc]

    async def _sent(self, uow: UnitOfWork, dispatch: Dispatch, receipt: Receipt) -> None:
        now = self._clock.now()
        if dispatch.week is not None:
            await uow.summaries.posted(dispatch.workspace, dispatch.week, now)
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(
                uow, dispatch.invitation, Delivered(receipt.message) if receipt.delivered else None, now
            )
        await uow.outbox.done(dispatch)

    async def _unreachable(self, uow: UnitOfWork, dispatch: Dispatch, reason: str) -> None:
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(uow, dispatch.invitation, Failed(reason), self._clock.now())
        await uow.outbox.done(dispatch)

    async def _advance(self, uow: UnitOfWork, invitation: str, event: Delivered | Failed | None, now: datetime) -> None:
        # The invitation is locked before the outbox row, in the order of those who cancel.
        found = (await uow.invitations.load([invitation], lock=True)).get(invitation)
        if found is None:
            return
        if event is not None:
            step = advance(found, event, now)
            saved = [Saved(found, step.invitation, step.history)]
            await uow.invitations.save(saved)
            await uow.customers.note_first_contacts(first_contacts(saved), now)
            found = step.invitation
        if found.state is State.CANCELLED and not isinstance(event, Failed) and self._context is not None:
            # Whoever cancelled it found the row here and believed that the question had not left.
            business = await self._context.business(uow, found.workspace)
            dispatch = replacing(View.WITHDRAWN, found, business)
            await uow.outbox.add([dispatch] if dispatch else [], now)


def wait(attempts: int, error: Exception) -> timedelta:
    """How long until the next try: what the platform asked for, else 2 s doubled up to 30 min, with jitter."""
    if isinstance(error, TryAgainLater) and error.after is not None:
        return timedelta(seconds=error.after)
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
    return doubled * random.uniform(0.75, 1.25)  # noqa: S311  # spreads retries, guards nothing
