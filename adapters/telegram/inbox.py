"""Brings each update to the core, and says what to answer to a tap; used alike by polling and by the webhook."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from adapters.presses import refused
from adapters.telegram import parse
from adapters.telegram.parse import Connection, Gone, Here, Me, Migrated, Received
from adapters.telegram.updates import Update
from adapters.whereabouts import People
from bot.address import Address
from bot.errors import PulssiError, StoreError, StoreUnavailable, described
from bot.events import Arrival, Outcome, Request
from bot.ports import Store, Tokens
from bot.texts import best_locale
from bot.texts import texts as texts_of

LONGEST_NOTICE: Final = 200  # characters (core.telegram.org/bots/api#answercallbackquery)
log = structlog.get_logger()


class Commands(Protocol):
    """What the core does with commands and menus."""

    async def handle(self, request: Request) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a tap, which ends the waiting in the person's app; `text` opens as a window of its own."""

    query: str
    text: str = ""


class Inbox:
    """Everything is committed when `receive` returns; only then may the update be confirmed."""

    def __init__(self, me: Me, tokens: Tokens, store: Store, people: People, commands: Commands) -> None:
        self.me = me
        self._tokens = tokens
        self._store = store
        self._people = people
        self._commands = commands

    async def receive_all(self, updates: Sequence[Update]) -> list[Reply]:
        """A batch: those of one chat in their order, the chats beside each other, so that they share commits.

        `StoreError` when any of them could not be stored; what was stored is known when the batch comes again.
        """
        lines: defaultdict[int, list[Update]] = defaultdict(list)
        for update in updates:
            lines[update.chat_id or 0].append(update)
        found = await asyncio.gather(*(self._receive_line(line) for line in lines.values()), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return [reply for line in found if not isinstance(line, BaseException) for reply in line]

    async def _receive_line(self, line: Sequence[Update]) -> list[Reply]:
        replies = [await self.receive(update) for update in line]
        return [reply for reply in replies if reply is not None]

    async def receive(self, update: Update) -> Reply | None:
        """Records the update; the answer to give when it is a tap. `StoreUnavailable`: let Telegram send it again.

        Nothing else keeps an update from being confirmed: one that can never be handled must not stop the bot.
        """
        query = parse.callback_id(update)
        try:
            notice = await self._take(update)
        except StoreUnavailable:
            raise
        except PulssiError as error:
            if isinstance(error, StoreError):
                log.error("update could not be stored", update=update.update_id, error=described(error))
            notice = self._refusal(update, error)
        except Exception as error:  # noqa: BLE001  # see above
            log.error("update could not be handled", update=update.update_id, error=described(error))
            notice = self._refusal(update, PulssiError())
        return Reply(query, notice[:LONGEST_NOTICE]) if query is not None else None

    async def _take(self, update: Update) -> str:
        notices = [await self._take_one(one, update) for one in parse.read(update, self.me, self._tokens)]
        return next((notice for notice in notices if notice), "")

    async def _take_one(self, received: Received, update: Update) -> str:
        workspace = self.me.workspace
        match received:
            case Arrival():
                await self._met(update, received.address)
                notice = (await self._store.record(received)).notice or ""
                if received.address.shared:  # a first tap on an open question makes somebody known
                    await self._met(update, received.address)
                return notice
            case Request():
                await self._met(update, received.address)
                return (await self._commands.handle(received)).notice or ""
            case Here(person, address):
                await self._people.meet(workspace, person, address)
            case Gone(address):
                await self._people.lose(workspace, address)
            case Migrated(old, new):
                await self._people.move(old, new)
            case Connection():
                log.info("business connection", enabled=received.enabled, can_reply=received.can_reply)
        return ""

    async def _met(self, update: Update, address: Address) -> None:
        """As `_meet`; what goes wrong with a name must not cost an answer."""
        try:
            await self._meet(update, address)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the event itself comes first
            log.error("a person could not be noted", update=update.update_id, error=described(error))

    async def _meet(self, update: Update, address: Address) -> None:
        """Who writes in their own chat may be written to; a tap there tells nothing new, and is to be quick.

        In a group the name tells the others who has answered.
        """
        if update.callback_query is not None and not address.shared:
            return
        person = parse.person(update, self.me)
        if person is None:
            return
        if address.shared:
            await self._people.name(self.me.workspace, person, address)
        elif person.address.conversation == address.conversation:
            await self._people.meet(self.me.workspace, person, address)

    def _refusal(self, update: Update, error: PulssiError) -> str:
        person = parse.person(update, self.me)
        return refused(error, texts_of(best_locale(person.locale if person else None)))
