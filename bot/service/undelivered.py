"""A weekly message whose destination cannot be reached: it goes to the owners' own chats, or stays due and visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.address import OWNER, Address
from bot.business import Business
from bot.channels import traits
from bot.destinations import Destination
from bot.errors import WrongUse
from bot.ports import Dispatch, Fate, Posting, Store, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.service.context import Context
from bot.service.picturing import is_photo, parted
from bot.service.posting import meant_for, posting_of, put_on_its_way, unaddressed
from bot.service.summaries import with_details
from bot.texts import Texts
from bot.texts.reasons import counted, what_helps
from bot.values import replace
from bot.workspace import Role

PATIENCE: Final = timedelta(hours=1)  # with a channel that is away; its sender goes on trying meanwhile and after that
FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=2)
log = structlog.get_logger()
_AT_WEB: Final = Address("webchat", OWNER, user=OWNER)


class Undelivered:
    """Every change is one transaction that holds the posting, so that two replicas do nothing twice.

    Whose words the message quotes is held before the message itself: who takes them back meanwhile finds every copy.
    """

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def delivered(self, uow: UnitOfWork, dispatch: Dispatch) -> None:
        """Somebody got it: what else waits of this message is not needed, but for the other owners' copies."""
        posting = await uow.postings.get(dispatch.posting) if dispatch.posting is not None else None
        if posting is None:
            return
        meant = _is_meant(posting, dispatch)
        fate = Fate.DELIVERED if meant or posting.fate is Fate.DELIVERED else Fate.FELL_BACK
        await uow.postings.change(replace(posting, fate=fate, due_at=None, message=None))
        for one in await uow.outbox.of_posting(posting.id):
            if _is_meant(posting, one) is not meant:
                await uow.outbox.done(one)

    async def refused(self, uow: UnitOfWork, dispatch: Dispatch, reason: str) -> None:
        """The place cannot be reached. A copy for an owner is dropped; the message itself falls back."""
        await self._hold_words(uow, dispatch.address, dispatch.prompt)
        posting = await uow.postings.get(dispatch.posting) if dispatch.posting is not None else None
        waiting = await uow.outbox.of_posting(posting.id) if posting is not None else ()
        stored = next((one for one in waiting if one.id == dispatch.id), None)
        await uow.outbox.done(dispatch)
        if posting is None or stored is None or not _is_meant(posting, dispatch):
            return
        held = replace(posting, message=stored.prompt)
        for one in waiting:
            if is_photo(one) and _is_meant(posting, one):
                await uow.outbox.done(one)  # a picture without its words says less than nothing
        await self._fall_back(uow, held, stored.prompt, reason, [one for one in waiting if one.id != dispatch.id])

    async def look(self) -> int:
        """Tries again what is due, falls back with what has waited for an hour, follows destinations that changed."""
        now = self._context.clock.now()
        async with self._store.reading() as uow:
            found = [one for one in await uow.postings.unsettled(now - PATIENCE) if await self._wants(uow, one)]
        for posting in found:
            await self._store.write(partial(self._again, seen=posting))
        return len(found)

    async def _wants(self, uow: UnitOfWork, posting: Posting) -> bool:
        try:
            business = await self._context.business(uow, posting.workspace)
        except WrongUse as error:
            # One business whose settings cannot be read must not cost the others theirs.
            log.warning("a weekly message waits", workspace=posting.workspace, error=str(error))
            return False
        due = posting.fate is Fate.ON_ITS_WAY or (posting.due_at or posting.since) <= self._context.clock.now()
        return due or not _stands(business, posting)

    async def _again(self, uow: UnitOfWork, seen: Posting) -> None:
        before = _original(seen, await uow.outbox.of_posting(seen.id, lock=False))
        await self._hold_words(uow, seen.destination.address, before.prompt if before else seen.message)
        posting = await uow.postings.get(seen.id)
        if posting is None or replace(posting, message=None) != replace(seen, message=None):
            return  # another process was here
        business = await self._context.business(uow, posting.workspace)
        waiting = await uow.outbox.of_posting(posting.id)
        original = _original(posting, waiting)
        message = original.prompt if original else posting.message
        if message is None:
            await uow.postings.drop(posting)  # its row was swept with all others of a bot that nobody runs
        elif not _stands(business, posting):
            await self._redirect(uow, business, posting, message, waiting)
        elif original is not None or unaddressed(posting.destination.address):
            await self._fall_back(uow, posting, message, self._reason(posting), waiting)
        else:
            now = self._context.clock.now()
            await uow.postings.change(_tried(posting, now))
            await uow.outbox.add([meant_for(posting, message)], now)

    def _reason(self, posting: Posting) -> str:
        if posting.reason:
            return posting.reason
        return "out_of_reach" if posting.destination.address.channel in self._context.channels else "switched_off"

    async def _redirect(
        self, uow: UnitOfWork, business: Business, posting: Posting, message: Prompt, waiting: Sequence[Dispatch]
    ) -> None:
        """To the destinations that came in its place, unless they have the week already."""
        now = self._context.clock.now()
        targets = _in_its_place(business, posting)
        if not targets:
            await self._fall_back(uow, posting, message, self._reason(posting), waiting)
            return
        had = {one.destination.address.place for one in await uow.postings.of_week(posting.workspace, posting.week)}
        quotes = await uow.summaries.quoted(posting.destination.address, message.lines)
        for one in waiting:
            await uow.outbox.done(one)
        await uow.postings.drop(posting)
        for target in targets:
            if target.address.place not in had:
                said = with_details(message, target.address)
                await put_on_its_way(uow, posting_of(posting.workspace, posting.week, target, now), said, quotes, now)

    async def _fall_back(
        self, uow: UnitOfWork, posting: Posting, message: Prompt, reason: str, waiting: Sequence[Dispatch]
    ) -> None:
        """It counts as undeliverable until the first owner has it."""
        now = self._context.clock.now()
        tried = replace(_tried(posting, now), fate=Fate.UNDELIVERABLE, reason=reason)
        await uow.postings.change(tried)
        business = await self._context.business(uow, posting.workspace)
        meant = posting.destination
        there = {meant.address.place, *(one.address.place for one in waiting if not is_photo(one))}
        chats = [chat for chat in await self._owners_chats(uow, business) if chat.place not in there]
        line = " ".join(await self._lines(uow, tried, business.texts))
        whole = {
            one.address.place for one in business.destinations if one.limit == meant.limit and one.key == meant.key
        }
        copied = [chat for chat in chats if chat.place not in whole]
        quotes = await uow.summaries.quoted(meant.address, message.lines)
        await uow.summaries.note_quotes(posting.workspace, copied, quotes)
        copies = [
            meant_for(tried, _copy(message, line, chat) if chat in copied else _notice(message, line), chat)
            for chat in chats
        ]
        await uow.outbox.add([one for copy in copies for one in parted(copy)], now)

    async def _owners_chats(self, uow: UnitOfWork, business: Business) -> list[Address]:
        """The own chats of all present owners, in every channel that is on; the page's for those who sign in there."""
        name, context = business.workspace.name, self._context
        owners = {one.id for one in await uow.members.all(name) if one.role is Role.OWNER and one.removed_at is None}
        bound = [one for one in await uow.members.identities(name) if one.member in owners]
        at_web = owners & set(await uow.members.signed_in(name, context.clock.now()))
        at_web |= owners - {one.member for one in bound}
        chats = [one.address for one in bound if one.address.channel in context.channels]
        known = [chat for chat in chats if not unaddressed(chat) and _is_ours(chat, context)]
        return list({chat.place: chat for chat in (*known, *([_AT_WEB] if at_web else []))}.values())

    async def _lines(self, uow: UnitOfWork, posting: Posting, texts: Texts) -> tuple[str, ...]:
        meant = texts("This was meant for {place}, where it could not be posted: {reason}.")
        told = meant.format(place=posting.destination, reason=counted(posting.reason, texts))
        return tuple(part for part in (told, await _help(uow, posting, texts)) if part)

    @staticmethod
    async def _hold_words(uow: UnitOfWork, address: Address, message: Prompt | None) -> None:
        quoted = await uow.summaries.quoted(address, message.lines) if message is not None else ()
        await uow.invitations.load(sorted({invitation for invitation, _ in quoted}), lock=True)


@dataclass(frozen=True, slots=True)
class Unread:
    """A week's message that has reached nobody, with why, and what can be done, in words."""

    week: str
    place: str
    words: str


async def unread(uow: UnitOfWork, workspace: str, texts: Texts) -> list[Unread]:
    """The weekly messages of the workspace that nobody has read, the oldest first."""
    found = []
    for posting in await uow.postings.undeliverable(workspace):
        said = texts("The message of {week} could not be posted in {place}, nor in an owner's own chat: {reason}.")
        place = str(posting.destination)
        told = said.format(week=posting.week, place=place, reason=counted(posting.reason, texts))
        words = " ".join(part for part in (told, await _help(uow, posting, texts)) if part)
        found.append(Unread(posting.week, place, words))
    return found


async def _help(uow: UnitOfWork, posting: Posting, texts: Texts) -> str:
    address = posting.destination.address
    bot = await uow.bots.get(address.channel, address.account)
    return what_helps(posting.reason, bot.username if bot else "", texts)


def _copy(message: Prompt, line: str, chat: Address) -> Prompt:
    return with_details(replace(message, lines=(line, "", *message.lines)), chat)


def _notice(message: Prompt, line: str) -> Prompt:
    """Where the same message is read anyhow, the reason alone is news."""
    return Prompt(PromptKind.INFO, message.lang, title=message.title, lines=(line,))


def _tried(posting: Posting, now: datetime) -> Posting:
    wait = min(FIRST_WAIT * 2 ** min(posting.tries, 10), LONGEST_WAIT)
    return replace(posting, tries=posting.tries + 1, due_at=now + wait)


def _original(posting: Posting, waiting: Sequence[Dispatch]) -> Dispatch | None:
    """The message itself, on its way to its destination."""
    return next((one for one in waiting if _is_meant(posting, one) and not is_photo(one)), None)


def _is_meant(posting: Posting, dispatch: Dispatch) -> bool:
    return dispatch.address.place == posting.destination.address.place


def _stands(business: Business, posting: Posting) -> bool:
    """Is the destination still one, with the same limit?"""
    meant = posting.destination
    return any(
        one.address.place == meant.address.place and (one.limit, one.key) == (meant.limit, meant.key)
        for one in business.destinations
    )


def _in_its_place(business: Business, posting: Posting) -> list[Destination]:
    """What a group's message says goes to places of that group, else to those that read of everything."""
    meant, now = posting.destination, business.destinations
    same = [one for one in now if (one.limit, one.key) == (meant.limit, meant.key)]
    return same or [one for one in now if not one.limit]


def _is_ours(chat: Address, context: Context) -> bool:
    return not traits(chat.channel).accounts or chat.account == context.accounts.get(chat.channel, chat.account)
