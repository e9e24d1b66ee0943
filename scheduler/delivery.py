"""Takes what is decided to the channels: in order per place, with backoff, and told apart by what went wrong."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self

import structlog
from prometheus_client import Counter

from bot.errors import Moved, RecipientUnreachable, StoreError, StoreUnavailable, TryAgainLater, described
from bot.invitation import State
from bot.ports import LONGEST_HOLD, Channel, Clock, Dispatch, Receipt, Store, UnitOfWork
from bot.prompts import PromptKind
from bot.service.cases import unwanted
from bot.service.context import Context
from bot.service.moving import move_conversation
from bot.values import replace
from scheduler.backoff import GIVE_UP_AFTER, wait
from scheduler.doubts import Doubts
from scheduler.outcomes import Outcomes
from scheduler.returns import Returns
from scheduler.room import Room
from scheduler.words import Words, is_overtaken

SEND_SECONDS: Final = 20.0  # below the lease, so that nobody else sends the same row meanwhile
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
        self._words = Words(store, context)
        self._outcomes = Outcomes(store, clock, context)
        self._room = Room(channels, clock)
        self._returns = Returns(store)
        self._doubts = Doubts(clock)
        self._store = store
        self._channels = channels
        self._clock = clock
        self._lines: dict[str, deque[Dispatch]] = {}
        self._returning: set[int] = set()  # whose way back to the database is being noted
        self._ended = asyncio.Event()
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
        self._ended.set()
        await self._stack.__aexit__(kind, error, trace)
        with suppress(StoreError):  # the leases end by themselves
            await self._store.write(lambda uow: uow.outbox.release())

    def takes(self, dispatch: Dispatch, now: datetime) -> datetime | None:
        """None: this process sends it, and has a hand free. Else it is stored for a claim from that moment on: at once
        by another process, or when the platform's limits may allow it."""
        return now if dispatch.address.place in self._doubts else self._room.takes(dispatch, now)

    def undone(self, perhaps: Sequence[Dispatch]) -> None:
        """The transaction for which `takes` was asked last is rolled back: nothing of it will be offered. These rows of
        it may be stored all the same."""
        self._room.undone()
        self._doubt(perhaps)

    def _doubt(self, dispatches: Sequence[Dispatch]) -> None:
        for dispatch in dispatches:
            self._doubts.add(dispatch.address.place)

    def offer(self, dispatches: Sequence[Dispatch]) -> None:
        """Queues dispatches that are leased to this process; a place's line keeps their order.

        Once this sender ends, it takes no more: the rows are sent by another process, or at the next start.
        """
        self._room.offered()
        if self._ending:
            return
        self._queue([dispatch for dispatch in dispatches if dispatch.address.place not in self._doubts])
        # Those for which the doubt came while they were being stored have leases that end later.
        self._doubt([dispatch for dispatch in dispatches if dispatch.address.place in self._doubts])

    def _queue(self, dispatches: Sequence[Dispatch]) -> None:
        for dispatch in dispatches:
            place = dispatch.address.place
            self._room.took(dispatch)
            if place in self._lines:
                self._lines[place].append(dispatch)
            else:
                self._lines[place] = deque([dispatch])
                self._tasks.create_task(self._serve(place), name="pulssi-send")

    async def claim(self) -> int:
        """Leases due rows and queues them; how many. Without any it only reads, and so wakes nobody for nothing."""
        now, reach, most = self._clock.now(), self._room.reach, self._room.most
        if self._ending:
            return 0
        async with self._store.reading() as look:
            if not await look.outbox.claimable(now, reach):
                return 0
        claimed: list[Dispatch] = []

        async def job(uow: UnitOfWork) -> None:
            claimed[:] = await uow.outbox.claim(now, most, reach)

        try:
            await self._store.write(job)
        except StoreUnavailable:
            self._doubt(claimed)  # the commit may have got through
            raise
        if not self._ending:  # else they are given back with all others
            free = [one for one in claimed if one.address.place not in self._lines or one.id in self._returning]
            self._queue(free)
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
                if isinstance(error, StoreUnavailable):  # what is refused may be refused for ever, and holds no chat up
                    self._doubts.add(place)
                self._let_go(line)
            except Exception as error:  # noqa: BLE001  # one row that nobody foresaw must not end the sender of all others
                log.error("delivery failed", channel=dispatch.address.channel, error=described(error))
                self._let_go(line)
            finally:
                self._room.let_go(dispatch)
        del self._lines[place]

    def _let_go(self, line: deque[Dispatch]) -> list[Dispatch]:
        """Empties the line; what stood in it is nobody's here any more."""
        rest = list(line)
        for dispatch in rest:
            self._room.let_go(dispatch)
        line.clear()
        return rest

    async def _deliver(self, dispatch: Dispatch) -> None:
        channel = self._channels.get(dispatch.address.channel)
        # Before it takes a turn, and without a look at the database: others would take theirs meanwhile.
        overtaken = is_overtaken(dispatch, self._lines[dispatch.address.place])
        if not overtaken and channel is not None and not await self._has_turn(dispatch, channel):
            return
        if overtaken or self._is_stale(dispatch) or await self._is_over(dispatch):
            await self._store.write(lambda uow: uow.outbox.done(dispatch))
            return
        try:
            if channel is None:
                raise TryAgainLater(f"The channel {dispatch.address.channel!r} is not switched on.")
            sent = await self._hand_over(dispatch, channel)
        except Moved as error:
            new = replace(dispatch.address, conversation=error.conversation)
            self._let_go(self._lines[dispatch.address.place])
            await self._store.write(lambda uow: move_conversation(uow, dispatch.address, new))
        except RecipientUnreachable as error:
            reason = _counted(dispatch, error)
            await self._store.write(lambda uow: self._outcomes.unreachable(uow, dispatch, reason))
        except Exception as error:  # noqa: BLE001  # whatever a vendor's client raises, the row must be tried again
            SENT.labels(dispatch.address.channel, "unsure" if _is_unsure(error) else "again").inc()
            await self._later(dispatch, error)
        else:
            SENT.labels(dispatch.address.channel, "sent" if sent else "dropped").inc()
            await self._store.write(lambda uow: self._outcomes.sent(uow, *sent) if sent else uow.outbox.done(dispatch))

    async def _has_turn(self, dispatch: Dispatch, channel: Channel) -> bool:
        """Waits for the turn that the platform's limits allow; what has to wait long, or is not ours now, goes back."""
        at, now = channel.turn(dispatch), self._clock.now()
        while channel.sends and at - now <= LONGEST_HOLD:
            if at <= now:
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout((at - now).total_seconds()):
                    await self._ended.wait()
            if self._ending and at > self._clock.now():
                return False  # what is leased to this process is given back at its end
            now = max(at, self._clock.now())
            if self._room.is_quiet(channel):  # since this turn was taken
                at, now = channel.turn(dispatch), self._clock.now()
        again = self._room.put_off(dispatch, channel, at)
        await self._give_back(dispatch, lambda rows: self._returns.postpone(rows, again))
        return False

    async def _give_back(
        self, dispatch: Dispatch, note: Callable[[Sequence[Dispatch]], Coroutine[Any, Any, None]]
    ) -> None:
        """The row with all that stands behind it, also what comes until the first is given back and so seen by others:
        a place keeps its order."""
        rows, ids = [dispatch], set[int]()
        try:
            while rows:
                ids |= {one.id for one in rows}
                self._returning |= ids
                await note(rows)
                rows = self._let_go(self._lines[dispatch.address.place])
        finally:
            self._returning -= ids

    async def _hand_over(self, dispatch: Dispatch, channel: Channel) -> tuple[Dispatch, Receipt] | None:
        """What was sent, with what the platform said; None where there is nothing to send any more."""
        said = await self._words.as_it_stands(dispatch)
        if said is None:
            return None
        if dispatch.tells is not None:
            async with self._store.reading() as uow:
                if await unwanted(uow, dispatch.tells):
                    raise RecipientUnreachable("The person does not want to be written to.", "opted_out")
        async with asyncio.timeout(SEND_SECONDS):
            return said, await channel.send(said)

    def _is_stale(self, dispatch: Dispatch) -> bool:
        """Is it an answer to a tap that is too old to matter?"""
        if dispatch.asks or dispatch.lasting or dispatch.week is not None or dispatch.prompt.kind is PromptKind.CONSENT:
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
        asked = error.after if isinstance(error, TryAgainLater) else None
        if asked is not None and isinstance(error, TryAgainLater) and error.whole:
            self._room.keep_quiet(dispatch.address.channel, asked)
        if dispatch.attempts >= GIVE_UP_AFTER and dispatch.week is None:
            await self._store.write(lambda uow: self._outcomes.unreachable(uow, dispatch, "gave_up"))
            return
        at = self._clock.now() + wait(dispatch.attempts, error)
        words = described(error)[:300]
        log.warning("send failed, will try again", channel=dispatch.address.channel, at=at.isoformat(), error=words)

        async def note(rows: Sequence[Dispatch]) -> None:
            async def job(uow: UnitOfWork) -> None:
                for one in rows:
                    await uow.outbox.again(one, at, words if one is dispatch else "waits for the one before")

            await self._store.write(job)

        await self._give_back(dispatch, note)


def _counted(dispatch: Dispatch, error: RecipientUnreachable) -> str:
    """The reason; what is our own fault, or keeps a weekly message from its readers, is told in the log as well."""
    SENT.labels(dispatch.address.channel, "unreachable").inc()
    if dispatch.week is not None or error.reason == "refused" or dispatch.prompt.picture is not None:
        log.warning("message could not be delivered", channel=dispatch.address.channel, reason=error.reason)
    return error.reason


def _is_unsure(error: Exception) -> bool:
    """May the platform have taken the message all the same?"""
    return isinstance(error, TimeoutError) or (isinstance(error, TryAgainLater) and error.unsure)
