"""Takes what is decided to the channels: in order per place, with backoff, and told apart by what went wrong."""

import asyncio
import random
from collections import Counter as Counted
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import structlog
from prometheus_client import Counter

from bot.conversation import advance
from bot.errors import Moved, RecipientUnreachable, StoreError, TryAgainLater, described
from bot.events import Delivered, Failed
from bot.invitation import State
from bot.ports import LONGEST_HOLD, Channel, Clock, Dispatch, Reach, Receipt, Saved, Store, UnitOfWork
from bot.prompts import PromptKind
from bot.service.cases import delivered, undelivered, unwanted
from bot.service.context import Context
from bot.service.failing import told_to_asker
from bot.service.messages import names_of, replacing
from bot.service.moving import move_conversation
from bot.service.questions import first_contacts
from bot.service.undelivered import Undelivered
from bot.steps import View
from scheduler.words import Words, is_overtaken

CLAIMED_AT_ONCE: Final = 100
BREATHER: Final = timedelta(seconds=1)
LONGEST_SPREAD: Final = timedelta(minutes=5)
IN_HAND: Final = 60  # of one bot: two seconds' worth at Telegram's 30 a second, so that an answer waits no longer
FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=30)
SEND_SECONDS: Final = 20.0  # below the lease, so that nobody else sends the same row meanwhile
GIVE_UP_AFTER: Final = 40  # about 19 hours of half-hour waits
STALE_AFTER: Final = timedelta(days=1)
_LOST: Final = frozenset({"blocked", "not_started"})  # the person has to begin again
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
        self._words = Words(store, context)
        self._undelivered = Undelivered(store, context) if context is not None else None
        self._store = store
        self._channels = channels
        self._clock = clock
        self._lines: dict[str, deque[Dispatch]] = {}
        self._in_hand: Counted[str] = Counted()
        self._promised: Counted[str] = Counted()  # of the transaction that is being written
        self._quiet: dict[str, datetime] = {}  # until when a platform wants to hear nothing of its bot
        self._full: dict[str, datetime] = {}  # until when no more is taken for a bot whose turns are far away
        self._far: dict[tuple[str, bool, bool], datetime] = {}  # the last moment for which such a row went back
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
        channel = self._channels.get(dispatch.address.channel)
        if channel is None or dispatch.address.account != channel.account or not channel.sends:
            return now
        if self._has_room(channel) and now >= self._full.get(channel.name, now):
            self._promised[channel.name] += 1
            return None
        apart = channel.apart(dispatch)
        return self._spread(dispatch, channel.free_from(dispatch), apart) if apart else now

    def _has_room(self, channel: Channel) -> bool:
        return channel.sends and not self._is_quiet(channel) and self._room(channel) > 0

    def _room(self, channel: Channel) -> int:
        if not channel.account:
            return CLAIMED_AT_ONCE  # there are no limits to wait for either
        return IN_HAND - self._in_hand[channel.name] - self._promised[channel.name]

    def _is_quiet(self, channel: Channel) -> bool:
        until = self._quiet.get(channel.name)
        return until is not None and self._clock.now() < until

    @property
    def _reach(self) -> Reach:
        mine = frozenset((one.name, one.account) for one in self._channels.values() if self._has_room(one))
        return Reach(mine, frozenset(self._channels))

    def offer(self, dispatches: Sequence[Dispatch]) -> None:
        """Queues dispatches that are leased to this process; a place's line keeps their order.

        Once this sender ends, it takes no more: the rows are sent by another process, or at the next start.
        """
        self._promised.clear()
        if not self._ending:
            self._queue(dispatches)

    def _queue(self, dispatches: Sequence[Dispatch]) -> None:
        for dispatch in dispatches:
            place = dispatch.address.place
            self._in_hand[dispatch.address.channel] += 1
            if place in self._lines:
                self._lines[place].append(dispatch)
            else:
                self._lines[place] = deque([dispatch])
                self._tasks.create_task(self._serve(place), name="pulssi-send")

    async def claim(self) -> int:
        """Leases due rows and queues them; how many. Without any it only reads, and so wakes nobody for nothing."""
        now, reach = self._clock.now(), self._reach
        rooms = [self._room(channel) for channel in self._channels.values() if self._has_room(channel)]
        most = min([CLAIMED_AT_ONCE, *rooms])
        if self._ending:
            return 0
        async with self._store.reading() as look:
            if not await look.outbox.claimable(now, reach):
                return 0
        claimed = await self._store.write(lambda uow: uow.outbox.claim(now, most, reach))
        if not self._ending:  # else they are given back with all others
            self._queue([dispatch for dispatch in claimed if dispatch.address.place not in self._lines])
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
                self._let_go(line)
            except Exception as error:  # noqa: BLE001  # one row that nobody foresaw must not end the sender of all others
                log.error("delivery failed", channel=dispatch.address.channel, error=described(error))
                self._let_go(line)
            finally:
                self._in_hand[dispatch.address.channel] -= 1
        del self._lines[place]

    def _let_go(self, line: deque[Dispatch]) -> list[Dispatch]:
        """Empties the line; what stood in it is nobody's here any more."""
        rest = list(line)
        for dispatch in rest:
            self._in_hand[dispatch.address.channel] -= 1
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
            await self._store.write(lambda uow: self._unreachable(uow, dispatch, reason))
        except Exception as error:  # noqa: BLE001  # whatever a vendor's client raises, the row must be tried again
            SENT.labels(dispatch.address.channel, "unsure" if _is_unsure(error) else "again").inc()
            await self._later(dispatch, error)
        else:
            SENT.labels(dispatch.address.channel, "sent" if sent else "dropped").inc()
            await self._store.write(lambda uow: self._sent(uow, *sent) if sent else uow.outbox.done(dispatch))

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
            if self._is_quiet(channel):  # since this turn was taken
                at, now = channel.turn(dispatch), self._clock.now()
        self._full[channel.name] = self._clock.now() + BREATHER
        if (apart := channel.apart(dispatch)) and channel.sends and not self._is_young(dispatch):
            at = self._spread(dispatch, at, apart)
        await self._give_back(dispatch, lambda one, uow: uow.outbox.postpone(one, at))
        return False

    async def _give_back(
        self, dispatch: Dispatch, note: Callable[[Dispatch, UnitOfWork], Coroutine[Any, Any, None]]
    ) -> None:
        """The row with all that stands behind it, also what comes until the first is given back and so seen by others:
        a place keeps its order."""
        rows = [dispatch]
        while rows:
            for one in rows:
                await self._store.write(partial(note, one))
            rows = self._let_go(self._lines[dispatch.address.place])

    def _is_young(self, dispatch: Dispatch) -> bool:
        """Was it stored just now? Then it stands before all that was stored after it for moments of their own."""
        return dispatch.created_at is not None and self._clock.now() - dispatch.created_at < 2 * LONGEST_HOLD

    def _spread(self, dispatch: Dispatch, at: datetime, apart: timedelta) -> datetime:
        """When to look again at what a limit keeps from going. Such rows come back one after the other: all at once
        would be looked at, and put off, again and again, and keep others waiting."""
        kind = dispatch.address.channel, bool(dispatch.message), dispatch.alone
        self._far[kind] = min(max(at, self._far.get(kind, at) + apart), at + LONGEST_SPREAD)
        return self._far[kind]

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
            self._quiet[dispatch.address.channel] = self._clock.now() + timedelta(seconds=asked)
        if dispatch.attempts >= GIVE_UP_AFTER and dispatch.week is None:
            await self._store.write(lambda uow: self._unreachable(uow, dispatch, "gave_up"))
            return
        at = self._clock.now() + wait(dispatch.attempts, error)
        words = described(error)[:300]
        log.warning("send failed, will try again", channel=dispatch.address.channel, at=at.isoformat(), error=words)
        behind = "waits for the one before"
        await self._give_back(
            dispatch, lambda one, uow: uow.outbox.again(one, at, words if one is dispatch else behind)
        )

    async def _sent(self, uow: UnitOfWork, dispatch: Dispatch, receipt: Receipt) -> None:
        now = self._clock.now()
        if dispatch.week is not None:
            await uow.summaries.posted(dispatch.workspace, dispatch.week, now)
            if self._undelivered is not None:
                await self._undelivered.delivered(uow, dispatch)
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(
                uow, dispatch.invitation, Delivered(receipt.message) if receipt.delivered else None, now
            )
        elif dispatch.shows is not None or dispatch.tells is not None:
            await uow.outbox.add(await delivered(uow, dispatch, receipt.message), now)
        elif dispatch.alone:
            pass  # what one person sees where others read cannot be found again
        elif dispatch.invitation is not None and receipt.delivered and receipt.message != dispatch.message:
            await self._note_message(uow, dispatch, dispatch.invitation, receipt.message)
        await uow.outbox.done(dispatch)

    @staticmethod
    async def _note_message(uow: UnitOfWork, dispatch: Dispatch, invitation: str, message: str) -> None:
        """Keeps the platform's id of what now shows the invitation there, so that the next view replaces it."""
        found = (await uow.invitations.load([invitation], lock=True)).get(invitation)
        if found is None or found.address is None:
            return
        here = found.address.place == dispatch.address.place
        noted = replace(found, message=message) if here else replace(found, personal=message)
        if noted != found:
            await uow.invitations.save([Saved(found, noted)])

    async def _unreachable(self, uow: UnitOfWork, dispatch: Dispatch, reason: str) -> None:
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(uow, dispatch.invitation, Failed(reason), self._clock.now())
            await self._tell_asker(uow, dispatch.invitation)
        if dispatch.lasting and self._context is not None:
            await uow.outbox.add(await undelivered(uow, self._context, dispatch, reason), self._clock.now())
        if reason in _LOST and dispatch.address.private:
            await uow.customers.lost(dispatch.workspace, dispatch.address)
        if dispatch.week is not None and self._undelivered is not None:
            await self._undelivered.refused(uow, dispatch, reason)
        await uow.outbox.done(dispatch)

    async def _tell_asker(self, uow: UnitOfWork, invitation: str) -> None:
        found = (await uow.invitations.load([invitation])).get(invitation)
        if found is not None and found.state is State.FAILED and self._context is not None:
            await uow.outbox.add(await told_to_asker(uow, self._context, found), self._clock.now())

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
            names = await names_of(uow, [found])
            await uow.outbox.add(replacing(View.WITHDRAWN, found, business, names.get(found.id, "")), now)


def _counted(dispatch: Dispatch, error: RecipientUnreachable) -> str:
    """The reason; what is our own fault, or keeps a weekly message from its readers, is told in the log as well."""
    SENT.labels(dispatch.address.channel, "unreachable").inc()
    if dispatch.week is not None or error.reason == "refused" or dispatch.prompt.picture is not None:
        log.warning("message could not be delivered", channel=dispatch.address.channel, reason=error.reason)
    return error.reason


def _is_unsure(error: Exception) -> bool:
    """May the platform have taken the message all the same?"""
    return isinstance(error, TimeoutError) or (isinstance(error, TryAgainLater) and error.unsure)


def wait(attempts: int, error: Exception) -> timedelta:
    """How long until the next try: what the platform asked for, else 2 s doubled up to 30 min, with jitter."""
    if isinstance(error, TryAgainLater) and error.after is not None:
        return timedelta(seconds=error.after)
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
    return doubled * random.uniform(0.75, 1.25)  # noqa: S311  # spreads retries, guards nothing
