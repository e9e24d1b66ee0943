"""Reads the events that Slack tells of: messages, reactions, the app's page, channels, the installation."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from adapters.slack.payloads import Envelope, Event, Message, is_direct
from adapters.slack.received import Foreign, HomeOpened, Marked, Received, Revoked
from adapters.slack.standpoint import Found, Standpoint
from adapters.slack.written import plain
from adapters.whereabouts import Gone, Here, Migrated
from bot.address import Address
from bot.events import Arrival, CommandGiven, MessageMarked, OtherSent, Person, Request, TextEdited, TextWritten

# Kinds of messages in which a person says something (https://docs.slack.dev/reference/events/message).
SAID: Final = frozenset({None, "file_share", "thread_broadcast"})
# In place of a message that was deleted while it had replies.
TOMBSTONE: Final = "tombstone"


def of_event(envelope: Envelope, seen: Standpoint) -> Found:
    """What the event means; nothing for kinds that we do not read."""
    event = envelope.event
    if envelope.type != "event_callback" or event is None or not envelope.event_id:
        return
    if seen.me.account not in envelope.teams:
        yield Foreign(envelope.team_id or "")
        return
    reader = _READERS.get(event.type)
    if reader is not None:
        yield reader(_Happening(event, seen, seen.event_id(envelope.event_id)))


def actor(event: Event, seen: Standpoint) -> Person | None:
    """Who did it; None for bots and for what nobody did."""
    if event.type == "message" and event.subtype in {"message_changed", "message_deleted"}:
        # The one who edited is not told: it is the writer.
        return _writer(event.previous_message or event.message, seen)
    return None if event.bot_id else seen.person(event.who, event.user_profile)


@dataclass(frozen=True, slots=True)
class _Happening:
    """One event on its way to the core."""

    event: Event
    seen: Standpoint
    event_id: str

    def message(self) -> Received | None:
        event, who = self.event, actor(self.event, self.seen)
        if who is None:
            return None
        match event.subtype:
            case "message_changed":
                return self._changed(who)
            case "message_deleted":
                return self._deleted(who)
            case said if said in SAID and not event.hidden:
                return self._said(who)
            case _:
                return None

    def reaction(self) -> Received | None:
        event, who, item = self.event, actor(self.event, self.seen), self.event.item
        sign = event.reaction.partition("::")[0]  # without the tone of the skin
        if who is None or item is None or item.type != "message" or not sign or sign != self.seen.me.reaction:
            return None
        author = self.seen.person(event.item_user or "")
        if author is None or author.address == who.address or not item.channel or is_direct(item.channel):
            return None
        address = self.seen.place(item.channel, item.ts, event.who)
        marked = MessageMarked(author, f"{item.channel}/{item.ts}")
        return Marked(self._request(marked, address, who), item.channel, item.ts)

    def page(self) -> Received | None:
        who = actor(self.event, self.seen)
        if who is None:
            return None
        if self.event.tab == "home":
            return HomeOpened(self._request(CommandGiven("home"), who.address, who, in_place=True))
        return Here(who, who.address) if self.event.tab == "messages" else None

    def gone(self) -> Received | None:
        return Gone(self.seen.place(self.event.where)) if self._in_channel else None

    def left(self) -> Received | None:
        return self.gone() if self.event.who == self.seen.me.user else None

    def migrated(self) -> Received | None:
        old, new = self.event.old_channel_id, self.event.new_channel_id
        return Migrated(self.seen.place(old), self.seen.place(new)) if old and new else None

    def uninstalled(self) -> Received:
        return Revoked(self.event.type)

    def revoked(self) -> Received | None:
        # Tokens of people, which we have none of, are taken back by the same event.
        return Revoked(self.event.type) if self.event.tokens is not None and self.event.tokens.bot else None

    def _said(self, who: Person) -> Arrival | None:
        event, direct = self.event, is_direct(self.event.where)
        # In a channel people mostly talk to each other; only in a thread can it be about a question.
        if not event.ts or not event.where or not (direct or event.thread):
            return None
        quotes = f"{event.where}/{event.thread}" if direct and event.thread else event.thread
        text = plain(event.text, self.seen.me.user)
        if not text and not event.files:
            return None
        said = TextWritten(text, message=event.ts, quotes=quotes) if text else OtherSent(quotes)
        return self._arrival(said, who, aloud=True)

    def _changed(self, who: Person) -> Arrival | None:
        new, old = self.event.message, self.event.previous_message
        if new is None or not new.ts or not self._ours(old or new):
            return None
        if new.subtype == TOMBSTONE:
            return self._arrival(TextEdited("", new.ts), who)
        # Previews of links and new replies in its thread change a message too.
        same = old is not None and (old.text or "") == (new.text or "")
        if same or new.bot_id or new.subtype not in SAID:
            return None
        return self._arrival(TextEdited(plain(new.text, self.seen.me.user), new.ts), who)

    def _deleted(self, who: Person) -> Arrival | None:
        old = self.event.previous_message
        ts = self.event.deleted_ts or (old.ts if old is not None else "")
        return self._arrival(TextEdited("", ts), who) if ts and old is not None and self._ours(old) else None

    def _ours(self, message: Message) -> bool:
        """Could these words have been read before?"""
        return bool(self.event.where) and (is_direct(self.event.where) or bool(message.thread))

    @property
    def _in_channel(self) -> bool:
        return bool(self.event.where) and not is_direct(self.event.where)

    def _arrival(self, event: TextWritten | TextEdited | OtherSent, who: Person, *, aloud: bool = False) -> Arrival:
        return Arrival(
            event_id=self.event_id,
            workspace=self.seen.me.workspace,
            address=self.seen.place(self.event.where, user=who.address.conversation),
            event=event,
            aloud=aloud,
        )

    def _request(
        self, event: CommandGiven | MessageMarked, address: Address, who: Person, *, in_place: bool = False
    ) -> Request:
        return Request(
            event_id=self.event_id,
            workspace=self.seen.me.workspace,
            address=address,
            person=who,
            event=event,
            in_place=in_place,
        )


def _writer(message: Message | None, seen: Standpoint) -> Person | None:
    if message is None or message.bot_id:
        return None
    return seen.person(message.user or "", message.user_profile)


_READERS: Final = MappingProxyType[str, Callable[[_Happening], Received | None]](
    {
        "message": _Happening.message,
        "reaction_added": _Happening.reaction,
        "app_home_opened": _Happening.page,
        "member_left_channel": _Happening.left,
        "channel_left": _Happening.gone,
        "group_left": _Happening.gone,
        "channel_archive": _Happening.gone,
        "group_archive": _Happening.gone,
        "channel_deleted": _Happening.gone,
        "group_deleted": _Happening.gone,
        "channel_id_changed": _Happening.migrated,
        "app_uninstalled": _Happening.uninstalled,
        "tokens_revoked": _Happening.revoked,
    }
)
