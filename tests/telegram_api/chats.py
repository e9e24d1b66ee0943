"""Chats with what stands in them, and taps, as the stand-in keeps them."""

from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_api.changes import PATIENCE_SECONDS, Changes
from tests.telegram_api.entities import mentions
from tests.telegram_api.rules import Json, bad, forbidden

SUPERGROUPS_FROM = -1_000_000_000_000  # ids of supergroups and channels lie below, those of basic groups above
BUSINESS_SECONDS = 24 * 3600  # a business bot may write in chats that were active in the last 24 hours


@dataclass(eq=False)
class Message:
    """One message as it stands now; `text` is what a person sees, entities parsed out, `""` for a photo or service.

    A photo of the bot's has its bytes and its `caption`, parsed likewise.
    """

    chat: "Chat"
    id: int
    sender: Json
    date: int
    text: str = ""
    caption: str = ""
    photo: bytes = b""
    entities: list[Json] = field(default_factory=list)
    markup: Json | None = None
    thread: int | None = None
    reply_to: "Message | None" = None
    rest: Json = field(default_factory=dict)
    edits: int = 0
    edited: int | None = None
    deleted: bool = False

    @property
    def by_bot(self) -> bool:
        return bool(self.sender["is_bot"]) or "sender_business_bot" in self.rest

    @property
    def keyboard(self) -> list[list[tuple[str, str]]]:
        """The inline keyboard's rows of (label, callback data or address)."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[(one["text"], str(one.get("callback_data", one.get("url", "")))) for one in row] for row in rows]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        return [button for row in self.keyboard for button in row]

    @property
    def mentions(self) -> list[str]:
        """Whom the message calls: `@name`, or the number of a person behind a link."""
        return list(mentions(self.text, self.entities))

    def json(self, *, with_reply: bool = True) -> Json:
        """The `Message` of the Bot API."""
        made: Json = {"message_id": self.id, "from": self.sender, "chat": self.chat.json(), "date": self.date}
        if self.text:
            made["text"] = self.text
        if self.caption:
            made["caption"] = self.caption
        made |= {"caption_entities" if self.photo else "entities": self.entities} if self.entities else {}
        if self.thread is not None:
            made |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.reply_to is not None and with_reply:
            made["reply_to_message"] = self.reply_to.json(with_reply=False)
        if self.markup is not None and "inline_keyboard" in self.markup:
            made["reply_markup"] = self.markup
        if self.edited is not None:
            made["edit_date"] = self.edited
        if self.chat.business is not None:
            made["business_connection_id"] = self.chat.business.id
        return {**made, **self.rest}


@dataclass(eq=False)
class Business:
    """A business account that works with the bot; `rights` are those of `BusinessBotRights`."""

    id: str
    owner: Json
    date: int
    can_reply: bool = True
    enabled: bool = True
    chats: dict[int, "Chat"] = field(default_factory=dict)

    def json(self) -> Json:
        return {"id": self.id, "user": self.owner, "user_chat_id": self.owner["id"], "date": self.date,
                "can_reply": self.can_reply, "rights": {"can_reply": True} if self.can_reply else {},
                "is_enabled": self.enabled}  # fmt: skip


@dataclass(eq=False)
class Chat:
    """A private chat, a group or a business chat, from the bot's side; the marks may be set by a test."""

    id: int
    kind: str
    name: Json
    forum: bool = False
    business: Business | None = None
    started: bool = True
    blocked: bool = False
    kicked: bool = False
    muted: bool = False
    moved_to: int | None = None
    bot_status: str = "member"
    active: float = 0.0
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    kept: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    _changes: Changes = field(default_factory=Changes)

    @property
    def private(self) -> bool:
        return self.kind == "private"

    @property
    def messages(self) -> list[Message]:
        """Everything that was written here, oldest first; deleted messages are marked so."""
        with self._changes.reading():
            return list(self.kept.values())

    @property
    def from_bot(self) -> list[Message]:
        """The bot's messages that stand in the chat."""
        return [one for one in self.messages if one.by_bot and not one.deleted]

    def json(self) -> Json:
        made: Json = {"id": self.id, "type": self.kind, **self.name}
        return {**made, "is_forum": True} if self.forum else made

    def message(self, number: int) -> Message | None:
        found = self.kept.get(number)
        return None if found is None or found.deleted else found

    def put(self, sender: Json, date: float, **more: Any) -> Message:
        self.last_id += 1
        made = Message(self, self.last_id, sender, int(date), **more)
        self.kept[made.id] = made
        return made

    def open_topic(self, name: str, sender: Json, date: float) -> int:
        """A new topic; its number is that of the service message that opens it."""
        made = self.put(sender, date, rest={"forum_topic_created": {"name": name, "icon_color": 7322096}})
        self.topics[made.id] = name
        made.thread = made.id
        return made.id

    def check_reachable(self) -> None:
        """Raises:
        Refused: the bot may not speak here at all, with the reason that Telegram gives.
        """  # fmt: skip
        if self.moved_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved_to)
        if self.kicked:
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if self.private and self.business is None and not self.started:
            raise forbidden("bot can't initiate conversation with a user")
        if self.blocked:
            raise forbidden("bot was blocked by the user")

    def check_writable(self, thread: int | None, now: float) -> None:
        """Raises:
        Refused: a new message cannot go to this chat or topic.
        """  # fmt: skip
        self.check_reachable()
        if self.muted:
            raise bad("not enough rights to send text messages to the chat")
        if thread is not None and thread not in self.topics:
            raise bad("message thread not found")
        if thread in self.closed_topics and self.bot_status != "administrator":
            raise bad("TOPIC_CLOSED")
        if self.business is not None:
            self._check_business(self.business, now)

    def _check_business(self, business: Business, now: float) -> None:
        if not business.enabled:
            raise bad("BUSINESS_CONNECTION_INVALID")
        if not business.can_reply:
            raise forbidden("bot has no rights to reply in the business account")
        if now - self.active > BUSINESS_SECONDS:
            raise bad("BUSINESS_PEER_USAGE_MISSING")


@dataclass(eq=False)
class Query:
    """One tap: its callback query, and how the bot answered it. `await query` waits for the answer."""

    id: str
    person: Json
    message: Message
    data: str
    at: float
    changes: Changes
    update_id: int | None = None
    answered: bool = False
    text: str = ""
    show_alert: bool = False

    def wait(self, seconds: float = PATIENCE_SECONDS) -> "Query":
        """The same from a thread without an event loop.

        Raises:
            TimeoutError: no answer came within so many real seconds.
        """
        self.changes.wait(lambda: self.answered, seconds)
        return self

    def __await__(self) -> Generator[Any, None, "Query"]:
        return self._awaited(self.changes.until(lambda: self.answered)).__await__()

    async def _awaited(self, until: Coroutine[Any, Any, None]) -> "Query":
        await until
        return self
