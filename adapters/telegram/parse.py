"""Turns an update of Telegram's into what the core can record, or into nothing."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from adapters.telegram.buttons import CODES, MENU_CODE, PRESSES, SCORE_CODE
from adapters.telegram.decoding import NotOurUpdate, decode, decode_batch
from adapters.telegram.updates import (
    BusinessConnection,
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Command,
    DeletedMessages,
    Message,
    Posted,
    Quoted,
    Update,
    User,
    words,
)
from adapters.whereabouts import Gone, Here, Migrated
from bot.address import Address
from bot.errors import BadToken
from bot.events import (
    Arrival,
    CommandGiven,
    CustomerEvent,
    InvitationEvent,
    MenuPressed,
    OtherSent,
    Person,
    Request,
    Started,
    TextEdited,
    TextWritten,
)
from bot.ports import Tokens
from bot.values import replace

__all__ = [
    "CODES", "MENU_CODE", "SCORE_CODE", "Connection", "Gone", "Here", "Me", "Migrated", "NotOurUpdate", "Received",
    "callback_id", "decode", "decode_batch", "person", "read",
]  # fmt: skip

CHANNEL: Final = "telegram"


@dataclass(frozen=True, slots=True)
class Me:
    """The bot that reads: its id, whose it is, and its name without the @."""

    account: str
    workspace: str
    username: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A business account connected the bot to its chats, or changed that. `id` is the `via` of the addresses there."""

    id: str
    user: Person
    enabled: bool
    can_reply: bool


Received = Arrival | Request | Gone | Here | Migrated | Connection


def read(update: Update, me: Me, tokens: Tokens) -> tuple[Received, ...]:
    """What the update means to us, mostly one thing or none. `BadToken` for a button that is not one of ours."""
    reading = _Reading(f"{CHANNEL}:{me.account}:{update.update_id}", me, tokens)
    return tuple(received for received in reading.all_of(update) if received is not None)


def callback_id(update: Update) -> str | None:
    """The id of the tap, which is to be answered in every case: until then the person's app shows that it waits."""
    return update.callback_query.id if update.callback_query is not None else None


def person(update: Update, me: Me) -> Person | None:
    """Who acted; None for bots, anonymous administrators and what nobody did."""
    who = update.who
    return _person(who, me) if who is not None else None


def _person(who: User, me: Me) -> Person:
    return Person(Address(CHANNEL, str(who.id), me.account), who.name, who.language_code)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One update on its way to the core."""

    event_id: str
    me: Me
    tokens: Tokens

    def all_of(self, update: Update) -> Iterator[Received | None]:
        if update.callback_query is not None:
            yield self.tap(update.callback_query)
        if update.message is not None:
            yield self.message(update.message)
        if update.business_message is not None:
            yield self.business_message(update.business_message)
        edited = update.edited_message or update.edited_business_message
        if edited is not None:
            yield self.edited(edited)
        if update.deleted_business_messages is not None:
            yield from self.deleted(update.deleted_business_messages)
        if update.my_chat_member is not None:
            yield self.membership(update.my_chat_member)
        if update.business_connection is not None:
            yield self.connection(update.business_connection)

    def tap(self, tap: CallbackQuery) -> Received | None:
        under, who = tap.message, tap.who
        if under is None or tap.data is None or who is None:
            return None
        if under.chat.private and under.chat.id != who.id:
            # In a business chat the business sees the customer's buttons too; an answer of its own is none.
            return None
        what, _, rest = tap.data.partition(":")
        address, message = self._address(under, who), str(under.message_id)
        # A changed app can send whatever it likes, so the value is no proof of anything.
        if what == MENU_CODE and rest and rest.isascii() and rest.isprintable():
            return self._request(MenuPressed(rest), address, who, message)
        if what not in PRESSES:
            raise BadToken("This button is not one of ours.")
        invitation = self.tokens.read("invitation", rest)
        return Arrival(
            event_id=self.event_id,
            workspace=self.me.workspace,
            address=address,
            event=PRESSES[what],
            invitation=invitation,
            message=message,
            locale=who.language_code,
        )

    def message(self, message: Message) -> Received | None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            return self._migrated(message)
        who, command = message.who, message.command
        if who is None:
            return None
        if command is not None and command.bot not in {"", self.me.username.casefold()}:
            return None
        if command is not None and command.name != "stop":
            return self._command(command, message, who)
        quoted = message.quoted
        to_us = quoted is not None and quoted.is_from(self.me.account)
        meant = (quoted is not None or not message.second_hand) if message.chat.private else to_us
        # The core knows the bare word, whatever name or reason stands behind it.
        return self._said(message, who, "/stop" if command else words(message.text)) if meant else None

    def business_message(self, message: Message) -> Received | None:
        """Only replies of the customer can concern us there; of other talk only that it was."""
        who, said = message.who, words(message.text)
        if who is None or who.id != message.chat.id or not (said or message.has_media):
            return None
        if message.quoted is None:
            return Here(_person(who, self.me), self._address(message, who))
        return self._said(message, who, said)

    def edited(self, message: Message) -> Received | None:
        who = message.who
        # Live locations are edited too. In a business chat the business edits its own words.
        if who is None or message.text is None or (message.chat.private and who.id != message.chat.id):
            return None
        event = TextEdited(words(message.text), str(message.message_id))
        return self._arrival(event, self._address(message, who))

    def deleted(self, deleted: DeletedMessages) -> Iterator[Received]:
        """One event per message: each may be a comment of its own."""
        address = Address(CHANNEL, str(deleted.chat.id), self.me.account, via=deleted.business_connection_id)
        for message in map(str, deleted.message_ids):
            arrival = self._arrival(TextEdited("", message), address)
            several = len(deleted.message_ids) > 1
            yield replace(arrival, event_id=f"{self.event_id}:{message}") if several else arrival

    def membership(self, changed: ChatMemberUpdated) -> Received | None:
        status, who = changed.new_chat_member.status, changed.who
        if changed.chat.private and status == "member" and who is not None:
            return Here(_person(who, self.me), self._place(changed.chat))
        # A private chat is never left, only blocked ("kicked").
        return Gone(self._place(changed.chat)) if status in {"left", "kicked"} else None

    def connection(self, connection: BusinessConnection) -> Received:
        rights = connection.rights
        can_reply = connection.can_reply if rights is None else rights.can_reply
        return Connection(connection.id, _person(connection.user, self.me), connection.is_enabled, can_reply)

    def _migrated(self, message: Message) -> Migrated:
        here = self._place(message.chat)
        there = Address(CHANNEL, str(message.migrate_to_chat_id or message.migrate_from_chat_id), self.me.account)
        return Migrated(here, there) if message.migrate_to_chat_id else Migrated(there, here)

    def _command(self, command: Command, message: Message, who: User) -> Received | None:
        address = self._address(message, who)
        if command.name == "start" and not command.argument:
            # In a group it greets the bot that was just added; nobody's own chat opens by that.
            return self._arrival(Started(), address, aloud=True) if message.chat.private else None
        quoted = message.quoted.who if message.quoted else None
        about = _person(quoted, self.me) if quoted is not None and quoted.id != who.id else None
        return self._request(CommandGiven(command.name, command.argument, about), address, who)

    def _said(self, message: Message, who: User, said: str) -> Arrival | None:
        quoted = message.quoted
        quotes = str(quoted.message_id) if quoted is not None else ""
        if said:
            replies_to = self._asked_in(quoted) if quoted is not None else None
            event: TextWritten | OtherSent = TextWritten(said, replies_to, str(message.message_id), quotes)
        elif message.has_media:
            event = OtherSent(quotes)
        else:
            return None
        address = self._address(message, who)
        return self._arrival(event, address, aloud=address.private)

    def _asked_in(self, quoted: Quoted) -> str | None:
        """The invitation whose buttons stand under this message of ours, if any do."""
        for button in quoted.buttons if quoted.is_from(self.me.account) else ():
            what, _, token = button.callback_data.partition(":")
            if what in PRESSES:
                with suppress(BadToken):
                    return self.tokens.read("invitation", token)
        return None

    def _address(self, posted: Posted, who: User) -> Address:
        chat, account = str(posted.chat.id), self.me.account
        if posted.chat.private:
            return Address(CHANNEL, chat, account, via=posted.business_connection_id)
        return Address(CHANNEL, chat, account, posted.thread, str(who.id))

    def _place(self, chat: Chat) -> Address:
        return Address(CHANNEL, str(chat.id), self.me.account)

    def _arrival(self, event: InvitationEvent | CustomerEvent, address: Address, *, aloud: bool = False) -> Arrival:
        return Arrival(event_id=self.event_id, workspace=self.me.workspace, address=address, event=event, aloud=aloud)

    def _request(self, event: CommandGiven | MenuPressed, address: Address, who: User, message: str = "") -> Request:
        return Request(
            event_id=self.event_id,
            workspace=self.me.workspace,
            address=address,
            person=_person(who, self.me),
            event=event,
            message=message,
        )
