"""The fields of Telegram's updates that we read; all others are skipped (https://core.telegram.org/bots/api#update)."""

import unicodedata
from collections.abc import Iterator
from typing import Annotated, Final, NamedTuple

import msgspec

# Bot API, "chat.id": more than 32 bits, at most 52 significant ones; whatever is larger is no id.
Id = Annotated[int, msgspec.Meta(ge=-(2**52), le=2**52)]
LONGEST_NAME: Final = 80
# Letters to Unicode, but blank on every screen: favoured for names that nobody can see.
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"


def words(text: str | None) -> str:
    """The text without what PostgreSQL cannot store (NUL, lone surrogates); empty when nobody could read it."""
    kept = (text or "").replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    # Spaces of no width, marks of direction and the like.
    return "" if all(unicodedata.category(sign)[0] in "CZ" for sign in kept) else kept


class User(msgspec.Struct):
    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str | None = None

    @property
    def name(self) -> str:
        """First and last name without control, direction and zero-width characters; at most 80 characters."""
        told = " ".join(f"{self.first_name} {self.last_name}".split())
        seen = "".join(sign for sign in told if unicodedata.category(sign)[0] != "C" and sign not in _BLANK)
        return " ".join(seen.split())[:LONGEST_NAME].strip()


class Chat(msgspec.Struct):
    """`type` is "private" in a business chat too."""

    id: Id
    type: str = ""

    @property
    def private(self) -> bool:
        return self.type == "private"


class Entity(msgspec.Struct):
    """`offset` and `length` count UTF-16 units."""

    type: str
    offset: int
    length: int


class Button(msgspec.Struct):
    callback_data: str = ""


class Keyboard(msgspec.Struct):
    inline_keyboard: list[list[Button]] = []


class Posted(msgspec.Struct):
    """A message as a tap names it: an InaccessibleMessage has the first two fields only (and a date of 0)."""

    chat: Chat
    message_id: Id
    message_thread_id: Id | None = None
    is_topic_message: bool = False
    business_connection_id: str = ""

    @property
    def thread(self) -> str:
        # Without is_topic_message the thread is a chain of replies, not a topic of a forum.
        return str(self.message_thread_id) if self.is_topic_message and self.message_thread_id else ""


class Quoted(msgspec.Struct):
    """The message that another one replies to."""

    message_id: Id
    from_: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    sender_business_bot: User | None = None
    reply_markup: Keyboard | None = None
    forum_topic_created: object = None

    @property
    def who(self) -> User | None:
        return _human(self.from_, self.sender_chat)

    @property
    def buttons(self) -> Iterator[Button]:
        return (button for row in (self.reply_markup.inline_keyboard if self.reply_markup else ()) for button in row)

    def is_from(self, account: str) -> bool:
        """Did our bot write it, by itself or through a business connection?"""
        return any(str(user.id) == account for user in (self.from_, self.sender_business_bot) if user is not None)


class Command(NamedTuple):
    """`/name@bot argument`; name and bot are casefolded."""

    name: str
    bot: str
    argument: str


class Message(Posted):
    """What somebody wrote. Of what is not text we only need to know that it is there."""

    from_: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    text: str | None = None
    entities: list[Entity] = []
    reply_to_message: Quoted | None = None
    forward_origin: object = None
    via_bot: object = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    animation: object = None
    audio: object = None
    checklist: object = None
    contact: object = None
    dice: object = None
    document: object = None
    location: object = None
    paid_media: object = None
    photo: object = None
    poll: object = None
    sticker: object = None
    story: object = None
    video: object = None
    video_note: object = None
    voice: object = None

    @property
    def who(self) -> User | None:
        """The human who wrote it; None for bots, and for channels and groups that speak as themselves."""
        return _human(self.from_, self.sender_chat)

    @property
    def quoted(self) -> Quoted | None:
        """The message it replies to."""
        quoted = self.reply_to_message
        # Whatever is written in a forum's topic "replies" to the service message that opened the topic.
        return None if quoted is None or quoted.forum_topic_created is not None else quoted

    @property
    def second_hand(self) -> bool:
        """Was it written elsewhere: forwarded, or put together by another bot?"""
        return self.forward_origin is not None or self.via_bot is not None

    @property
    def command(self) -> Command | None:
        """The command it begins with; what is second-hand gives none."""
        text = self.text or ""
        first = next((e for e in self.entities if e.type == "bot_command" and e.offset == 0), None)
        if first is None or not text.startswith("/") or self.second_hand:
            return None
        # Commands are ASCII, so that UTF-16 units are characters here.
        name, _, bot = text[1 : first.length].casefold().partition("@")
        return Command(name, bot, words(text[first.length :])) if name else None

    @property
    def has_media(self) -> bool:
        """Does it hold something that cannot be kept? Service messages (joined, pinned, …) hold nothing."""
        media = (
            self.photo, self.voice, self.sticker, self.video, self.video_note, self.document, self.audio,
            self.animation, self.location, self.contact, self.poll, self.dice, self.story, self.paid_media,
            self.checklist,
        )  # fmt: skip
        return any(part is not None for part in media)


class CallbackQuery(msgspec.Struct):
    """A tap. Without `message` the button stood in a message of the inline mode, without `data` it opened a game."""

    id: str
    from_: User = msgspec.field(name="from")
    message: Posted | None = None
    data: str | None = None

    @property
    def who(self) -> User | None:
        return _human(self.from_)


class DeletedMessages(msgspec.Struct):
    business_connection_id: str
    chat: Chat
    message_ids: list[Id]


class ChatMember(msgspec.Struct):
    status: str


class ChatMemberUpdated(msgspec.Struct):
    chat: Chat
    from_: User = msgspec.field(name="from")
    new_chat_member: ChatMember

    @property
    def who(self) -> User | None:
        return _human(self.from_)


class BusinessRights(msgspec.Struct):
    can_reply: bool = False


class BusinessConnection(msgspec.Struct):
    """`can_reply` is where the right stood before Bot API 9.0."""

    id: str
    user: User
    is_enabled: bool = False
    can_reply: bool = False
    rights: BusinessRights | None = None

    @property
    def who(self) -> User | None:
        return _human(self.user)


class Update(msgspec.Struct):
    """One update. Kinds that we do not read, or that do not fit, leave everything but `update_id` empty."""

    update_id: Annotated[int, msgspec.Meta(ge=0, le=2**52)]
    message: Message | None = None
    edited_message: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: DeletedMessages | None = None
    business_connection: BusinessConnection | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None

    @property
    def chat_id(self) -> int:
        """The conversation that it happened in; 0 where there is none."""
        under = self.callback_query.message if self.callback_query is not None else None
        parts = (
            under, self.message, self.edited_message, self.business_message, self.edited_business_message,
            self.deleted_business_messages, self.my_chat_member,
        )  # fmt: skip
        return next((part.chat.id for part in parts if part is not None), 0)

    @property
    def who(self) -> User | None:
        """The human who acted."""
        parts = (
            self.callback_query, self.message, self.business_message, self.edited_message,
            self.edited_business_message, self.my_chat_member, self.business_connection,
        )  # fmt: skip
        return next((part.who for part in parts if part is not None), None)


def _human(user: User | None, sender_chat: Chat | None = None) -> User | None:
    return None if user is None or user.is_bot or sender_chat is not None else user
